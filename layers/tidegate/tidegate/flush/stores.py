"""What flush needs of the world; `tidegate.aws` and `tidegate.memory` implement it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

from tidegate.contracts.buffer import Backfill, Cursor, LateMarker, LedgerLine, Watermark
from tidegate.contracts.chunk import Chunk
from tidegate.contracts.errors import CorruptChunk
from tidegate.contracts.interval import Interval


@dataclass(frozen=True, slots=True)
class Control:
    """The buffer's control partition as one strongly consistent read gives it; the markers by interval."""

    watermark: Watermark | None
    cursors: tuple[Cursor, ...]
    markers: tuple[LateMarker, ...]
    backfill: Backfill | None = None


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk and how often it was delivered (1: once).

    number: tells apart the chunks of one key and different content (0: the first).
    expires: when the buffer may forget it, seconds since 1970 UTC; infinite: never.
    """

    chunk: Chunk
    deliveries: int
    number: int = 0
    expires: float = inf


@dataclass(frozen=True, slots=True)
class BrokenChunk:
    """A chunk that does not decode: where it lies in the buffer and what is wrong with it.

    received: records delivered in it, by its key, every delivery counted.
    """

    interval_start: int
    partition: str
    key: str
    problem: str
    received: int


def refuse(broken: BrokenChunk) -> None:
    """Raise CorruptChunk, naming it."""
    raise CorruptChunk(f"{broken.partition} {broken.key}: {broken.problem}")


@dataclass(frozen=True, slots=True)
class Published:
    """An interval's object as it lies in the bucket.

    stored: distinct records it was rendered from (the sets only grow, so equal counts mean equal sets).
    incomplete: a shard lagged when it was rendered, so that a record may be missing that arrived in time.
    tag: opaque; a conditional write names the one it replaces.
    """

    revision: int
    stored: int
    rows: int
    bytes: int
    incomplete: bool
    tag: str


class FlushBuffer(Protocol):
    """The buffer as flush sees it. Conditional writes raise Conflict; what may be tried again raises TransientError."""

    def control(self) -> Control:
        """Watermark, cursors, late markers and backfill, strongly consistent."""

    def put_watermark(self, watermark: Watermark) -> None:
        """Write the watermark if the stored one has version `watermark.version - 1` (0: none). Raises Conflict."""

    def put_backfill(self, backfill: Backfill) -> None:
        """Write the backfill if the stored one has version `backfill.version - 1` (0: none). Raises Conflict."""

    def delete_backfill(self, backfill: Backfill) -> None:
        """Remove the backfill unless another version has taken its place."""

    def chunks(
        self, interval_start: int, buckets: Sequence[int], broken: Callable[[BrokenChunk], None] = refuse
    ) -> Iterator[StoredChunk]:
        """The interval's chunks of those partitions by ascending key, streamed, strongly consistent.

        broken: told of each chunk that does not decode; those are left out.
        """

    def keep_broken(self, broken: BrokenChunk) -> None:
        """Let a chunk that does not decode stay where it is for good: it does not expire."""

    def delete_marker(self, marker: LateMarker) -> None:
        """Remove the marker unless a newer one has taken its place."""

    def ledger_line(self, interval: Interval) -> LedgerLine | None:
        """What the ledger says of an interval."""

    def put_ledger_line(self, line: LedgerLine) -> None:
        """Write the interval's line; the newest render wins."""


@dataclass(frozen=True, slots=True)
class ShardPosition:
    """What lies behind a shard's cursor: nothing (`idle`), or nothing that arrived before `next_arrival`.

    next_arrival: seconds since 1970 UTC; the arrival of the record that comes next, or how far the look came without
    meeting one. None when it did not tell.
    """

    idle: bool
    next_arrival: float | None


class Shards(Protocol):
    """The stream as flush sees it."""

    def names(self) -> tuple[str, ...]:
        """Every shard whose records can still be read, closed ones included."""

    def look(self, shard: str, after_sequence: int | None) -> ShardPosition:
        """What a few GetRecords after the cursor find (from the start without one)."""


class IntervalObjects(Protocol):
    """The bucket of published intervals."""

    def published(self, key: str) -> Published | None:
        """What lies at the key; None when nothing does."""

    def put(self, key: str, body: Iterable[bytes], facts: Published, replaces: str | None) -> Published:
        """Write the whole object at once, in pieces never kept together; `facts.tag` and `facts.bytes` are ignored.

        replaces: the tag of the object that it may replace; None: there must be none. Raises Conflict otherwise.
        """
