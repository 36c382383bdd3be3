"""What lies in the buffer beside the chunks: cursors, the watermark, a backfill, late markers, the ledger.

All instants are seconds since 1970 UTC.

The protocol between ingest and flush, which keeps every record without a transaction:

1.  flush writes `closing` into the watermark before it reads an interval's chunks (strongly consistent);
2.  ingest writes its chunks, then reads the watermark (strongly consistent), and leaves a late marker for each
    interval that flush has begun or finished, then advances its shard's cursor;
3.  before a shard's first chunk ingest stores its bucket, in a cursor that is at the beginning, and marks all intervals
    of the shard's first batch: a flush that read the cursors before may not look into that bucket.

So a chunk is either seen by the flush that closes its interval, or marked; a marker is deleted only by a flush that
has rendered the interval after it read the marker, and only if no newer marker took its place.
"""

from dataclasses import dataclass, replace
from typing import Self

from tidegate.contracts.errors import ConfigurationError
from tidegate.contracts.interval import Interval, IntervalGrid


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a shard has been buffered.

    sequence: the last sequence number of which every record up to it, as delivered, is in the buffer or quarantine.
    arrival: its approximate arrival.
    bucket: the buffer partition of this shard's chunks, chosen when the shard was first seen and kept for good.
    moved: when it came to where it is, by ingest's clock.
    Sequence, arrival and moved are 0 as long as only the bucket is chosen and no batch has been buffered whole.
    """

    shard: str
    bucket: int
    sequence: int
    arrival: float
    moved: float = 0.0

    @property
    def is_new(self) -> bool:
        """Has the shard's first batch not been buffered whole?"""
        return not self.sequence


@dataclass(frozen=True, slots=True)
class Watermark:
    """Which intervals are closed: all from `first` (its start) up to `next` (the start of the next one to close).

    closing: the start of the interval whose close has begun and not finished, else None; it equals `next` then.
    started: when this sequence of intervals was begun; the limit on close delays counts from here at the earliest.
    grid: the name of the grid that the intervals are on; intervals of another one never mix with them.
    version: grows with each write; a write names the version that it read.
    """

    first: int
    next: int
    started: float
    grid: str
    closing: int | None = None
    version: int = 0

    def check(self, grid: IntervalGrid) -> None:
        """Raise ConfigurationError when the detector is configured for another grid than it began with.

        Its open intervals could neither be closed nor found again on the new one.
        """
        if grid.name != self.grid:
            rule = (
                f"this detector's intervals are {self.grid}; deploy a stack of another name beside it, then delete it"
            )
            raise ConfigurationError("IntervalMinutes and Timezone", grid.name, rule)

    def is_late(self, interval_start: int) -> bool:
        """Has flush begun or finished this interval (or does it lie before the first)?"""
        return interval_start < self.next or interval_start == self.closing

    def begun(self) -> Self:
        """The close of the next interval has begun."""
        return replace(self, closing=self.next, version=self.version + 1)

    def finished(self, grid: IntervalGrid) -> Self:
        """The close of the next interval has finished."""
        return replace(self, next=grid.containing(self.next).end, closing=None, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class Backfill:
    """Intervals before the watermark's `first` are being published: those from `first` (its start) up to `next` are.

    Once `next` comes to the watermark's `first`, the sequence begins at this one's.
    version: grows with each write; a write names the version that it read. 0: not written yet.
    """

    first: int
    next: int
    version: int = 0

    def has(self, interval_start: int) -> bool:
        """Is this interval published?"""
        return self.first <= interval_start < self.next

    def advanced(self, grid: IntervalGrid) -> Self:
        """The next interval is published."""
        return replace(self, next=grid.containing(self.next).end, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class LateMarker:
    """An interval that got a chunk at or after the beginning of its close, or before there was a watermark.

    has_records: some chunk so marked holds accepted records (quarantined ones alone do not begin a sequence).
    version: grows with each mark; a delete names the version that it read.
    """

    interval_start: int
    has_records: bool
    version: int


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What became of an interval's records: received = stored + quarantined + filtered + duplicates.

    received: records delivered, every delivery counted. stored: distinct records buffered. quarantined: distinct
    records in quarantine, filtered: deliveries that the dimension filters kept out; both count for the interval in
    which they arrived. duplicates: deliveries of a record already counted.
    rows: rows in the object. revision: 0 when no object was written, 1 for the first, more after late records.
    bytes: the object's size. closed_at: when it was first closed; close_delay: seconds from the interval's end to then.
    incomplete: first published while a shard still lagged, by MaxCloseDelaySeconds; later revisions do not change it.
    buffered_until: until then the buffer has all that the object was made of; later it can be rendered no more.
    corrupt: chunks that do not decode. They stay in the buffer; their records count as received and as nothing else.
    """

    interval: Interval
    key: str
    received: int
    stored: int
    quarantined: int
    filtered: int
    duplicates: int
    rows: int
    revision: int
    bytes: int
    closed_at: float
    close_delay: float
    incomplete: bool
    buffered_until: float
    corrupt: int = 0

    @property
    def balanced(self) -> bool:
        """Does the conservation of records hold?"""
        return self.received == self.stored + self.quarantined + self.filtered + self.duplicates
