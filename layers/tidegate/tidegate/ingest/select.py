"""The wanted columns of a record, filtered and checked."""

from collections.abc import Sequence
from itertools import compress
from typing import Final, NamedTuple

from tidegate.config import DetectorConfig, Function
from tidegate.contracts.errors import BadRecord, Reason
from tidegate.ingest.cells import Cell, counted_cell, dimension_cell, number_cell, timestamp_cell

type Values = tuple[Cell, ...]
"""A record's cells in the order of `DetectorConfig.record_columns`."""

FILTERED: Final[Values] = ()
"""Stands for a record that the dimension filters keep out."""


class Columns(NamedTuple):
    """Good records by column, in the order of `DetectorConfig.record_columns`.

    told: of each record that was asked about, True: it is good; False: the dimension filters keep it out; None: it is
    neither at a glance. None instead of all: all are good.
    """

    cells: Sequence[Sequence[Cell]]
    told: Sequence[bool | None] | None = None


class Select:
    """The rules of one detector's columns."""

    def __init__(self, config: DetectorConfig) -> None:
        self.columns: Final = config.record_columns
        self._measures_from: Final = 1 + len(config.dimensions)
        counted = counted_columns(config)
        measures = [counted_cell if column in counted else number_cell for column in config.measure_columns]
        self._counted: Final = [place for place, column in enumerate(self.columns) if column in counted]
        self._checks: Final = [timestamp_cell, *[dimension_cell] * len(config.dimensions), *measures]
        self._filters: Final = [
            (self.columns.index(dimension), dimension, allowed)
            for dimension, allowed in config.dimension_filters.items()
        ]

    def __call__(self, raw: Sequence[object]) -> Values:
        """A record's values, or FILTERED. Raises BadRecord.

        raw: what stands in the columns, absent as None. The filters come first: of a record that they keep out nothing
        else is looked at.
        """
        if self._filters and self.keeps_out(raw):
            return FILTERED
        values = tuple(
            [check(value, column) for check, value, column in zip(self._checks, raw, self.columns, strict=True)]
        )
        if _is_empty(values[self._measures_from :]):
            raise BadRecord(Reason.NO_MEASURE, f"{', '.join(self.columns[self._measures_from :])}: absent or null")
        return values

    def of_columns(self, cells: Sequence[Sequence[Cell]]) -> Columns:
        """Many records at once, whose cells are of their columns' types."""
        cells = [
            [None if cell == "" else cell for cell in column] if place in self._counted else column
            for place, column in enumerate(cells)
        ]
        has_measures = any(None not in column for column in cells[self._measures_from :])
        if has_measures and all(cells[0]) and not self._filters:
            return Columns(cells)
        told = list(map(self._told, zip(*cells, strict=True)))
        return Columns([list(compress(column, told)) for column in cells], told)

    def _told(self, row: Sequence[Cell]) -> bool | None:
        try:
            if self.keeps_out(row):
                return False
        except BadRecord:
            return None
        return True if row[0] and not _is_empty(row[self._measures_from :]) else None

    def keeps_out(self, raw: Sequence[object]) -> bool:
        """Does a dimension filter keep the record out? Null passes no filter. Raises BadRecord (bad_dimension)."""
        for place, dimension, allowed in self._filters:
            cell = dimension_cell(raw[place], dimension)
            if cell is None or str(cell) not in allowed:
                return True
        return False


def _is_empty(cells: Sequence[Cell]) -> bool:
    return all(cell is None for cell in cells)


def counted_columns(config: DetectorConfig) -> frozenset[str]:
    """Measure columns that are only counted, so that their values need not be numbers."""
    computed = {measure.column for measure in config.measures if measure.function is not Function.COUNT}
    return frozenset(config.measure_columns) - computed
