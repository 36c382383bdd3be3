"""What detect needs of the world; `tidegate.aws` and `tidegate.memory` implement it."""

from dataclasses import dataclass, field
from typing import Protocol

from tidegate.contracts.feedback import Verdict
from tidegate.contracts.interval import Interval
from tidegate.detect.feedback import Tolerance
from tidegate.detect.incidents import Incident


@dataclass(frozen=True, slots=True)
class PublishedInterval:
    """An interval that someone published, and the keys of its objects, sorted."""

    interval: Interval
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublishedObject:
    """An object's bytes. is_incomplete: whoever wrote it says that rows of its interval may be missing."""

    data: bytes
    is_incomplete: bool = False


def is_interval_object(key: str) -> bool:
    """Does a key hold rows? Folders do not, nor what Spark and Hive pass over: names that begin with `_` or `.`."""
    return not key.rpartition("/")[2].startswith(("_", ".")) and not key.endswith("/")


class PublishedIntervals(Protocol):
    """The bucket of intervals as detect sees it. Any producer may write there; each call may raise TransientError."""

    def next_after(self, interval: Interval | None) -> PublishedInterval | None:
        """The earliest published interval after this one (None: of all), by time and not by name; None: there is none.

        Intervals without an object are passed over.
        """

    def read(self, key: str) -> PublishedObject:
        """An object. InputError when it is gone."""


@dataclass(frozen=True, slots=True)
class DetectCursor:
    """How far a detector has come, and what it has to remember.

    last: the last interval that was read, scored or not. snapshot: the key of the model's state after it, empty when
    nothing was scored yet. kept: keys of earlier snapshots that still lie there, oldest first. series: the fingerprint
    of the configuration that the model was made for; with another one a new model begins. incidents: those that are
    open. version: grows with each write; a write names the version that it read. tolerated: what people said that
    holds for the intervals behind `last`, with what it has done. live_from: what ended until then (seconds since 1970
    UTC) is history, learned and never told. outbox: alert events as JSON, in order, of intervals up to `last`, that may
    not have been sent yet. fault: why the members of the incidents, what is tolerated and the outbox could not be read,
    and are empty.
    """

    last: Interval
    snapshot: str
    kept: tuple[str, ...]
    series: str
    incidents: tuple[Incident, ...]
    version: int
    tolerated: tuple[Tolerance, ...] = ()
    live_from: int = 0
    outbox: tuple[str, ...] = ()
    fault: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """An interval that could not be read: where (key, line, column) and why. The model never sees it."""

    interval: Interval
    place: str
    problem: str


class ModelStore(Protocol):
    """The state of one detector. Each call may raise TransientError."""

    def cursor(self) -> DetectCursor | None:
        """The cursor, strongly consistent; None before the first interval."""

    def snapshot(self, key: str) -> bytes:
        """A stored state; CorruptState when there is none or its bytes are not those that were stored."""

    def put_snapshot(self, interval: Interval, payload: bytes) -> str:
        """Store the state after an interval; returns its key, the same for the same content."""

    def advance(self, cursor: DetectCursor) -> None:
        """Write the cursor if the stored one has version `cursor.version - 1` (0: none). Raises Conflict."""

    def forget(self, keys: tuple[str, ...]) -> None:
        """Delete snapshots; those that are gone already are no error."""

    def put_failure(self, failure: Failure, expires: int) -> None:
        """Keep why an interval could not be read, until `expires` (seconds since 1970 UTC); again changes nothing."""


class Verdicts(Protocol):
    """What people have said of the detector's anomalies."""

    def all(self) -> tuple[Verdict, ...]:
        """Everything, in no order. Raises TransientError."""


class Alerts(Protocol):
    """The alert function."""

    def send(self, event: str) -> None:
        """Hand an event over, as JSON; what it becomes is not waited for.

        Raises TransientError; MalformedAlert when this event would never be taken, however often it is sent.
        """
