"""An interval's object, rendered from its chunks: a pure function of the records that they hold.

The `records` output is never held as a whole: the chunks are read once to count and once to write. The `aggregates`
output holds its groups, and of many groups some, the others lie in temporary files.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tidegate.config import DetectorConfig, Output
from tidegate.contracts.errors import Conflict
from tidegate.contracts.interval import Interval
from tidegate.contracts.rows import lines_of
from tidegate.contracts.timestamps import TimestampCodec
from tidegate.flush.aggregation import Aggregates, csv_line
from tidegate.flush.merging import Tally, merged_rows
from tidegate.flush.snapshot import Snapshot
from tidegate.flush.stores import StoredChunk

type ReadChunks = Callable[[], Iterator[StoredChunk]]
"""Reads an interval's chunks from their beginning, by ascending key."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """An interval's records counted, and its object.

    rows: rows in the object, the header not counted. body: UTF-8 CSV, header first, in pieces; to be read once.
    """

    tally: Tally
    rows: int
    body: Iterable[bytes]


def render(interval: Interval, read: ReadChunks, config: DetectorConfig) -> Rendering:
    """Render an interval."""
    return _aggregates(interval, read, config) if config.output is Output.AGGREGATES else _records(read, config)


def _records(read: ReadChunks, config: DetectorConfig) -> Rendering:
    chunks, tally = Snapshot(read), Tally()
    for _ in merged_rows(chunks, config.record_columns, tally):
        pass
    return Rendering(tally, tally.stored, _records_body(chunks, config.record_columns, tally.stored))


def _records_body(chunks: Snapshot, columns: tuple[str, ...], stored: int) -> Iterator[bytes]:
    yield csv_line(columns).encode()
    tally = Tally()
    for table in merged_rows(chunks, columns, tally):
        yield lines_of(table).encode()
    if tally.stored != stored:
        raise Conflict(f"{stored} records were counted, {tally.stored} written")


def _aggregates(interval: Interval, read: ReadChunks, config: DetectorConfig) -> Rendering:
    tally, aggregates = Tally(), Aggregates(config)
    for table in merged_rows(read(), config.record_columns, tally):
        aggregates.add(table)
    start = TimestampCodec(config.timestamp_format, config.timezone).text(interval.start)
    return Rendering(tally, len(aggregates), _aggregates_body(aggregates, start, config.aggregate_columns))


def _aggregates_body(aggregates: Aggregates, start: str, columns: tuple[str, ...]) -> Iterator[bytes]:
    yield csv_line(columns).encode()
    for row in aggregates.rows():
        yield csv_line([start, *row]).encode()
