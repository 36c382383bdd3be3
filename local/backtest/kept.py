"""The scores of a run, kept compactly, so that any series' line can be drawn when the run is over."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from local.report import Line
from tidegate.contracts.series import SeriesKey
from tidegate.detect.scores import IntervalScores

type _Columns = NDArray[np.float32]


class KeptScores:
    """Every interval's columns: 20 bytes a series and interval."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._series: list[Sequence[SeriesKey]] = []
        self._columns: list[_Columns] = []

    def add(self, scores: IntervalScores) -> None:
        """Keep one interval's scores; intervals come in order."""
        same = bool(self._series) and self._series[-1] == scores.series
        self._series.append(self._series[-1] if same else scores.series)
        self._starts.append(scores.interval.start)
        columns = (scores.value, scores.expected, scores.lower, scores.upper, scores.severity)
        self._columns.append(np.array(columns, np.float32))

    def lines(self, keys: Collection[SeriesKey]) -> dict[SeriesKey, Line]:
        """The lines of these series, each over the intervals in which the detector knew it."""
        found: dict[SeriesKey, list[tuple[int, _Columns]]] = {key: [] for key in keys}
        rows: dict[SeriesKey, int] = {}
        series: Sequence[SeriesKey] | None = None
        for start, these, columns in zip(self._starts, self._series, self._columns, strict=True):
            if these is not series:
                series, rows = these, {key: row for row, key in enumerate(these) if key in found}
            for key, row in rows.items():
                found[key].append((start, columns[:, row]))
        return {key: _line(key, points) for key, points in found.items() if points}


def _line(key: SeriesKey, points: Sequence[tuple[int, _Columns]]) -> Line:
    starts = np.array([start for start, _ in points], np.int64)
    return Line(key, starts, *np.array([column for _, column in points], np.float64).T)
