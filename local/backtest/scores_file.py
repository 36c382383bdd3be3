"""scores.csv: one row per series and interval.

Columns: timestamp (the interval's start as `YYYY-MM-DD HH:MM:SS` in the zone), the dimensions, measure, value (empty:
absent), expected, lower, upper (empty: still learning), severity (0 to 100). Rows are in order of time; a series has
rows from its first value on, but for intervals in which it was neither there nor expected. With rules or a calendar a
last column, suppressed, says what kept an anomaly from alerting (empty: nothing did).
"""

import csv
import io
from collections.abc import Sequence
from itertools import compress
from math import nan
from typing import Final, TextIO

import numpy as np

from tidegate.config import DetectorConfig
from tidegate.contracts.anomaly import Suppression
from tidegate.contracts.series import IntervalValues, SeriesKey
from tidegate.detect.scores import IntervalScores

_TIMESTAMP: Final = "%Y-%m-%d %H:%M:%S"
_NUMBERS: Final = "%.15g,%.7g,%.7g,%.7g,%.2f"
"""Value, expected, lower, upper, severity: the first exactly as given, the others as exact as the model's own."""


class ScoresFile:
    """Writes the rows of one interval after the other."""

    def __init__(self, file: TextIO, config: DetectorConfig) -> None:
        self._file = file
        self._grid = config.grid
        self._names: dict[SeriesKey, str] = {}
        self._has_rules = bool(config.measure_rules or config.calendar)
        header = ("timestamp", *config.dimensions, "measure", "value", "expected", "lower", "upper", "severity")
        header += ("suppressed",) if self._has_rules else ()
        file.write(_cells(header) + "\n")

    def write(self, values: IntervalValues, scores: IntervalScores) -> None:
        """Write the rows of an interval: its values, and what the detector made of them."""
        start = self._grid.local_start(scores.interval).strftime(_TIMESTAMP)
        value = np.array([values.values.get(key, nan) for key in scores.series])
        told = ~np.isnan(value) | ~np.isnan(scores.expected)
        columns = (value, scores.expected, scores.lower, scores.upper, scores.severity)
        numbers = np.array(columns, np.float64)[:, told].T
        names = map(self._name, compress(scores.series, told.tolist()))
        if self._has_rules or np.isnan(numbers).any():
            ends = map(self._end, compress((scores.suppressed.get(row) for row in range(len(scores))), told.tolist()))
            rows = zip(names, map(tuple, numbers.tolist()), ends, strict=True)
            self._file.writelines(
                f"{start},{name},{(_NUMBERS % row).replace('nan', '')}{end}\n" for name, row, end in rows
            )
        else:  # all at once: that is twice as fast
            form = "".join(f"{start},{name.replace('%', '%%')},{_NUMBERS}\n" for name in names)
            self._file.write(form % tuple(numbers.ravel().tolist()))

    def _end(self, reason: Suppression | None) -> str:
        """The last column, where there is one."""
        return f",{_cells((str(reason),)) if reason else ''}" if self._has_rules else ""

    def _name(self, key: SeriesKey) -> str:
        name = self._names.get(key)
        if name is None:
            measure, dimensions = key
            name = self._names[key] = _cells((*dimensions, measure))
        return name


def _cells(texts: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(texts)
    return line.getvalue()
