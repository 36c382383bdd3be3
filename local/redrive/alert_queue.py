"""The alert function's failure queue: events that it could not take, as Lambda left them.

A message is looked at under a visibility time-out: taken out of everybody else's sight, and given back when nothing
came of it. Whoever dies in between gives it back too, HIDDEN_SECONDS later; an event that comes again is told once.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from local.account import aws_problems
from local.redrive.entries import Selection
from tidegate.contracts.errors import InputError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

HIDDEN_SECONDS: Final = 300
WAIT_SECONDS: Final = 1
"""With any wait SQS asks all its servers; without, only some of them."""
UNREADABLE: Final = "unreadable"
_MOST: Final = 10
"""Messages that SQS gives at once."""


@dataclass(frozen=True, slots=True)
class FailedAlert:
    """A message of the queue. reason: the error that the function ended with, else why Lambda gave the event up.

    failed_at: seconds since 1970 UTC. event: the alert event as JSON; empty in a message that Lambda did not write.
    """

    receipt: str
    reason: str
    failed_at: float
    event: str


class AlertQueue:
    """The queue. Raises InputError for whatever SQS refuses."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client: Final = client
        self._url: Final = url

    def take(self) -> list[FailedAlert]:
        """All messages that are there, hidden from others until they are removed or given back."""
        found: dict[str, MessageTypeDef] = {}
        with aws_problems(self._url):
            while messages := self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_MOST,
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=WAIT_SECONDS,
            ).get("Messages"):
                found |= {message["MessageId"]: message for message in messages}
        return [_failed_alert(message) for message in found.values()]

    def remove(self, alert: FailedAlert) -> None:
        with aws_problems(self._url):
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=alert.receipt)

    def give_back(self, alert: FailedAlert) -> None:
        with aws_problems(self._url):
            self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=alert.receipt, VisibilityTimeout=0)


def chosen(alerts: Sequence[FailedAlert], selection: Selection) -> list[FailedAlert]:
    """The events that are meant."""
    return [alert for alert in alerts if alert.event and selection.takes_event(alert.reason, alert.failed_at)]


def send_alerts(
    alerts: Sequence[FailedAlert], queue: AlertQueue, invoke: Callable[[str], None]
) -> tuple[Counter[str], dict[str, str]]:
    """Invoke the alert function with each; returns how many it took, and what it said of the others, by reason.

    Each goes by itself: one that is malformed keeps no other from being told.
    """
    sent: Counter[str] = Counter()
    refused: dict[str, str] = {}
    for alert in alerts:
        try:
            invoke(alert.event)
        except InputError as error:
            refused[alert.reason] = error.problem
            queue.give_back(alert)
        else:
            queue.remove(alert)
            sent[alert.reason] += 1
    return sent, refused


def _failed_alert(message: "MessageTypeDef") -> FailedAlert:
    try:
        document = json.loads(message["Body"])
        answer = document.get("responsePayload")
        reason = answer.get("errorType") if isinstance(answer, dict) else None
        return FailedAlert(
            receipt=message["ReceiptHandle"],
            reason=str(reason or document["requestContext"]["condition"]),
            failed_at=datetime.fromisoformat(document["timestamp"]).timestamp(),
            event=json.dumps(document["requestPayload"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return FailedAlert(message["ReceiptHandle"], UNREADABLE, 0.0, "")
