"""The `aggregates` output: one row per dimension values, a column per measure."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from math import inf
from operator import itemgetter
from typing import Final

from tidegate.config import DetectorConfig, Function
from tidegate.contracts.rows import Table, cells_of, lines_of
from tidegate.flush.sums import ExactSum, Number

_ROWS_AT_A_TIME: Final = 20_000
"""Rows that are held until they are grouped: enough for each group to get some, some 10 MB."""


class Aggregates:
    """Groups records by their dimension values as they stream by; holds the groups and a few records, never all."""

    def __init__(self, config: DetectorConfig) -> None:
        self._config: Final = config
        self._groups: Final[dict[tuple[str, ...], list[_Column]]] = {}
        self._cells: Final[list[list[str]]] = [[] for _ in config.record_columns]

    def add(self, table: Table) -> None:
        """Add some records: rows of `config.record_columns`."""
        columns = cells_of(table, len(self._cells))
        if columns is None:
            rows = list(csv.reader(io.StringIO(lines_of(table), newline="")))
            columns = list(zip(*rows, strict=True)) if rows else [()] * len(self._cells)
        for cells, more in zip(self._cells, columns, strict=True):
            cells.extend(more)
        if len(self._cells[0]) >= _ROWS_AT_A_TIME:
            self._group()

    def rows(self) -> Iterator[list[str]]:
        """The rows without the timestamp, sorted by dimension values."""
        self._group()
        places = [self._config.measure_columns.index(measure.column) for measure in self._config.measures]
        functions = [measure.function for measure in self._config.measures]
        for dimensions, columns in sorted(self._groups.items(), key=itemgetter(0)):
            values = [columns[place].text(function) for place, function in zip(places, functions, strict=True)]
            yield [*dimensions, *values]

    def __len__(self) -> int:
        self._group()
        return len(self._groups)

    def _group(self) -> None:
        """Add the records that are held to their groups."""
        timestamps, measures = self._cells[0], self._cells[1 + len(self._config.dimensions) :]
        dimensions = zip(*self._cells[1 : 1 + len(self._config.dimensions)], strict=True)
        places: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, values in enumerate(dimensions if self._config.dimensions else repeat((), len(timestamps))):
            places[values].append(place)
        for values, of_group in places.items():
            if values not in self._groups:
                self._groups[values] = [self._column(name) for name in self._config.measure_columns]
            for column, cells in zip(self._groups[values], measures, strict=True):
                column.add(list(filter(None, map(cells.__getitem__, of_group))))
        for cells in self._cells:
            cells.clear()

    def _column(self, name: str) -> "_Column":
        functions = {measure.function for measure in self._config.measures if measure.column == name}
        return _Column(functions)


class _Column:
    """The values of one measure column in one group."""

    __slots__ = ("_count", "_greatest", "_is_counted_only", "_least", "_sum")

    def __init__(self, functions: set[Function]) -> None:
        self._is_counted_only = functions == {Function.COUNT}
        self._count = 0
        self._sum = ExactSum()
        self._least: Number | None = None
        self._greatest: Number | None = None

    def add(self, texts: Sequence[str]) -> None:
        """Add cells that are not empty."""
        if self._is_counted_only:
            self._count += len(texts)
            return
        numbers = _numbers(texts)
        if numbers:
            self._count += len(numbers)
            self._sum.add(numbers)
            self._least = _chosen(min, self._least, numbers)
            self._greatest = _chosen(max, self._greatest, numbers)

    def text(self, function: Function) -> str:
        """The aggregate in the shortest form that reads back the same; empty where there was no value to aggregate."""
        if function is Function.COUNT:
            return str(self._count)
        if self._least is None or self._greatest is None:
            return ""
        match function:
            case Function.SUM:
                return repr(self._sum.value())
            case Function.AVG:
                return repr(self._sum.mean(self._count))
            case Function.MIN:
                return repr(self._least)
            case Function.MAX:
                return repr(self._greatest)


def _chosen(choose: Callable[[Sequence[Number]], Number], before: Number | None, numbers: Sequence[Number]) -> Number:
    found = choose(numbers)
    return found if before is None else choose((before, found))


def _numbers(texts: Sequence[str]) -> list[Number]:
    """The cells as numbers. Other text, which a chunk may hold from when the column was only counted, is left out."""
    try:
        numbers = list(map(_reader(texts), texts))
    except ValueError:
        numbers = [number for text in texts for number in _number_if_any(text)]
    if inf in numbers or -inf in numbers:
        return [number for number in numbers if abs(number) != inf]
    return numbers


def _reader(texts: Sequence[str]) -> Callable[[str], Number]:
    """Reads all of them as `_number` does, or raises ValueError."""
    together = "".join(texts)
    if "." not in together and "e" not in together:
        return int
    # With as many points as cells, each has one, or there is one with two, which is no number.
    return float if together.count(".") == len(texts) else _number


def _number(text: str) -> Number:
    """As ingest writes numbers: a float has a point or a power, an integer has neither."""
    return float(text) if "." in text or "e" in text else int(text)


def _number_if_any(text: str) -> Sequence[Number]:
    try:
        return [_number(text)]
    except ValueError:
        return []


def csv_line(cells: Sequence[str]) -> str:
    """One CSV line (RFC 4180 quoting), ended by a newline."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
