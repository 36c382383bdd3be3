"""What becomes of the records of one delivery of one shard, interval by interval."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter, itemgetter
from types import NoneType
from typing import Final, Self, cast

from tidegate.contracts.chunk import MAX_PAYLOAD_BYTES, Chunk
from tidegate.contracts.errors import BadRecord
from tidegate.contracts.identity import Identity
from tidegate.contracts.interval import Interval
from tidegate.contracts.record import WHOLE, Rejected, StreamRecord
from tidegate.contracts.rows import CellRows, Table
from tidegate.ingest.cells import Cell
from tidegate.ingest.decode import UserRecord, user_records
from tidegate.ingest.placing import Placing
from tidegate.ingest.reader import Reader
from tidegate.ingest.select import Values

_arrival: Final = attrgetter("arrival")
_timestamp: Final = itemgetter(0)
_make: Final = tuple.__new__
"""What a NamedTuple's own constructor ends in, and twice as quick."""


@dataclass(slots=True)
class Group:
    """Records that count for one interval."""

    interval: Interval
    identities: list[Identity] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)
    rejected: list[Identity] = field(default_factory=list)
    filtered: int = 0

    def chunks(self, shard: str, columns: tuple[str, ...]) -> Iterator[Chunk]:
        """The group packed: one chunk, or as many as it takes to keep each below MAX_PAYLOAD_BYTES."""
        chunk = Chunk(
            self.interval.start,
            shard,
            columns,
            tuple(self.identities),
            _table(self.values),
            tuple(self.rejected),
            self.filtered,
        )
        if len(self.identities) + len(self.rejected) > 1 and len(chunk.encode()) > MAX_PAYLOAD_BYTES:
            for half in self._halves():
                yield from half.chunks(shard, columns)
        else:
            yield chunk

    def _halves(self) -> tuple[Self, Self]:
        kept, bad = len(self.identities) // 2, (len(self.rejected) + 1) // 2
        make = type(self)
        return (
            make(self.interval, self.identities[:kept], self.values[:kept], self.rejected[:bad], self.filtered),
            make(self.interval, self.identities[kept:], self.values[kept:], self.rejected[bad:]),
        )


class Delivery:
    """Sorts a shard's records by what they count for.

    taken: how many user records came out of the raw data, counted before anything is decided about them.
    newest: the newest arrival of all, seconds since 1970 UTC.
    groups: what they count for, by the start of the interval. rejected: those for quarantine, in order.
    """

    def __init__(self, shard: str, reader: Reader, placing: Placing) -> None:
        self.shard: Final = shard
        self.taken = 0
        self.newest = 0.0
        self.groups: Final[dict[int, Group]] = {}
        self.rejected: Final[list[Rejected]] = []
        self._reader: Final = reader
        self._placing: Final = placing

    def take(self, records: Sequence[StreamRecord]) -> None:
        """Take records in ascending order, none twice, whatever they hold."""
        self.newest = max(self.newest, *map(_arrival, records))
        seen = [self._reader.glance(record.data) for record in records]
        plain = [values for values in seen if values]
        if len(plain) == len(seen):
            self._take_plain(records, plain)
            return
        for is_plain, run in groupby(zip(records, seen, strict=True), key=_is_plain):
            pairs = list(run)
            if is_plain:
                self._take_plain([record for record, _ in pairs], [values for _, values in pairs if values])
                continue
            for record, values in pairs:
                self._take_one(record, values)

    def chunks(self, columns: tuple[str, ...]) -> Iterator[tuple[Chunk, int]]:
        """All chunks of the delivery, each with the instant at which it expires."""
        for group in self.groups.values():
            expires = self._placing.expires(group.interval, self.newest)
            for chunk in group.chunks(self.shard, columns):
                yield chunk, expires

    def _take_plain(self, records: Sequence[StreamRecord], values: Sequence[Values]) -> None:
        """Take records that a glance found good, all at once."""
        intervals = self._placing.of_events(list(map(_timestamp, values)), list(map(_arrival, records)))
        identities = _identities(records)
        end = 0
        for interval, alike in groupby(intervals):
            run = slice(end, end := end + len(list(alike)))
            if interval is None:
                for record, cells in zip(records[run], values[run], strict=True):
                    self._take_one(record, cells)
                continue
            self.taken += run.stop - run.start
            group = self._group(interval)
            group.identities += identities[run]
            group.values += values[run]

    def _take_one(self, record: StreamRecord, values: Values | None) -> None:
        """Take a record of which a glance told the values, or nothing."""
        if values is None:
            self._take_apart(record)
            return
        self.taken += 1
        sub = max(record.sub, 0)
        try:
            self._count(Identity(record.sequence, sub), values, record.arrival)
        except BadRecord as bad:
            self._reject(record, sub, UserRecord(record.partition_key, record.data), bad)

    def _take_apart(self, record: StreamRecord) -> None:
        found = [UserRecord(record.partition_key, record.data)]
        if record.sub == WHOLE:
            try:
                found = user_records(record, self._reader.split)
            except BadRecord as bad:
                found = [found[0]._replace(bad=bad)]
        self.taken += len(found)
        for sub, user_record in enumerate(found, start=max(record.sub, 0)):
            try:
                self._count(Identity(record.sequence, sub), self._values(user_record), record.arrival)
            except BadRecord as bad:
                self._reject(record, sub, user_record, bad)

    def _values(self, user_record: UserRecord) -> Values:
        if user_record.bad is not None:
            raise user_record.bad
        values = self._reader.glance(user_record.data)
        return self._reader.read(user_record.data) if values is None else values

    def _count(self, identity: Identity, values: Values, arrival: float) -> None:
        """Count a record for its interval; one that is filtered out, for the interval of its arrival."""
        if not values:
            self._group(self._placing.of_arrival(arrival)).filtered += 1
            return
        group = self._group(self._placing.of_event(values[0], arrival))
        group.identities.append(identity)
        group.values.append(values)

    def _reject(self, record: StreamRecord, sub: int, user_record: UserRecord, bad: BadRecord) -> None:
        identity = Identity(record.sequence, sub)
        self._group(self._placing.of_arrival(record.arrival)).rejected.append(identity)
        self.rejected.append(
            Rejected(
                record.shard,
                identity,
                user_record.partition_key,
                record.arrival,
                bad.reason,
                bad.detail,
                user_record.data,
            )
        )

    def _group(self, interval: Interval) -> Group:
        group = self.groups.get(interval.start)
        if group is None:
            group = self.groups[interval.start] = Group(interval)
        return group


def _is_plain(pair: tuple[StreamRecord, Values | None]) -> bool:
    """Did a glance tell the values, and are they not FILTERED?"""
    return bool(pair[1])


def _identities(records: Sequence[StreamRecord]) -> list[Identity]:
    return [_make(Identity, (sequence, sub if sub > 0 else 0)) for _, sequence, _, _, _, sub in records]


def _table(values: list[Values]) -> Table:
    """By column; as CSV lines where a cell needs quotes, which is for csv to say, or holds a zero byte."""
    columns = [_texts(column) for column in zip(*values, strict=True)]
    text = "\n".join(map("\n".join, columns))
    is_plain = text.count("\n") == len(columns) * len(values) - 1 and not any(special in text for special in '",\r\0')
    return CellRows(columns) if values and is_plain else _lines(values)


def _texts(column: Sequence[Cell]) -> Sequence[str]:
    kinds = set(map(type, column))
    if kinds == {str}:
        return cast("Sequence[str]", column)
    if NoneType in kinds:
        return ["" if cell is None else str(cell) for cell in column]
    return list(map(str, column))


def _lines(values: list[Values]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(values)
    return text.getvalue()
