"""What alert needs of the world; `tidegate.aws` and `tidegate.memory` implement it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tidegate.alert.notification import Notification
from tidegate.alert.record import AnomalyRecord, Feedback, Notice
from tidegate.contracts.feedback import Verdict


class Claimed(StrEnum):
    """What became of the wish to take a step: to tell a notice, or to take an action."""

    MINE = "mine"
    TOLD = "told"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who takes a step, and until when nobody else does. owner: unique among running invocations.

    now, until: seconds since 1970 UTC; `until` lies behind the last moment at which the owner can still be running.
    """

    owner: str
    now: float
    until: float


class Anomalies(Protocol):
    """The table of anomalies, strongly consistent. Each call may raise TransientError."""

    def get(self, detector: str, event_id: str) -> AnomalyRecord | None:
        """The record of an incident; None before its first event."""

    def put(self, record: AnomalyRecord, expires: int) -> None:
        """Write what is known if the stored record has version `record.version - 1` (0: none). Raises Conflict.

        Steps, claims and feedback stay as they are. expires: seconds since 1970 UTC.
        """

    def claim(self, record: AnomalyRecord, step: str, claim: Claim) -> Claimed:
        """Take a step that is neither done nor held by another whose time is not over."""

    def confirm(self, record: AnomalyRecord, step: str, now: float) -> AnomalyRecord:
        """The step is done. Returns the record as it is stored now."""

    def release(self, record: AnomalyRecord, step: str, claim: Claim) -> None:
        """The step was not done: let another take it at once. Nothing happens when the claim is lost already."""

    def everything(self, since: float = 0) -> Iterator[AnomalyRecord]:
        """The records of all detectors that went on at an instant or later (seconds since 1970 UTC), in no order.

        Reads the whole table: it has an item an incident, so an index by time would cost more than it saves.
        """

    def give_feedback(self, record: AnomalyRecord, feedback: Feedback | None, verdicts: Sequence[Verdict]) -> None:
        """Store what a person said: of the whole (None: as before), and of single series, instead of what was said.

        Raises Conflict when the record is gone.
        """


class Notifications(Protocol):
    """The topic that people and machines subscribe to."""

    def publish(self, notification: Notification) -> None:
        """Publish once. Raises TransientError; any other error is one that only a person can mend."""


class Action(Protocol):
    """Something beside the notification that is done when an incident starts, and again when it ends."""

    def act(self, record: AnomalyRecord, notice: Notice) -> None:
        """Do it; doing it twice does no harm. Raises TransientError, or an error that only a person can mend."""
