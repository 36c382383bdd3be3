"""Which dimension values explain an anomaly group: the search of localization.py over one measure's series.

It is run only when something fired. All series of the measure take part, hit or not, as far as the model has learned
them; those that another group of the interval claims do not. Where the interval's own deviations do not show one cause
(a sag adds up over many intervals, noise has no side), a second search counts a series hit as a whole deviation and any
other as none; the simpler of the two explanations is told.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from tidegate.contracts.anomaly import RootCause, SeriesScore
from tidegate.contracts.series import DimensionValues
from tidegate.detect.contributions import deviations, percents
from tidegate.detect.localization import Doubles, Element, Integers, localize
from tidegate.detect.model import BAND
from tidegate.detect.scores import IntervalScores

LEAST_PERCENT: Final = 5
"""What explains less of the deviation is not named."""
ENOUGH_PERCENT: Final = 50
"""An explanation of less is worse than any of more."""
UNIT_OF_HITS: Final = 0.1
_SMALLEST_UNIT: Final = 1e-9


class RootCauses:
    """Of one interval. names: the dimensions' names, in the order of the series' values. threshold: what is a hit."""

    def __init__(self, scores: IntervalScores, names: Sequence[str], threshold: float) -> None:
        self._scores = scores
        self._names = names
        self._threshold = threshold

    def of(self, series: Sequence[SeriesScore]) -> tuple[RootCause, ...]:
        """The root causes of one measure's series hit, strongest first; empty without dimensions."""
        if not self._names:
            return ()
        leaves = _Leaves(self._scores, series, self._threshold)
        causes = self._named(leaves, leaves.by_deviation(), series)
        if len(causes) == 1 and not _complexity(causes)[0]:
            return causes
        return min(causes, self._named(leaves, leaves.by_hit(), series), key=_complexity)

    def _named(
        self, leaves: "_Leaves", elements: Sequence[Element], series: Sequence[SeriesScore]
    ) -> tuple[RootCause, ...]:
        *explained, _ = percents(leaves.shares(elements, series))
        causes = [
            RootCause(
                tuple((self._names[place], leaves.values[place][code]) for place, code in element.values.items()),
                percent,
            )
            for element, percent in zip(elements, explained, strict=True)
            if percent >= LEAST_PERCENT
        ]
        return tuple(sorted(causes, key=lambda cause: (-cause.percent, cause.dimensions)))


def _complexity(causes: Sequence[RootCause]) -> tuple[bool, int, int]:
    """Of two explanations the simpler one is less: it explains enough, with fewer causes, more."""
    explained = sum(cause.percent for cause in causes)
    return explained < ENOUGH_PERCENT, len(causes), -explained


class _Leaves:
    """The series of a measure that take part, as columns. values: by dimension, the values that their codes name."""

    def __init__(self, scores: IntervalScores, series: Sequence[SeriesScore], threshold: float) -> None:
        hit = {one.dimensions for one in series}
        rows, keys = list[int](), list[DimensionValues]()
        for row, (measure, dimensions) in enumerate(scores.series):
            if measure == series[0].measure:
                rows.append(row)
                keys.append(dimensions)
        is_hit = np.array([key in hit for key in keys], np.bool_)
        claimed = ~is_hit & (scores.severity[rows] >= threshold)
        value, expected = scores.value[rows].astype(np.float64), scores.expected[rows].astype(np.float64)
        takes_part = is_hit | (np.isfinite(value) & np.isfinite(expected) & ~claimed)
        kept = np.flatnonzero(takes_part)
        self._keys = [keys[place] for place in kept.tolist()]
        self._is_hit = is_hit[kept]
        self._value, self._expected = np.nan_to_num(value[kept]), np.nan_to_num(expected[kept])
        unit = (scores.upper[rows].astype(np.float64)[kept] - self._expected) / float(BAND)
        self._unit = np.maximum(np.nan_to_num(unit), _SMALLEST_UNIT)
        self.values: list[list[str]] = []
        self._codes: list[Integers] = []
        for column in zip(*self._keys, strict=True):
            numbers = {value: number for number, value in enumerate(dict.fromkeys(column))}
            self.values.append(list(numbers))
            self._codes.append(np.array([numbers[value] for value in column], np.int64))

    def by_deviation(self) -> list[Element]:
        return localize(self._codes, self._value, self._expected, self._unit)

    def by_hit(self) -> list[Element]:
        whole: Doubles = np.ones(len(self._keys))
        return localize(self._codes, whole + self._is_hit, whole, UNIT_OF_HITS * whole)

    def shares(self, elements: Sequence[Element], series: Sequence[SeriesScore]) -> list[float]:
        """How much of the deviation of the series hit each element has; at last what none of them has."""
        weights = dict(zip((one.dimensions for one in series), deviations(series), strict=True))
        largest = max(weights.values()) or 1.0
        found = [sum(weights.get(key, 0.0) / largest for key in self._below(element)) for element in elements]
        return [*found, max(sum(weight / largest for weight in weights.values()) - sum(found), 0.0)]

    def _below(self, element: Element) -> Iterator[DimensionValues]:
        return (self._keys[leaf] for leaf in element.leaves.tolist())
