"""What becomes of the records of one delivery of one shard, interval by interval."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, Self, cast

from tidegate.contracts.chunk import MAX_PAYLOAD_BYTES, Chunk
from tidegate.contracts.errors import BadRecord
from tidegate.contracts.identities import Identities
from tidegate.contracts.identity import Identity
from tidegate.contracts.interval import Interval
from tidegate.contracts.packing import Column
from tidegate.contracts.record import WHOLE, Rejected, StreamRecord, StreamRecords
from tidegate.contracts.rows import CellRows, Table
from tidegate.ingest.cells import Cell
from tidegate.ingest.decode import UserRecord, user_records
from tidegate.ingest.placing import Placing
from tidegate.ingest.reader import Reader
from tidegate.ingest.select import Values


@dataclass(slots=True)
class Group:
    """Records that count for one interval."""

    interval: Interval
    columns: list[list[Cell]] = field(default_factory=list)
    identities: Identities = field(default_factory=lambda: Identities([], []))
    rejected: list[Identity] = field(default_factory=list)
    filtered: int = 0

    def add(self, sequences: Sequence[int], subs: Sequence[int], cells: Sequence[Sequence[Cell]]) -> None:
        """Add good records, by column, which come after those that are here."""
        self.identities.sequences.extend(sequences)
        self.identities.subs.extend(subs)
        self.columns = self.columns or [[] for _ in cells]
        for column, more in zip(self.columns, cells, strict=True):
            column.extend(more)

    def chunks(self, shard: str, names: tuple[str, ...]) -> Iterator[Chunk]:
        """The group packed: one chunk, or as many as it takes to keep each below MAX_PAYLOAD_BYTES."""
        chunk = Chunk(
            self.interval.start,
            shard,
            names,
            self.identities[:],
            _table(self.columns),
            tuple(self.rejected),
            self.filtered,
        )
        if len(self.identities) + len(self.rejected) > 1 and len(chunk.encode()) > MAX_PAYLOAD_BYTES:
            for half in self._halves():
                yield from half.chunks(shard, names)
        else:
            yield chunk

    def _halves(self) -> tuple[Self, Self]:
        kept, bad = len(self.identities) // 2, (len(self.rejected) + 1) // 2
        return self._part(slice(kept), slice(bad), self.filtered), self._part(slice(kept, None), slice(bad, None), 0)

    def _part(self, kept: slice, bad: slice, filtered: int) -> Self:
        cells = [column[kept] for column in self.columns]
        return type(self)(self.interval, cells, self.identities[kept], self.rejected[bad], filtered)


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

    def take(self, records: StreamRecords) -> None:
        """Take records in ascending order, none twice, whatever they hold."""
        self.newest = max([self.newest, *records.arrivals])
        self._take(records)

    def chunks(self, columns: tuple[str, ...]) -> Iterator[tuple[Chunk, int]]:
        """All chunks of the delivery, by interval, each with the instant at which it expires."""
        for _, group in sorted(self.groups.items()):
            expires = self._placing.expires(group.interval, self.newest)
            for chunk in group.chunks(self.shard, columns):
                yield chunk, expires

    def _take(self, records: StreamRecords) -> None:
        """Take records that a glance finds good all at once, and the others among them one by one."""
        cells, told = self._reader.columns(records.data)
        if told is None:
            self._take_columns(records, cells)
            return
        if False in told:
            filtered = records.where([verdict is False for verdict in told])
            self.taken += len(filtered)
            for arrival in filtered.arrivals:
                self._filter(arrival)
            records = records.where([verdict is not False for verdict in told])
            told = [verdict for verdict in told if verdict is not False]
        start = good = 0
        for verdict, alike in groupby(told):
            run = records[start : (start := start + len(list(alike)))]
            if verdict:
                self._take_columns(run, [column[good : good + len(run)] for column in cells])
                good += len(run)
                continue
            for record in run:
                self._take_apart(record)

    def _take_columns(self, records: StreamRecords, cells: Sequence[Sequence[Cell]]) -> None:
        self.taken += len(records)
        subs = [sub if sub > 0 else 0 for sub in records.subs]
        intervals = self._placing.of_events(cells[0], records.arrivals)
        if intervals[0] is not None and intervals.count(intervals[0]) == len(intervals):
            self._group(intervals[0]).add(records.sequences, subs, cells)
            return
        for interval, places in self._by_interval(records, subs, cells[0], intervals).items():
            of_interval = [_at(places, column) for column in cells]
            self._group(interval).add(_at(places, records.sequences), _at(places, subs), of_interval)

    def _by_interval(
        self,
        records: StreamRecords,
        subs: Sequence[int],
        timestamps: Sequence[Cell],
        intervals: Sequence[Interval | None],
    ) -> dict[Interval, list[int]]:
        """The places of each interval's records; those that are in none are rejected."""
        places: defaultdict[Interval, list[int]] = defaultdict(list)
        for at, interval in enumerate(intervals):
            try:
                places[interval or self._placing.of_event(timestamps[at], records.arrivals[at])].append(at)
            except BadRecord as bad:
                record = records[at]
                self._reject(record, subs[at], UserRecord(record.partition_key, record.data), bad)
        return places

    def _take_apart(self, record: StreamRecord) -> None:
        """Take what a record holds that is not plainly one good record; nothing more if it was taken apart before."""
        found = [UserRecord(record.partition_key, record.data)]
        if record.sub == WHOLE:
            try:
                found = user_records(record, self._reader.split)
            except BadRecord as bad:
                found = [found[0]._replace(bad=bad)]
        if len(found) > 1 and not any(user_record.bad for user_record in found):
            self._take(_parts(record, found))
            return
        for sub, user_record in enumerate(found, start=max(record.sub, 0)):
            self._take_alone(record, sub, user_record)

    def _take_alone(self, record: StreamRecord, sub: int, user_record: UserRecord) -> None:
        self.taken += 1
        try:
            values = self._values(user_record)
            if not values:
                self._filter(record.arrival)
                return
            group = self._group(self._placing.of_event(values[0], record.arrival))
            group.add([record.sequence], [sub], [[cell] for cell in values])
        except BadRecord as bad:
            self._reject(record, sub, user_record, bad)

    def _values(self, user_record: UserRecord) -> Values:
        if user_record.bad is not None:
            raise user_record.bad
        values = self._reader.glance(user_record.data)
        return self._reader.read(user_record.data) if values is None else values

    def _filter(self, arrival: float) -> None:
        self._group(self._placing.of_arrival(arrival)).filtered += 1

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


def _parts(record: StreamRecord, found: Sequence[UserRecord]) -> StreamRecords:
    """What a record holds, as records of their own."""
    count = len(found)
    return StreamRecords(
        [record.shard] * count,
        [record.sequence] * count,
        [user_record.partition_key for user_record in found],
        [record.arrival] * count,
        [user_record.data for user_record in found],
        range(count),
    )


def _at[Item](places: Sequence[int], column: Sequence[Item]) -> list[Item]:
    return list(map(column.__getitem__, places))


def _table(columns: Sequence[Sequence[Cell]]) -> Table:
    """By column; as CSV lines where a cell needs quotes, which is for csv to say, or holds a zero byte."""
    if not columns or not columns[0]:
        return ""
    found = list(map(_column, columns))
    texts = [column for column in found if isinstance(column[0], str)]
    text = "\n".join(map("\n".join, cast("list[list[str]]", texts)))
    is_plain = text.count("\n") == max(len(texts) * len(columns[0]) - 1, 0)
    return CellRows(found) if is_plain and not any(map(text.__contains__, '",\r\0')) else _lines(columns)


def _column(cells: Sequence[Cell]) -> Column:
    """Numbers of one kind as they are, anything else as texts."""
    kinds = set(map(type, cells))
    if kinds <= {str} or kinds in ({int}, {float}):
        return cast("Column", cells)
    return ["" if cell is None else str(cell) for cell in cells]


def _lines(columns: Sequence[Sequence[Cell]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(zip(*columns, strict=True))
    return text.getvalue()
