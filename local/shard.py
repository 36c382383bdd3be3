"""One shard of the Kinesis twin: its hash keys, its records in the order of arrival, its beginning and its end.

A position counts the records that the shard ever had, from 0; those past the retention are passed over, and freed.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from local.sequence_numbers import SequenceNumbers
from tidegate.contracts.record import StreamRecord

HASH_KEYS: Final = 1 << 128
BYTES_PER_SECOND: Final = 1 << 20
RECORDS_PER_SECOND: Final = 1_000
_FREE_EVERY: Final = 1_000
"""Records past the retention are invisible at once, and freed when there are this many."""

_SEQUENCE: Final = attrgetter("sequence")
_ARRIVAL: Final = attrgetter("arrival")


class StreamError(Exception):
    """What the stream refuses; `code` is AWS's name for it."""

    def __init__(self, code: str, message: str) -> None:
        self.code: Final = code
        super().__init__(message)


@dataclass(slots=True)
class Shard:
    """Has the hash keys from `low` to `high` inclusive.

    parents: the shards it was made from. starting_sequence, ending_sequence: its numbers lie between them; the end is
    None while the shard is open. closed_at: when it ended, seconds since 1970 UTC.
    """

    id: str
    low: int
    high: int
    numbers: SequenceNumbers
    starting_sequence: int
    parents: tuple[str, ...] = ()
    ending_sequence: int | None = None
    closed_at: float = 0.0
    _records: list[StreamRecord] = field(default_factory=list)
    _freed: int = 0
    _newest_sequence: int = 0
    _second: int = 0
    _second_records: int = 0
    _second_bytes: int = 0

    @property
    def is_open(self) -> bool:
        return self.ending_sequence is None

    @property
    def tip(self) -> int:
        """The position behind the newest record (LATEST)."""
        return self._freed + len(self._records)

    def close(self, now: float) -> None:
        """No record comes any more."""
        self.ending_sequence = self.numbers.next(now)
        self.closed_at = now

    def append(self, partition_key: str, data: bytes, now: float) -> StreamRecord:
        """A record arrives; its arrival is kept to the millisecond, as AWS does."""
        record = StreamRecord(self.id, self.numbers.next(now), partition_key, round(now, 3), data)
        self._records.append(record)
        self._newest_sequence = record.sequence
        return record

    def takes(self, size: int, now: float) -> bool:
        """Count a record of `size` bytes against the limits of this second; False when it does not fit."""
        if int(now) != self._second:
            self._second, self._second_records, self._second_bytes = int(now), 0, 0
        if self._second_records >= RECORDS_PER_SECOND or self._second_bytes + size > BYTES_PER_SECOND:
            return False
        self._second_records += 1
        self._second_bytes += size
        return True

    def records(self, position: int, horizon: float, limit: int, max_bytes: int) -> list[StreamRecord]:
        """From a position on at most `limit` records of `max_bytes` together, but one where there is one."""
        start = max(position, self.oldest(horizon)) - self._freed
        taken: list[StreamRecord] = []
        size = 0
        for record in self._records[start : start + limit]:
            size += len(record.data)
            if taken and size > max_bytes:
                break
            taken.append(record)
        return taken

    def next_arrival(self, position: int, horizon: float) -> float | None:
        """When the first record from a position on arrived; None when there is none."""
        start = max(position, self.oldest(horizon)) - self._freed
        return self._records[start].arrival if start < len(self._records) else None

    def arrival_before(self, position: int) -> float:
        """When the last record before a position arrived; 0 when there is none, or it has been freed."""
        place = position - self._freed
        return self._records[place - 1].arrival if place > 0 else 0.0

    def oldest(self, horizon: float) -> int:
        """The position of the first record that arrived at `horizon` or later."""
        return self._freed + bisect_left(self._records, horizon, key=_ARRIVAL)

    def position_of(self, sequence: int, *, after: bool) -> int:
        """The position of (or behind) a sequence number; StreamError when it cannot be one of this shard's."""
        newest = self.ending_sequence or self._newest_sequence
        if not (sequence == self.starting_sequence or self.starting_sequence < sequence <= newest):
            message = f"StartingSequenceNumber {sequence} is invalid because it did not come from shard {self.id}"
            raise StreamError("InvalidArgumentException", message)
        bisect = bisect_right if after else bisect_left
        return self._freed + bisect(self._records, sequence, key=_SEQUENCE)

    def free(self, horizon: float) -> None:
        """Forget what is past the retention, when it is worth it."""
        if not self._records or self._records[0].arrival >= horizon:
            return
        expired = self.oldest(horizon) - self._freed
        if expired >= _FREE_EVERY:
            del self._records[:expired]
            self._freed += expired
