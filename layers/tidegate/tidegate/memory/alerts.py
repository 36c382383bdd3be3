"""The alert function in memory: the twin of `tidegate.aws.alert_function`."""

import json

from tidegate.contracts.alert_event import AlertEvent


class MemoryAlerts:
    """`tidegate.detect.stores.Alerts` that keeps what it gets, in order."""

    def __init__(self) -> None:
        self.sent: list[AlertEvent] = []

    def send(self, event: str) -> None:
        self.sent.append(AlertEvent.parse(json.loads(event)))
