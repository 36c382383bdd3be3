"""Columns of a block as instants, numbers and series. A value that is none is named by file, line and column."""

from collections.abc import Callable, Sequence
from math import nan
from shlex import quote
from typing import Final

import numpy as np
from numpy.typing import NDArray

from local.history.rows import Block, no_column
from local.local_times import RowTimes
from local.no_value import ADVICE as NO_VALUE
from local.no_value import means_no_value
from local.sample.times import times_of
from tidegate.contracts.errors import BadRecord, InputError
from tidegate.contracts.series import DimensionValues
from tidegate.contracts.timestamps import TimestampCodec
from tidegate.detect.values import LARGEST_VALUE, TOO_LARGE
from tidegate.ingest.cells import Cell, counted_cell, dimension_cell, number_cell

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type _Check = Callable[[object, str], Cell]

_SHOWN: Final = 40
_LOOKED_AT: Final = 200
"""Timestamps from which another format is guessed."""
_HEADER_AGAIN: Final = "this is the header again: take the line out"
_TEXTS: Final = frozenset({str, type(None)})
"""Types of which equal values are the same cell: not so 1, 1.0 and true."""


class DimensionIds(dict[DimensionValues, int]):
    """Dimension values -> a number, given in the order in which they are met first."""

    def __missing__(self, values: DimensionValues) -> int:
        self[values] = number = len(self)
        return number


class Instants:
    """Reads timestamps of blocks of rows; a repeated hour's as RowTimes does, near to the row before."""

    def __init__(self, column: str, codec: TimestampCodec) -> None:
        self._column: Final = column
        self._times: Final = RowTimes(codec)
        self._previous: float | None = None

    def of(self, block: Block, series: Integers) -> Floats:
        """Seconds since 1970 UTC of each row; series: the number of each row's dimension values. Raises InputError."""
        found, read, previous = list[float](), self._times.of, self._previous
        values = block.columns[self._column]
        try:
            for value, number in zip(values, series.tolist(), strict=True):
                previous = read(value, number, previous)
                found.append(previous)
        except BadRecord as error:
            raise self._named(block, len(found), error) from None
        self._previous = previous
        return np.array(found, np.float64)

    def near(self, block: Block, instant: float) -> Floats:
        """The same where a repeated hour's rows mean the reading that is nearer to one instant."""
        found, read = list[float](), self._times.codec.parse
        try:
            for value in block.columns[self._column]:
                found.append(read(value, instant))
        except BadRecord as error:
            raise self._named(block, len(found), error) from None
        return np.array(found, np.float64)

    def _named(self, block: Block, row: int, error: BadRecord) -> InputError:
        place, values = block.place(row, self._column), block.columns[self._column]
        if not any(value is not None for value in values) and self._column not in block.names:
            return InputError(str(block.path), no_column(self._column, list(block.names)))
        if values[row] is None:
            return InputError(place, "is empty; every row needs its timestamp")
        advice = _advice(self._column, values[row : row + _LOOKED_AT], self._times.codec)
        return InputError(place, f"{_shown(values[row])} {error.detail}; {advice}")


def _advice(column: str, values: Sequence[object], codec: TimestampCodec) -> str:
    """What to do about the first of these values, which the format does not read."""
    if values[0] == column:
        return _HEADER_AGAIN
    times = times_of(column, values)
    if times is None or times.format == codec.format:
        return "mend it, or name another format with --timestamp-format"
    return f"--timestamp-format {quote(times.format)} reads it"


def numbers(block: Block, column: str) -> Floats:
    """The column's numbers, NaN for null. Raises InputError, also for one that the detector does not take."""
    found = np.array(_checked(block, column, number_cell), np.float64)
    if len(beyond := np.flatnonzero(np.abs(found) > LARGEST_VALUE)):
        row = int(beyond[0])
        raise InputError(block.place(row, column), f"{_shown(block.columns[column][row])} {TOO_LARGE}")
    return found


def presence(block: Block, column: str) -> Floats:
    """1 for each value of any kind, NaN for null: all that counting needs."""
    return np.array([nan if cell is None else 1.0 for cell in _checked(block, column, counted_cell)], np.float64)


def series_ids(block: Block, dimensions: Sequence[str], ids: DimensionIds) -> Integers:
    """The number of each row's dimension values in `ids`, which grows as needed."""
    columns = [
        ["" if cell is None else str(cell) for cell in _checked(block, name, dimension_cell)] for name in dimensions
    ]
    keys = zip(*columns, strict=True) if columns else ((),) * len(block.lines)
    return np.fromiter(map(ids.__getitem__, keys), np.int64, len(block.lines))


def _checked(block: Block, column: str, check: _Check) -> list[Cell]:
    """The column's cells as ingest would take them from a record; a text that comes again is checked once."""
    values = block.columns[column]
    if _TEXTS.issuperset(map(type, values)):
        known = {value: _cell(block, column, value, check) for value in dict.fromkeys(values)}
        return [known[value] for value in values]
    return [_cell(block, column, value, check) for value in values]


def _cell(block: Block, column: str, value: object, check: _Check) -> Cell:
    try:
        return check(value, column)
    except BadRecord as error:
        row = next(row for row, other in enumerate(block.columns[column]) if other is value)
        raise InputError(block.place(row, column), f"{_shown(value)}: {error.detail}{_remark(value, column)}") from None


def _remark(value: object, column: str) -> str:
    """What more can be said of a text that is no number."""
    if not isinstance(value, str):
        return ""
    if value == column:
        return f"; {_HEADER_AGAIN}"
    if means_no_value(value):
        return f"; {NO_VALUE}"
    return "; write it like 1234.5, without unit or comma" if any(map(str.isdigit, value)) else ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
