"""The `aggregates` output: one row per dimension values, a column per measure."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Final

from tidegate.config import DetectorConfig, Function
from tidegate.contracts.rows import Table, cells_of, lines_of
from tidegate.flush.spill import Group, Spill
from tidegate.flush.totals import Totals

_ROWS_AT_A_TIME: Final = 20_000
"""Rows that are held until they are grouped: enough for each group to get some, some 10 MB."""
_CELLS_IN_MEMORY: Final = 400_000
"""Dimension values and measures of the groups that are held before they go to disk: some 100 MB."""


class Aggregates:
    """Groups records by their dimension values as they stream by; holds a few records and groups, never all.

    Groups beyond what memory is given to them lie in temporary files.
    """

    def __init__(self, config: DetectorConfig) -> None:
        self._config: Final = config
        self._groups: Final[dict[tuple[str, ...], list[Totals]]] = {}
        self._most_groups: Final = _CELLS_IN_MEMORY // (len(config.dimensions) + len(config.measure_columns))
        self._spill: Final = Spill()
        self._is_counted_only: Final = [
            {measure.function for measure in config.measures if measure.column == name} == {Function.COUNT}
            for name in config.measure_columns
        ]
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
            if len(self._groups) > self._most_groups:
                self._put_away()

    def rows(self) -> Iterator[list[str]]:
        """The rows without the timestamp, sorted by dimension values."""
        places = [self._config.measure_columns.index(measure.column) for measure in self._config.measures]
        functions = [measure.function for measure in self._config.measures]
        for dimensions, totals in self._sorted():
            values = [totals[place].text(function) for place, function in zip(places, functions, strict=True)]
            yield [*dimensions, *values]

    def __len__(self) -> int:
        self._group()
        if self._spill:
            self._put_away()
            return self._spill.merge()
        return len(self._groups)

    def _sorted(self) -> Iterator[Group]:
        """Every group, sorted by its dimension values."""
        self._group()
        if self._spill:
            self._put_away()
            return self._spill.groups()
        return iter(sorted(self._groups.items(), key=itemgetter(0)))

    def _put_away(self) -> None:
        """Move the groups to disk."""
        if self._groups:
            self._spill.add(sorted(self._groups.items(), key=itemgetter(0)))
            self._groups.clear()

    def _group(self) -> None:
        """Add the records that are held to their groups."""
        timestamps, measures = self._cells[0], self._cells[1 + len(self._config.dimensions) :]
        dimensions = zip(*self._cells[1 : 1 + len(self._config.dimensions)], strict=True)
        places: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, values in enumerate(dimensions if self._config.dimensions else repeat((), len(timestamps))):
            places[values].append(place)
        for values, of_group in places.items():
            if values not in self._groups:
                self._groups[values] = [Totals(is_counted_only=only) for only in self._is_counted_only]
            for totals, cells in zip(self._groups[values], measures, strict=True):
                totals.add(list(filter(None, map(cells.__getitem__, of_group))))
        for cells in self._cells:
            cells.clear()


def csv_line(cells: Sequence[str]) -> str:
    """One CSV line (RFC 4180 quoting), ended by a newline."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
