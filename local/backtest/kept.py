"""The scores of a run, kept compactly, so that any series' line can be drawn when the run is over."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from local.report import Line
from tidegate.contracts.series import SeriesKey
from tidegate.detect.scores import IntervalScores

type _Columns = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Successive intervals of the same series. columns: of each interval, column by series."""

    series: Sequence[SeriesKey]
    starts: list[int] = field(default_factory=list)
    columns: list[_Columns] = field(default_factory=list)


class KeptScores:
    """Every interval's columns: 20 bytes a series and interval."""

    def __init__(self) -> None:
        self._stretches: list[_Stretch] = []

    def add(self, scores: IntervalScores) -> None:
        """Keep one interval's scores; intervals come in order."""
        if not self._stretches or self._stretches[-1].series != scores.series:
            self._stretches.append(_Stretch(scores.series))
        stretch = self._stretches[-1]
        stretch.starts.append(scores.interval.start)
        columns = (scores.value, scores.expected, scores.lower, scores.upper, scores.severity)
        stretch.columns.append(np.array(columns, np.float32))

    def lines(self, keys: Collection[SeriesKey]) -> dict[SeriesKey, Line]:
        """The lines of these series, each over the intervals in which the detector knew it."""
        found: dict[SeriesKey, list[tuple[_Stretch, int]]] = {key: [] for key in keys}
        for stretch in self._stretches:
            for row, key in enumerate(stretch.series):
                if key in found:
                    found[key].append((stretch, row))
        return {key: _line(key, parts) for key, parts in found.items() if parts}


def _line(key: SeriesKey, parts: Sequence[tuple[_Stretch, int]]) -> Line:
    starts = np.array([start for stretch, _ in parts for start in stretch.starts], np.int64)
    points = np.array([columns[:, row] for stretch, row in parts for columns in stretch.columns], np.float32)
    return Line(key, starts, *points.T)
