"""Rows of files as columns of numbers, each with its instant: what a history is aggregated from.

A file in a folder of the form `intvl_date=YYYY-MM-DD/intvl_hhmm=HHMM/` is an object of the interval that begins there,
and is read as the deployed detector reads it: only rows inside the interval count, and of the two readings of a
repeated hour they mean the interval's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from local.history.rows import Block, read_blocks
from local.history.values import DimensionIds, Floats, Instants, Integers, numbers, presence, series_ids
from tidegate.config import DetectorConfig
from tidegate.contracts.interval import Interval, IntervalGrid, lies_in_interval_folder
from tidegate.contracts.timestamps import TimestampCodec
from tidegate.ingest.select import counted_columns

RIGHT_GRID: Final = "Are --interval and --timezone those of the folders?"


@dataclass(slots=True)
class Published:
    """What was met in folders of intervals.

    starts: of the intervals with an object that has rows of theirs, or none at all; seconds since 1970 UTC. outside:
    rows that lie outside the interval of their folder; first_outside: where the first of them stands. off_grid: files
    in folders at which no interval of this length and zone begins, whose rows count by their own times.
    """

    starts: set[int] = field(default_factory=set)
    outside: int = 0
    first_outside: str = ""
    off_grid: list[Path] = field(default_factory=list)

    def interval_of(self, path: Path, grid: IntervalGrid) -> Interval | None:
        """The interval in whose folder a file lies; None, and noted: the folder is off the grid."""
        interval = grid.from_key(path.absolute().as_posix())
        if interval is None:
            self.off_grid.append(path)
        return interval

    def remarks(self) -> list[str]:
        """What a person should know of these folders, as sentences."""
        said = list[str]()
        if self.outside:
            said.append(
                f"{self.outside:,} rows lie outside the interval of their folder and do not count, as in a deployed "
                f"detector; the first is {self.first_outside}."
            )
        if self.off_grid:
            said.append(
                f"{len(self.off_grid):,} files lie in folders at which no interval begins, which a deployed detector "
                f"passes over; their rows count by their own times here. The first is {self.off_grid[0]}. {RIGHT_GRID}"
            )
        return said

    def inside(self, block: Block, is_inside: Sequence[bool]) -> Block:
        """The rows of a block that count; the others are noted."""
        if all(is_inside):
            return block
        if not self.outside:
            self.first_outside = f"{block.path}, line {block.lines[is_inside.index(False)]}"
        self.outside += is_inside.count(False)
        return block.only(is_inside)


@dataclass(frozen=True, slots=True)
class Rows:
    """The columns of all rows that count: instant, number of the dimension values, and each measure column.

    lines: of each block of rows, its file and the line that each row ends on. plain: the first and the last instant of
    files in no folder of an interval; None: there are none.
    """

    instants: Floats
    dimensions: Integers
    columns: dict[str, Floats]
    lines: Sequence[tuple[Path, Integers]]
    plain: tuple[float, float] | None
    published: Published

    def place(self, row: int) -> str:
        """Where a row stands, for messages."""
        for path, lines in self.lines:
            if row < len(lines):
                return f"{path}, line {lines[row]}"
            row -= len(lines)
        raise IndexError(row)


class RowReader:
    """Gathers the rows of files; `advance` hears of rows as they are read."""

    def __init__(self, config: DetectorConfig, ids: DimensionIds, advance: Callable[[int], None]) -> None:
        self._config = config
        self._ids = ids
        self._advance = advance
        self._counted = counted_columns(config)
        self._instants = Instants(config.timestamp_column, TimestampCodec(config.timestamp_format, config.timezone))
        self._times = [np.empty(0)]
        self._dimensions = [np.empty(0, np.int64)]
        self._columns = {name: [np.empty(0)] for name in config.measure_columns}
        self._lines = list[tuple[Path, Integers]]()
        self._plain = list[float]()
        self._published = Published()

    def add(self, path: Path) -> None:
        """Read a file. Raises InputError."""
        is_plain = not lies_in_interval_folder(path.absolute().as_posix())
        interval = None if is_plain else self._published.interval_of(path, self._config.grid)
        count = inside = 0
        for block in read_blocks(path, self._config.record_columns):
            self._advance(len(block.lines))
            count += len(block.lines)
            times = self._add_by_time(block) if interval is None else self._add_by_folder(block, interval)
            inside += len(times)
            if is_plain and len(times):
                self._plain += (float(times.min()), float(times.max()))
        if interval is not None and (inside or not count):
            self._published.starts.add(interval.start)

    def rows(self) -> Rows:
        """All that was read."""
        columns = {name: np.concatenate(parts) for name, parts in self._columns.items()}
        plain = (min(self._plain), max(self._plain)) if self._plain else None
        times, dimensions = np.concatenate(self._times), np.concatenate(self._dimensions)
        return Rows(times, dimensions, columns, self._lines, plain, self._published)

    def _add_by_time(self, block: Block) -> Floats:
        series = series_ids(block, self._config.dimensions, self._ids)
        return self._add(block, series, self._instants.of(block, series))

    def _add_by_folder(self, block: Block, interval: Interval) -> Floats:
        times = self._instants.near(block, (interval.start + interval.end) / 2)
        is_inside = (times >= interval.start) & (times < interval.end)
        block = self._published.inside(block, is_inside.tolist())
        return self._add(block, series_ids(block, self._config.dimensions, self._ids), times[is_inside])

    def _add(self, block: Block, series: Integers, times: Floats) -> Floats:
        self._times.append(times)
        self._dimensions.append(series)
        for name, parts in self._columns.items():
            parts.append((presence if name in self._counted else numbers)(block, name))
        self._lines.append((block.path, np.array(block.lines, np.int64)))
        return times
