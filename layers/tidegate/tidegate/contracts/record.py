"""Records as they come out of the stream."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, Final, NamedTuple, Self, overload

from tidegate.contracts.identity import Identity

WHOLE: Final = -1
"""The `sub` of a record whose data is all that the producer put."""


class StreamRecord(NamedTuple):
    """One Kinesis record as Lambda's event source delivers it.

    shard: by the name that `identity.shard_name` gives it.
    arrival: approximate arrival at the stream, seconds since 1970 UTC. data: the bytes that the producer put.
    sub: WHOLE; or, of a record that comes again out of quarantine, the sub-sequence number that it had: data is that
    one record then, already taken out of its Kinesis record.
    """

    shard: str
    sequence: int
    partition_key: str
    arrival: float
    data: bytes
    sub: int = WHOLE


@dataclass(frozen=True, slots=True)
class StreamRecords(Sequence[StreamRecord]):
    """Stream records field by field: thousands come at once, and most of them are never looked at one by one."""

    shards: Sequence[str]
    sequences: Sequence[int]
    partition_keys: Sequence[str]
    arrivals: Sequence[float]
    data: Sequence[bytes]
    subs: Sequence[int]

    @classmethod
    def of(cls, records: Iterable[StreamRecord]) -> Self:
        """The same records field by field."""
        if isinstance(records, cls):
            return records
        return cls(*zip(*records, strict=True)) if (records := list(records)) else cls(*[()] * 6)

    def __len__(self) -> int:
        return len(self.sequences)

    @overload
    def __getitem__(self, place: int) -> StreamRecord: ...
    @overload
    def __getitem__(self, place: slice) -> Self: ...
    def __getitem__(self, place: int | slice) -> StreamRecord | Self:
        if isinstance(place, slice):
            return type(self)(*[column[place] for column in self._columns])
        return StreamRecord(*[column[place] for column in self._columns])

    def __iter__(self) -> Iterator[StreamRecord]:
        return map(StreamRecord, *self._columns)

    def where(self, selectors: Sequence[bool]) -> Self:
        """Those records whose selector is true."""
        return type(self)(*[list(compress(column, selectors)) for column in self._columns])

    @property
    def _columns(self) -> tuple[Sequence[Any], ...]:
        return (self.shards, self.sequences, self.partition_keys, self.arrivals, self.data, self.subs)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that goes to quarantine, with its bytes, its identity and the reason.

    `data` is the smallest piece that is bad: the line or user record where the whole could be taken apart, else the
    whole Kinesis record's bytes.
    """

    shard: str
    identity: Identity
    partition_key: str
    arrival: float
    reason: str
    detail: str
    data: bytes
