"""scores.csv: one row per series and interval.

Columns: timestamp (the interval's start as `YYYY-MM-DD HH:MM:SS` in the zone), the dimensions, measure, value (empty:
absent), expected, lower, upper (empty: still learning), severity (0 to 100). Rows are in order of time; a series has
rows from its first value on, but for intervals in which it was neither there nor expected.
"""

import csv
import io
from collections.abc import Sequence
from typing import Final, TextIO

from tidegate.config import DetectorConfig
from tidegate.contracts.series import IntervalValues, SeriesKey
from tidegate.detect.scores import IntervalScores

_TIMESTAMP: Final = "%Y-%m-%d %H:%M:%S"


class ScoresFile:
    """Writes the rows of one interval after the other."""

    def __init__(self, file: TextIO, config: DetectorConfig) -> None:
        self._file = file
        self._grid = config.grid
        self._names: dict[SeriesKey, str] = {}
        header = ("timestamp", *config.dimensions, "measure", "value", "expected", "lower", "upper", "severity")
        file.write(_cells(header) + "\n")

    def write(self, values: IntervalValues, scores: IntervalScores) -> None:
        """Write the rows of an interval: its values, and what the detector made of them."""
        start = self._grid.local_start(scores.interval).strftime(_TIMESTAMP)
        columns = (scores.expected, scores.lower, scores.upper, scores.severity)
        rows = zip(scores.series, *(column.tolist() for column in columns), strict=True)
        given = values.values
        lines = []
        for key, expected, lower, upper, severity in rows:
            value = given.get(key)
            if value is None and expected != expected:  # noqa: PLR0124  # NaN is unlike itself
                continue
            shown = "" if value is None else f"{value:.15g}"
            band = f"{_number(expected)},{_number(lower)},{_number(upper)}"
            lines.append(f"{start},{self._name(key)},{shown},{band},{severity:.2f}\n")
        self._file.writelines(lines)

    def _name(self, key: SeriesKey) -> str:
        name = self._names.get(key)
        if name is None:
            measure, dimensions = key
            name = self._names[key] = _cells((*dimensions, measure))
        return name


def _number(number: float) -> str:
    return f"{number:.7g}" if number == number else ""  # noqa: PLR0124  # NaN is unlike itself


def _cells(texts: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(texts)
    return line.getvalue()
