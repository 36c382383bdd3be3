"""Values beyond everything that the series has shown so far: records, in the sense of extreme-value statistics.

However often a series bursts and however smoothly it drifts, the n-th of n like values is the largest with probability
1 / n only; so what exceeds all others by far is remarkable where neither size nor shape of a deviation is. A score of 1
is a quarter of the way from the long mean to the former extreme (of half the range, where that is more) beyond it.

    score = min(beyond the former extreme, beyond the season) / (SHARE * max(extreme - long mean, range / 2))

It counts as far as the deviation from the season is a large one too (FULL standard deviations): the first Saturday
of a shop is higher than every day before. The former extreme is that of half a day ago or more, for what rises
slowly would drag it along; within an incident every further extreme counts, what stays behind it does not. Extremes
fade towards the mean with a half-life of a quarter of a year.
"""

from typing import Final

import numpy as np

from tidegate.detect.arithmetic import ONE, ZERO, constant
from tidegate.detect.deviation import SEASONAL, SMALLEST_SHARE, Deviation
from tidegate.detect.expectation import TINY
from tidegate.detect.pace import Pace
from tidegate.detect.state import Floats, SeriesState

SHARE: Final = constant(0.25)
FULL: Final = constant(6)
HALF_LIFE_DAYS: Final = 90.0
LATELY_DAYS: Final = 0.5
_HALF: Final = constant(0.5)
_BOTH_WAYS: Final = constant(np.array([[1.0], [-1.0]]))


def score(state: SeriesState, deviation: Deviation, values: Floats, pace: Pace) -> Floats:
    """How far values are beyond the extremes, by series; moves the extremes on."""
    way = _BOTH_WAYS * values
    beyond = np.minimum(way - state.extremes, _BOTH_WAYS * deviation.seasonal)
    further = way > np.maximum(state.extremes_before, state.extremes_lately)
    reach = state.extremes - _BOTH_WAYS * state.long_mean
    least = SMALLEST_SHARE * np.abs(state.level) + TINY
    unit = np.maximum(SHARE * np.maximum(reach, _HALF * state.extremes.sum(axis=0)), least)
    largest = np.maximum.reduce(np.where(further, beyond, ZERO) / unit)
    known = state.points >= np.float32(pace.points_per_day)
    weight = np.where(known, np.minimum(deviation.standardised[SEASONAL] / FULL, ONE), ZERO)
    _move_on(state, way, pace)
    return np.asarray(np.maximum(largest, ZERO) * weight)


def _move_on(state: SeriesState, way: Floats, pace: Pace) -> None:
    """Extremes of this half of a day become those of the one before, and these are former ones."""
    middle = _BOTH_WAYS * state.long_mean
    state.extremes[:] = middle + (state.extremes - middle) * pace.decay(HALF_LIFE_DAYS)
    np.maximum(state.extremes_lately, way, out=state.extremes_lately)
    over = state.points % np.float32(max(round(LATELY_DAYS * pace.points_per_day), 1)) == ZERO
    if over.any():
        np.maximum(state.extremes, state.extremes_before, out=state.extremes, where=over)
        np.copyto(state.extremes_before, state.extremes_lately, where=over)
        np.copyto(state.extremes_lately, way, where=over)


def begin(state: SeriesState, values: Floats, first: Floats) -> None:
    """The first value of a series is its extreme both ways."""
    for name in ("extremes", "extremes_before", "extremes_lately"):
        np.copyto(getattr(state, name), _BOTH_WAYS * values, where=first)
