"""What alert needs of the world; `tidegate.aws` and `tidegate.memory` implement it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tidegate.alert.notification import Notification
from tidegate.alert.record import AnomalyRecord, Notice


class Claimed(StrEnum):
    """What became of the wish to tell a notice."""

    MINE = "mine"
    TOLD = "told"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who tells a notice, and until when nobody else does. owner: unique among running invocations.

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

        Notices and claims stay as they are. expires: seconds since 1970 UTC.
        """

    def claim(self, record: AnomalyRecord, notice: Notice, claim: Claim) -> Claimed:
        """Take a notice that is neither told nor held by another whose time is not over."""

    def confirm(self, record: AnomalyRecord, notice: Notice, now: float) -> AnomalyRecord:
        """The notice went out. Returns the record as it is stored now."""

    def release(self, record: AnomalyRecord, notice: Notice, claim: Claim) -> None:
        """The notice did not go out: let another take it at once. Nothing happens when the claim is lost already."""

    def of_detector(self, detector: str) -> Iterator[AnomalyRecord]:
        """All records of a detector, in no order."""


class Notifications(Protocol):
    """The topic that people and machines subscribe to."""

    def publish(self, notification: Notification) -> None:
        """Publish once. Raises TransientError; any other error is one that only a person can mend."""
