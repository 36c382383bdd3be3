"""scores.csv: one row per series and interval.

Columns: timestamp (the interval's start as `YYYY-MM-DD HH:MM:SS` in the zone), the dimensions, measure, value (empty:
absent), expected, lower, upper (empty: still learning), severity (0 to 100). Rows are in order of time; a series has
rows from its first value on, but for intervals in which it was neither there nor expected. With rules or a calendar a
last column, suppressed, says what kept an anomaly from alerting (empty: nothing did).
"""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import compress, repeat
from math import nan
from typing import Final, TextIO

import numpy as np
from numpy.typing import NDArray

from tidegate.config import DetectorConfig
from tidegate.contracts.series import IntervalValues, SeriesKey
from tidegate.detect.scores import IntervalScores

_VALUE, _EXPECTED = 0, 1
_NUMBERS: Final = ("%.15g", "%.7g", "%.7g", "%.7g", "%.2f")
"""Value, expected, lower, upper, severity: the first exactly as given, the others as exact as the model's own."""
_BITS: Final = 1 << np.arange(len(_NUMBERS))
_FORMS: Final = tuple(
    ",".join(form if filled & bit else "" for form, bit in zip(_NUMBERS, _BITS.tolist(), strict=True))
    for filled in range(1 << len(_NUMBERS))
)
"""The form of a row's numbers by which of them are there, as bits."""


class ScoresFile:
    """Writes the rows of one interval after the other."""

    def __init__(self, file: TextIO, config: DetectorConfig) -> None:
        self._file = file
        self._grid = config.grid
        self._series: Sequence[SeriesKey] = ()
        self._names: Sequence[str] = ()
        self._has_rules = bool(config.measure_rules or config.calendar)
        header = ("timestamp", *config.dimensions, "measure", "value", "expected", "lower", "upper", "severity")
        header += ("suppressed",) if self._has_rules else ()
        file.write(_cells(header) + "\n")

    def write(self, values: IntervalValues, scores: IntervalScores) -> None:
        """Write the rows of an interval: its values, and what the detector made of them."""
        start = self._grid.local_start(scores.interval).replace(tzinfo=None).isoformat(" ")
        value = np.array([values.values.get(key, nan) for key in scores.series])
        columns = np.array([value, scores.expected, scores.lower, scores.upper, scores.severity], np.float64)
        there = ~np.isnan(columns)
        told = there[_VALUE] | there[_EXPECTED]
        numbers, filled = columns.T[told], there.T[told]
        names = compress(self._names_of(scores.series), told.tolist())
        forms = map(_FORMS.__getitem__, (filled @ _BITS).tolist())
        ends = self._ends(scores, told) if self._has_rules else repeat("")
        form = "".join([f"{start},{name},{form}{end}\n" for name, form, end in zip(names, forms, ends, strict=False)])
        self._file.write(form % tuple(numbers[filled].tolist()))

    def _ends(self, scores: IntervalScores, told: NDArray[np.bool_]) -> Iterator[str]:
        """The last column, where there is one."""
        reasons = (scores.suppressed.get(row) for row in np.flatnonzero(told).tolist())
        return (f",{_as_form((str(reason),))}" if reason else "," for reason in reasons)

    def _names_of(self, series: Sequence[SeriesKey]) -> Sequence[str]:
        """The cells of dimensions and measure, by series: made again only when the series are others."""
        if series != self._series:
            self._series = series
            self._names = [_as_form((*dimensions, measure)) for measure, dimensions in series]
        return self._names


def _as_form(texts: Sequence[str]) -> str:
    """Cells as they stand in a form with places for numbers."""
    return _cells(texts).replace("%", "%%")


def _cells(texts: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(texts)
    return line.getvalue()
