"""Evidence over series that move together: one dimension value, or all series of a measure.

For sums and counts. A cause that changes all series of a marketplace by the same share may show in none of them and yet
in all of them together: with z the standardised window sum of a series (evidence.py) and w its expected value over
its standard deviation,

    together = sum(w * z) / sqrt(sum(w ** 2)),

the statistic most powerful against "every one changed by the same share" (matched filter). It is divided by its own
usual size where that is above 1: series that share noise move together every day.

A common incident lowers what a single series has to show: those that deviate the same way by NAMED standard
deviations are named. It is common only if it remains without the series that shows it most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from tidegate.contracts.series import SeriesKey
from tidegate.detect.arithmetic import ONE, ZERO, constant
from tidegate.detect.evidence import (
    MEDIAN_OF_NORMAL,
    RECENT,
    SPREAD_DAYS,
    TYPICAL,
    USUAL_SPREAD,
    YOUNG_POINTS,
    faded,
    median_step,
    still,
)
from tidegate.detect.lines import EXCESS_WEIGHT
from tidegate.detect.pace import Pace
from tidegate.detect.state import WINDOW_COUNT, Floats, Rows

LINE: Final = constant(6.6)
"""For intervals of five minutes, as the floor of a single series' evidence (lines.py)."""
REMAINS: Final = constant(3)
"""What must be left without the strongest series."""
NAMED: Final = constant(2)
EQUAL_SHARE: Final = constant(0.25)
"""A series is named when it carries at least this part of an equal share of the cohort's deviation."""
_LARGEST_SURPRISE: Final = constant(3)
_SMALLEST_POWER, _SMALLEST_EVIDENCE = constant(1e-9), constant(0.05)
_ADDED_AT_ONCE: Final = 65_536
"""Numbers that are added up in one call: for few series all, for many no more than the processor's cache holds."""
_COLUMNS: Final = 1 + 3 * WINDOW_COUNT


@dataclass(slots=True)
class Cohorts:
    """Which series belong together, and how each cohort of them usually moves.

    keys: of each cohort (measure, dimension's place or -1 for all, value). rows: the series of all cohorts, cohort by
    cohort; a series is there once for each cohort that it is in. places: the cohort of each of these, in several lines:
    the n-th line counts n * len(keys) more, so that one bincount adds up as many columns. The other arrays are by
    cohort.
    """

    keys: list[tuple[str, int, str]]
    rows: Rows
    places: Rows
    points: Floats
    scale: Floats
    log_mean: Floats
    log_variance: Floats

    @classmethod
    def none(cls) -> Self:
        empty, nowhere = np.zeros(0, np.float32), np.zeros(0, np.intp)
        return cls([], nowhere, nowhere[None], empty, np.ones((WINDOW_COUNT, 0), np.float32), empty, empty)

    def arrays(self) -> tuple[Floats, ...]:
        """What a snapshot keeps beside the keys."""
        return self.points, self.scale, self.log_mean, self.log_variance

    def regrouped(self, series: Sequence[SeriesKey], additive: npt.NDArray[np.bool_]) -> Self:
        """For these series; what is known of a cohort is kept. One series is no cohort."""
        known = {key: place for place, key in enumerate(self.keys)}
        dimensions = len(series[0][1]) if series else 0
        keys: list[tuple[str, int, str]] = []
        rows, places = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
        for dimension in range(-1, dimensions):
            found, place = _cohorts_of(series, additive, dimension)
            rows.append(np.flatnonzero(place >= 0))
            places.append(place[rows[-1]] + len(keys))
            keys += found
        at_once = min(max(_ADDED_AT_ONCE // max(sum(map(len, rows)), 1), 1), _COLUMNS)
        all_places = np.concatenate(places) + len(keys) * np.arange(at_once)[:, None]
        numbers = (np.zeros((*old.shape[:-1], len(keys)), np.float32) for old in self.arrays())
        new = type(self)(keys, np.concatenate(rows), all_places, *numbers)
        new.scale[:] = 1
        new.log_variance[:] = USUAL_SPREAD**2
        old_places = np.array([known.get(key, -1) for key in keys], np.intp)
        for fresh, old in zip(new.arrays(), self.arrays(), strict=True):
            fresh[..., old_places >= 0] = old[..., old_places[old_places >= 0]]
        return new


def _cohorts_of(
    series: Sequence[SeriesKey], additive: npt.NDArray[np.bool_], dimension: int
) -> tuple[list[tuple[str, int, str]], npt.NDArray[np.intp]]:
    """The cohorts of a dimension (-1: all series of a measure), and the place of each series' own, -1 for none."""
    codes: dict[tuple[str, str], int] = {}
    values = [(measure, values[dimension] if dimension >= 0 else "") for measure, values in series]
    code = np.array([codes.setdefault(value, len(codes)) for value in values], np.intp)
    sizes = np.bincount(code[additive], minlength=len(codes))
    place = np.where(sizes > 1, np.cumsum(sizes > 1) - 1, -1)
    found = [
        (measure, dimension, value) for (measure, value), size in zip(codes, sizes.tolist(), strict=True) if size > 1
    ]
    return found, np.where(additive, place[code], -1)


@dataclass(frozen=True, slots=True)
class Standardised:
    """The series of one interval. windows: standardised window sums, window by series.

    weights: expected value over standard deviation, 0 for series that do not count. sizes: that standard deviation.
    sharp: as in evidence.py, window by series.
    """

    windows: Floats
    weights: Floats
    sizes: Floats
    sharp: Floats


def name_members(cohorts: Cohorts, series: Standardised, pace: Pace) -> Floats:
    """The score (1 is the alarm line) that common incidents give each series; the cohorts learn."""
    named = np.zeros(len(series.weights), np.float32)
    if not cohorts.keys:
        return named
    together, sharp = _together(cohorts, series)
    standardised = together / np.maximum(cohorts.scale, ONE)
    strongest = np.abs(standardised).argmax(axis=0)
    evidence = standardised[strongest, np.arange(len(strongest))]
    excess = np.maximum(np.sqrt(cohorts.log_variance) - USUAL_SPREAD, ZERO)
    strength = np.abs(evidence)
    score = strength / (pace.largest_of_week * LINE * np.exp(EXCESS_WEIGHT * excess))
    if (score >= ONE).any():
        recent = np.where(strongest > RECENT, np.sign(evidence) * standardised[RECENT], strength)
        score = np.where(cohorts.points >= pace.learning_points / 2, faded(score, still(strength, recent)), ZERO)
    for cohort in np.flatnonzero(score >= ONE).tolist():
        members = cohorts.rows[cohorts.places[0] == cohort]
        members = members[series.weights[members] > 0]
        moved = np.sign(evidence[cohort]) * series.windows[strongest[cohort], members]
        usual = max(float(cohorts.scale[strongest[cohort], cohort]), 1.0)
        if _is_common(moved, series.weights[members], usual):
            hit = (moved >= NAMED) & _carries(series.sizes[members] * moved)
            share = np.where(hit, np.minimum(score[cohort], moved / NAMED), 0)
            named[members] = np.maximum(named[members], share)
    _learn(cohorts, together, strength, sharp, pace)
    return named


def _is_common(moved: Floats, weights: Floats, usual: float) -> bool:
    """Does enough of it remain without the series that shows it most?"""
    shares = weights * moved
    top = int(shares.argmax())
    rest = np.sqrt(max(float(np.square(weights).sum() - weights[top] ** 2), 1e-9))
    return bool(shares.sum() - shares[top] >= REMAINS * usual * rest)


def _carries(deviations: Floats) -> npt.NDArray[np.bool_]:
    """Which series carry their part of the deviation."""
    return np.asarray(deviations >= EQUAL_SHARE * deviations.sum() / len(deviations))


def _together(cohorts: Cohorts, series: Standardised) -> tuple[Floats, Floats]:
    """The sum of every window and cohort; how sharp each cohort's typical window is.

    Sharp is the share of its variance that independent deviations make. The rest is the doubt about a weekday that was
    never seen: the same for all members, it adds up as their deviations do.
    """
    weights, squares = series.weights, np.square(series.weights)
    doubt = weights * np.sqrt(ONE - series.sharp)
    totals = _by_cohort(
        cohorts, np.concatenate([squares[None], weights * series.windows, doubt, squares * series.sharp])
    )
    power, sums = np.maximum(totals[0], _SMALLEST_POWER), totals[1 : 1 + WINDOW_COUNT]
    alike, independent = totals[1 + WINDOW_COUNT : 1 + 2 * WINDOW_COUNT], totals[1 + 2 * WINDOW_COUNT :]
    variance = np.maximum((np.square(alike) + independent) / power, ONE)
    return sums / np.sqrt(power * variance), independent[TYPICAL] / (power * variance[TYPICAL])


def _by_cohort(cohorts: Cohorts, columns: Floats) -> Floats:
    """The sum of each column (row by series) over the series of each cohort, added up in double precision."""
    count, at_once = len(cohorts.keys), len(cohorts.places)
    totals = np.empty((len(columns), count), np.float32)
    for at in range(0, len(columns), at_once):
        some = columns[at : at + at_once, cohorts.rows]
        places = cohorts.places[: len(some)]
        totals[at : at + at_once] = np.bincount(places.ravel(), some.ravel(), count * len(some)).reshape(-1, count)
    return totals


def _learn(cohorts: Cohorts, together: Floats, evidence: Floats, active: Floats, pace: Pace) -> None:
    gain = active * np.maximum(pace.gain(SPREAD_DAYS), ONE / (cohorts.points + YOUNG_POINTS))
    cohorts.scale *= median_step(np.abs(together) > MEDIAN_OF_NORMAL * cohorts.scale, gain)
    surprise = np.log(evidence + _SMALLEST_EVIDENCE) - cohorts.log_mean
    surprise = np.minimum(surprise, _LARGEST_SURPRISE * np.sqrt(cohorts.log_variance))
    cohorts.log_mean += gain * surprise
    cohorts.log_variance += gain * (surprise * surprise - cohorts.log_variance)
    cohorts.points += active
