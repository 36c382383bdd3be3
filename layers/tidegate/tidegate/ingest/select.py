"""The wanted columns of a record, filtered and checked."""

from collections.abc import Sequence
from typing import Final

from tidegate.config import DetectorConfig, Function
from tidegate.contracts.errors import BadRecord, Reason
from tidegate.ingest.cells import Cell, counted_cell, dimension_cell, number_cell, timestamp_cell

type Values = tuple[Cell, ...]
"""A record's cells in the order of `DetectorConfig.record_columns`."""

FILTERED: Final[Values] = ()
"""Stands for a record that the dimension filters keep out."""


class Select:
    """The rules of one detector's columns."""

    def __init__(self, config: DetectorConfig) -> None:
        self.columns: Final = config.record_columns
        self._measures_from: Final = 1 + len(config.dimensions)
        counted = counted_columns(config)
        measures = [counted_cell if column in counted else number_cell for column in config.measure_columns]
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
        if all(cell is None for cell in values[self._measures_from :]):
            raise BadRecord(Reason.NO_MEASURE, f"{', '.join(self.columns[self._measures_from :])}: absent or null")
        return values

    def keeps_out(self, raw: Sequence[object]) -> bool:
        """Does a dimension filter keep the record out? Null passes no filter. Raises BadRecord (bad_dimension)."""
        for place, dimension, allowed in self._filters:
            cell = dimension_cell(raw[place], dimension)
            if cell is None or str(cell) not in allowed:
                return True
        return False


def counted_columns(config: DetectorConfig) -> frozenset[str]:
    """Measure columns that are only counted, so that their values need not be numbers."""
    computed = {measure.column for measure in config.measures if measure.function is not Function.COUNT}
    return frozenset(config.measure_columns) - computed
