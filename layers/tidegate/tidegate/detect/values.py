"""A published interval's objects to the values of its series.

Objects are CSV, gzip or not, with a header; the order of columns is free and other columns may be there. As with
Lookout only rows inside the interval count, and rows of equal dimension values are aggregated.

With Output `records` a row is a record, and each measure's function is applied to its column. With `aggregates` a row
is aggregated already: sums and counts of several rows add up, averages are averaged, of extremes the extreme counts.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import fsum, isfinite
from typing import Final

from tidegate.config import DetectorConfig, Function, Output
from tidegate.contracts.errors import BadRecord, InputError
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import DimensionValues, IntervalValues, SeriesKey
from tidegate.contracts.timestamps import TimestampCodec
from tidegate.detect.csv_objects import column_place, csv_rows, read_header
from tidegate.detect.registry import MAX_SERIES

LARGEST_VALUE: Final = 1e14
"""Of a series in an interval: beyond it the model's products leave the range of single precision."""
TOO_LARGE: Final = f"is beyond {LARGEST_VALUE:g}, the most that the detector takes: give the measure in a larger unit"

type _Numbers = array[float]
type _Join = Callable[[_Numbers], float]

_OF_RECORDS: Final[Mapping[Function, _Join]] = {
    Function.SUM: fsum,
    Function.AVG: lambda numbers: fsum(numbers) / len(numbers),
    Function.COUNT: len,
    Function.MIN: min,
    Function.MAX: max,
}
_OF_AGGREGATES: Final[Mapping[Function, _Join]] = {**_OF_RECORDS, Function.COUNT: fsum}


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where one object's wanted columns stand, dimensions and measures in configured order."""

    width: int
    timestamp: int
    dimensions: tuple[int, ...]
    measures: tuple[int, ...]


def read_values(interval: Interval, objects: Iterable[tuple[str, bytes]], config: DetectorConfig) -> IntervalValues:
    """The values of an interval from the (key, bytes) of its objects; a series without a value is absent.

    A count is 0 where dimension values occur, but never with a non-null value.

    Raises InputError naming key, line and column (never the content) when an object cannot be read or holds rows, but
    none of this interval, and when the interval has more than MAX_SERIES series or a value beyond LARGEST_VALUE.
    """
    reader = _Reader(interval, config)
    for key, data in objects:
        reader.add(key, data)
    return IntervalValues(interval, reader.values())


class _Reader:
    """Gathers the numbers of each series, object by object."""

    def __init__(self, interval: Interval, config: DetectorConfig) -> None:
        self._interval = interval
        self._config = config
        self._codec = TimestampCodec(config.timestamp_format, config.timezone)
        # Of the two readings of a repeated hour, the one nearer to the interval's middle is never the wrong one.
        self._middle = (interval.start + interval.end) / 2
        self._is_aggregated = config.output is Output.AGGREGATES
        self._columns = config.measure_names if self._is_aggregated else [m.column for m in config.measures]
        self._is_counted = [not self._is_aggregated and m.function is Function.COUNT for m in config.measures]
        self._filters = [(config.dimensions.index(name), allowed) for name, allowed in config.dimension_filters.items()]
        self._numbers: dict[DimensionValues, tuple[_Numbers, ...]] = {}

    def add(self, key: str, data: bytes) -> None:
        """Add the rows of one object."""
        rows = csv_rows(key, data)
        header = read_header(key, rows)
        layout = _Layout(
            len(header),
            column_place(key, header, self._config.timestamp_column),
            tuple(column_place(key, header, name) for name in self._config.dimensions),
            tuple(column_place(key, header, name) for name in self._columns),
        )
        count = inside = 0
        for line, row in rows:
            if len(row) != layout.width:
                raise InputError(f"{key}, line {line}", f"has {len(row)} fields where the header has {layout.width}")
            count += 1
            if self._instant(key, line, row[layout.timestamp]) in self._interval:
                inside += 1
                self._add_row(key, line, row, layout)
        if count and not inside:
            raise InputError(key, f"holds {count} rows, none of them of the {self._name()}")

    def values(self) -> dict[SeriesKey, float]:
        """One value a series."""
        joins = [(_OF_AGGREGATES if self._is_aggregated else _OF_RECORDS)[m.function] for m in self._config.measures]
        found: dict[SeriesKey, float] = {}
        for dimensions, columns in self._numbers.items():
            for name, join, numbers, is_counted in zip(
                self._config.measure_names, joins, columns, self._is_counted, strict=True
            ):
                if not numbers and not is_counted:
                    continue
                try:
                    found[name, dimensions] = float(join(numbers))
                except OverflowError:
                    raise InputError(f"{self._name()}, column {name}", "adds up to more than a number holds") from None
                if abs(found[name, dimensions]) > LARGEST_VALUE:
                    raise InputError(f"{self._name()}, column {name}", TOO_LARGE)
        if len(found) > MAX_SERIES:
            raise InputError(self._name(), f"has {len(found)} series; the limit is {MAX_SERIES}")
        return found

    def _name(self) -> str:
        return f"interval that begins at {self._codec.text(self._interval.start)}"

    def _instant(self, key: str, line: int, text: str) -> float:
        try:
            return self._codec.parse(text, self._middle)
        except BadRecord as error:
            raise InputError(f"{key}, line {line}, column {self._config.timestamp_column}", error.detail) from None

    def _add_row(self, key: str, line: int, row: list[str], layout: _Layout) -> None:
        dimensions = tuple(row[place] for place in layout.dimensions)
        if any(dimensions[place] not in allowed for place, allowed in self._filters):
            return
        columns = self._numbers.get(dimensions)
        if columns is None:
            columns = self._numbers[dimensions] = tuple(array("d") for _ in layout.measures)
        for numbers, place, name, is_counted in zip(
            columns, layout.measures, self._columns, self._is_counted, strict=True
        ):
            text = row[place]
            if not text:
                continue
            try:
                number = 1.0 if is_counted else float(text)
            except ValueError:
                raise InputError(f"{key}, line {line}, column {name}", "is not a number") from None
            if not isfinite(number):
                raise InputError(f"{key}, line {line}, column {name}", "is not a finite number")
            numbers.append(number)
