"""Anomalies on an EventBridge bus."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tidegate.alert.actions import DETAIL_TYPE, SOURCE
from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.aws.errors import TRANSIENT, aws_errors
from tidegate.contracts.errors import ActionRefused, TransientError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


class EventBus:
    """`Action`: the alert event as the detail of an event of its own type, at the time that it tells of."""

    def __init__(self, client: "EventBridgeClient", name: str) -> None:
        self._client = client
        self._name = name

    def act(self, record: AnomalyRecord, notice: Notice) -> None:
        event = record.event_of(notice)
        with aws_errors():
            answer = self._client.put_events(
                Entries=[
                    {
                        "EventBusName": self._name,
                        "Source": SOURCE,
                        "DetailType": DETAIL_TYPE,
                        "Time": datetime.fromtimestamp(event.time.instant, UTC),
                        "Detail": event.to_json(),
                    }
                ]
            )
        if answer["FailedEntryCount"]:
            (entry,) = answer["Entries"]
            code = entry.get("ErrorCode", "no code")
            problem = f"the event bus answers {code}: {entry.get('ErrorMessage', '')}"
            raise TransientError(problem) if code in TRANSIENT else ActionRefused(problem)
