"""History: the values of all series per interval, aggregated from rows of files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from local.history.reading import RIGHT_GRID, Published, RowReader, Rows
from local.history.shown import shown_starts
from local.history.values import DimensionIds, Floats, Integers
from tidegate.config import DetectorConfig, Function
from tidegate.contracts.errors import InputError
from tidegate.contracts.interval import DAY_SECONDS, IntervalGrid
from tidegate.contracts.series import IntervalValues, SeriesKey
from tidegate.contracts.timestamps import TimestampCodec
from tidegate.detect.values import LARGEST_VALUE, TOO_LARGE

_LONGEST_GAP_SECONDS: Final = 366 * DAY_SECONDS
_SHORTEST_SECONDS: Final = DAY_SECONDS
"""What lies further from all other rows than the longest gap spans more than this, or is taken for a mistake."""
_PLACES: Final = 3
"""Files that a message names."""


@dataclass(frozen=True, slots=True)
class History:
    """The values of all series, by interval.

    starts: the starts of the intervals that have rows, ascending, seconds since 1970 UTC. Point p is `values[p]` of
    series `keys[series[p]]`; those of interval i are `bounds[i]` up to `bounds[i + 1]`. rows: rows that count;
    valueless: of these, rows whose measures are all null. shown: the starts of all intervals to judge, those without a
    row included, ascending. published: what was met in folders of intervals.
    """

    grid: IntervalGrid
    keys: tuple[SeriesKey, ...]
    starts: Integers
    bounds: Integers
    series: Integers
    values: Floats
    rows: int
    valueless: int
    shown: Integers
    published: Published

    def at(self, index: int) -> IntervalValues:
        """The values of the interval that starts at `starts[index]`."""
        points = slice(self.bounds[index], self.bounds[index + 1])
        keys = map(self.keys.__getitem__, self.series[points].tolist())
        interval = self.grid.containing(int(self.starts[index]))
        return IntervalValues(interval, dict(zip(keys, self.values[points].tolist(), strict=True)))


def read_history(paths: Sequence[Path], config: DetectorConfig, advance: Callable[[int], None]) -> History:
    """Read and aggregate files; `advance` hears of rows as they are read. Raises InputError."""
    ids = DimensionIds()
    codec = TimestampCodec(config.timestamp_format, config.timezone)
    reader = RowReader(config, ids, advance)
    for path in paths:
        reader.add(path)
    rows = reader.rows()
    if not len(rows.instants):
        raise InputError(_place(paths), f"has no rows{_elsewhere(rows)}")
    starts, interval = _occupied(rows.instants, config.grid)
    _refuse_strays(rows, starts, interval, config.grid.step)
    series_count = len(ids) * len(config.measures)
    cells, values = list[Integers](), list[Floats]()
    for number, measure in enumerate(config.measures):
        cell = interval * series_count + number * len(ids) + rows.dimensions
        filled, aggregated = _aggregate(cell, rows.columns[measure.column], measure.function)
        cells.append(filled)
        values.append(aggregated)
        if len(beyond := np.flatnonzero(np.abs(aggregated) > LARGEST_VALUE)):
            start = codec.text(starts[filled[beyond[0]] // series_count])
            place = f"{_place(paths)}, interval that begins at {start}"
            raise InputError(place, f"{measure.function} of column {measure.column} {TOO_LARGE}")
    plain = rows.plain and (config.grid.containing(rows.plain[0]).start, config.grid.containing(rows.plain[1]).start)
    cell = np.concatenate(cells)
    order = np.argsort(cell, kind="stable")
    return History(
        grid=config.grid,
        keys=tuple((measure, dimensions) for measure in config.measure_names for dimensions in ids),
        starts=starts,
        bounds=np.searchsorted(cell[order], np.arange(len(starts) + 1) * series_count),
        series=cell[order] % series_count,
        values=np.concatenate(values)[order],
        rows=len(rows.instants),
        valueless=int(np.isnan(list(rows.columns.values())).all(axis=0).sum()),
        shown=shown_starts(starts, plain, rows.published.starts, config.grid),
        published=rows.published,
    )


def _place(paths: Sequence[Path]) -> str:
    more = f" and {len(paths) - _PLACES:,} more files" if len(paths) > _PLACES else ""
    return ", ".join(map(str, paths[:_PLACES])) + more


def _elsewhere(rows: Rows) -> str:
    """What to say when no row lies in its folder's interval."""
    outside = rows.published.outside
    return f" in the interval of their folder, but {outside:,} of other times. {RIGHT_GRID}" if outside else ""


def _occupied(times: Floats, grid: IntervalGrid) -> tuple[Integers, Integers]:
    """The starts of the intervals that hold an instant, ascending; and for each instant the number of its interval."""
    seconds, inverse = np.unique(np.floor(times).astype(np.int64), return_inverse=True)
    number, starts, at = np.empty(len(seconds), np.int64), list[int](), 0
    while at < len(seconds):
        interval = grid.containing(int(seconds[at]))
        end = int(np.searchsorted(seconds, interval.end))
        number[at:end] = len(starts)
        starts.append(interval.start)
        at = end
    return np.array(starts, np.int64), number[inverse]


def _refuse_strays(rows: Rows, starts: Integers, interval: Integers, step: int) -> None:
    """Raise InputError when rows of a day at most lie more than a year from all others: no recording is so short."""
    edges = np.flatnonzero(np.diff(starts) > _LONGEST_GAP_SECONDS) + 1
    firsts, ends = np.array([0, *edges]), np.array([*edges, len(starts)])
    short = np.flatnonzero(starts[ends - 1] + step - starts[firsts] <= max(_SHORTEST_SECONDS, step))
    if not len(edges) or not len(short):
        return
    part = int(short[-1])
    within = (interval >= firsts[part]) & (interval < ends[part])
    edge, where = (firsts[part], "after the rows before it") if part else (ends[part], "before the rows after it")
    days = (starts[edge] - starts[edge - 1]) / DAY_SECONDS
    raise InputError(
        rows.place(int(np.flatnonzero(within)[0])),
        f"lies {days:,.0f} days {where}, among {within.sum():,} rows of at most a day. Is the format right? "
        "If so, leave out the rows that are not of the same time",
    )


_REDUCE: Final = {
    Function.SUM: np.add,
    Function.AVG: np.add,
    Function.COUNT: np.add,
    Function.MIN: np.minimum,
    Function.MAX: np.maximum,
}


def _aggregate(cell: Integers, column: Floats, function: Function) -> tuple[Integers, Floats]:
    """The cells that have a value, ascending, and the aggregated value of each.

    Null counts as nothing: a cell of nulls only has no value, but for COUNT, of which it has 0.
    """
    null = np.isnan(column)
    if function is Function.COUNT:
        kept, values = cell, (~null).astype(np.float64)
    else:
        kept, values = cell[~null], column[~null]
    order = np.argsort(kept, kind="stable")
    kept, values = kept[order], values[order]
    firsts = np.flatnonzero(np.diff(kept, prepend=-1))
    if not len(firsts):
        return kept, values
    reduced = _REDUCE[function].reduceat(values, firsts)
    if function is Function.AVG:
        reduced /= np.diff(firsts, append=len(values))
    return kept[firsts], reduced
