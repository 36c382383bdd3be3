"""Values beyond everything that the series has shown so far: records, in the sense of extreme-value statistics.

However often a series bursts and however smoothly it drifts, the n-th of n like values is the largest with probability
1 / n only; so what exceeds all others by far is remarkable where neither size nor shape of a deviation is. A score of 1
is a quarter of the way from the long mean to the former extreme (of half the range, where that is more) beyond it, and
more of it in young series.

    score = min(beyond the former extreme, beyond the season) / (SHARE * max(extreme - long mean, range / 2))

It counts as far as the deviation from the season is a large one too (FULL standard deviations): the first Saturday
of a shop is higher than every day before. The former extreme is that of half a day ago or more, for what rises
slowly would drag it along; what was told of counts again only when it is as far beyond itself. In the first day of a
series, and of a new level (levels.py), nothing is known of extremes. They fade towards the mean with a half-life of a
quarter of a year.
"""

from typing import Final

import numpy as np

from tidegate.detect.arithmetic import ONE, ZERO, constant, number
from tidegate.detect.deviation import SEASONAL, SMALLEST_SHARE, Deviation
from tidegate.detect.expectation import TINY
from tidegate.detect.pace import Pace
from tidegate.detect.state import Flags, Floats, SeriesState

SHARE: Final = constant(0.25)
YOUNG_POINTS: Final = constant(30)
"""Of few values the largest is soon exceeded: with so many the share is twice as large."""
FULL: Final = constant(6)
HALF_LIFE_DAYS: Final = 90.0
LATELY_DAYS: Final = 0.5
_HALF: Final = constant(0.5)
_BOTH_WAYS: Final = constant(np.array([[1.0], [-1.0]]))


def score(state: SeriesState, deviation: Deviation, values: Floats, pace: Pace) -> Floats:
    """How far values are beyond the extremes, by series; moves the extremes on."""
    way, middle = _BOTH_WAYS * values, _BOTH_WAYS * state.long_mean
    before = np.maximum(state.extremes_before, state.extremes_lately)
    are_records = (way > np.maximum(state.extremes_told, before)).any()  # nothing else scores: most intervals have none
    scores = _of_records(state, deviation, way, before, pace) if are_records else np.zeros_like(way)
    _move_on(state, way, middle, scores >= ONE, pace)
    return np.maximum(np.maximum.reduce(scores), ZERO)


def _of_records(state: SeriesState, deviation: Deviation, way: Floats, before: Floats, pace: Pace) -> Floats:
    """How far values are beyond the extremes, by side and series. before: the extremes of the last day."""
    beyond = np.minimum(way - state.extremes, _BOTH_WAYS * deviation.seasonal)
    half = _HALF * state.extremes.sum(axis=0)
    least = SMALLEST_SHARE * np.abs(state.level) + TINY
    reach = np.maximum(np.array([state.extremes, state.extremes_told]) - _BOTH_WAYS * state.long_mean, half)
    share = SHARE + SHARE * YOUNG_POINTS / np.maximum(state.points, ONE)
    unit, unit_told = np.maximum(share * reach, least)
    reference = state.extremes_told + np.where(state.extremes_told > state.extremes, unit_told, ZERO)
    further = way > np.maximum(reference, before)
    day = number(pace.points_per_day)
    known = (state.points >= day) & ((state.other_age == ZERO) | (state.other_age >= day))
    weight = np.where(known, np.minimum(deviation.standardised[SEASONAL] / FULL, ONE), ZERO)
    return np.where(further, beyond / unit * weight, ZERO)


def _move_on(state: SeriesState, way: Floats, middle: Floats, told: Flags, pace: Pace) -> None:
    """Extremes of this half of a day become those of the one before, and these are former ones."""
    fade = pace.decay(HALF_LIFE_DAYS)
    state.extremes[:] = middle + (state.extremes - middle) * fade
    state.extremes_told[:] = middle + (state.extremes_told - middle) * fade
    np.maximum(state.extremes_lately, way, out=state.extremes_lately)
    over = state.points % number(max(round(LATELY_DAYS * pace.points_per_day), 1)) == ZERO
    if over.any():
        np.maximum(state.extremes, state.extremes_before, out=state.extremes, where=over)
        np.copyto(state.extremes_before, state.extremes_lately, where=over)
        np.copyto(state.extremes_lately, way, where=over)
    told |= state.extremes_told > state.extremes
    np.maximum(state.extremes_told, state.extremes, out=state.extremes_told)
    if told.any():
        np.maximum(state.extremes_told, way, out=state.extremes_told, where=told)


def begin(state: SeriesState, values: Floats, first: Flags) -> None:
    """The first value of a series is its extreme both ways. first: the series whose first value this is."""
    for name in ("extremes", "extremes_told", "extremes_before", "extremes_lately"):
        np.copyto(getattr(state, name), _BOTH_WAYS * values, where=first)
