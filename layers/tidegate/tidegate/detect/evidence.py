"""Evidence that adds up: seasonal deviations summed over windows.

Each deviation is divided by the standard deviation that belongs to the expected value. That follows a power law,

    deviation = spread * (expected / usual expected) ** power,

as counts do (Taylor 1961): 0.5 for Poisson counts, near 1 for large ones with a common disturbance, 0 for constant
noise. The power is the slope of the regression of log |deviation| on log expected, drawn towards 0.5 while there is
little to learn it from. The sums are exponential ones (EWMA charts, Roberts 1959) with the lengths of WINDOW_POINTS;
each is divided by its standard deviation, for independent deviations or by what was measured where that is larger,
since the expected value itself has an error that a long window sees.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tidegate.detect.arithmetic import ONE, ZERO, clip, constant, improbability
from tidegate.detect.expectation import TINY, Expectation, smallest_unit, widened
from tidegate.detect.pace import Gains, Pace
from tidegate.detect.seasonality import Season
from tidegate.detect.state import Flags, Floats, SeriesState

WINDOW_POINTS: Final = np.array([1, 3, 6, 12, 24, 36], np.float32)
_KEEP: Final = (1 - 2 / (WINDOW_POINTS + 1))[:, None]
_FADE: Final = 1 - _KEEP
_NORMAL: Final = np.sqrt(1 - _KEEP * _KEEP)
"""Makes the exponential sum of independent standard normal numbers standard normal."""
LARGEST_STEP: Final = constant(5)
"""What one deviation adds to a window longer than itself: one outlier alone proves no lasting change."""
LARGEST_SQUARE: Final = constant(25)
LARGEST_ALONE: Final = constant(10)
"""What one deviation can prove alone. Larger ones are no rarer in series with heavy tails."""
DEEP: Final = constant(2)
"""From so many standard deviations on a fall alone is measured by its probability: smaller ones prove nothing."""
TYPICAL: Final = 3
"""The window of 12 points, whose sharpness stands for all."""
SUDDEN, GRADUAL = slice(0, 2), slice(2, None)
RECENT: Final = 1
"""The window of 3 points, which says whether a deviation goes on."""
STILL: Final = constant(1)
STILL_SHARE: Final = constant(0.2)
"""A deviation goes on while the sum over three points is at least so large, and such a share of the largest sum (of a
steady one that 36 points show best it is 0.29).
"""
ORDINARY_RISE: Final = constant(4.5)
"""The largest sudden rise that normal noise shows in a week or so."""
RECORD_DAYS: Final = 14.0
USUAL_SPREAD: Final = constant(0.7)
"""How far the logarithm of the strength of independent noise spreads, at most (lines.py)."""
UNREST_POINTS: Final = 12
_NINE_TIMES_POINTS: Final = constant(9 * UNREST_POINTS)
_UNREST_GAIN: Final = constant(2 / (UNREST_POINTS + 1))
UNREST_WEIGHT: Final = constant(0.75)
"""Squares tell less surely than sums."""
LARGEST_TAIL_SQUARE: Final = constant(16)
TAIL_DAYS: Final = 14.0
KURTOSIS_OF_NORMAL: Final = constant(3)
LIGHT_TAIL: Final = constant(0.85)
"""Median over mean of deviations is 1 for normal ones. Below this tails are heavy, and a deviation proves less."""
LEARNING_CLIP: Final = constant(4)
"""A deviation teaches the spread as if it were at most four times the usual magnitude, or what hangs usually lacks."""
SMALLEST_SHARE: Final = constant(0.01)
SPREAD_DAYS: Final = 4.0
POWER_DAYS: Final = 8.0
USUAL_POWER: Final = constant(0.5)
SMALLEST_RESIDUAL: Final = constant(0.3)
MEDIAN_OF_NORMAL: Final = constant(0.6745)
"""The median of the absolute value of a standard normal number."""
STANDARD_OVER_MEAN: Final = constant(1.2533)
"""The standard deviation of a normal number over its mean size."""
_LARGEST_EXPONENT: Final = constant(5)
_PRIOR, _FIRST_PRIOR = constant(0.02), constant(2)
"""How much the usual power counts beside what was learned: for good, and before the first point."""
_LEAST_EXPECTED: Final = constant(0.1)
"""The expected value is taken for more than it is by such a share of the spread: zero has no logarithm."""
YOUNG_POINTS: Final = constant(20)
"""The usual size of a sum begins as if so many points had been seen."""


def _lift(state: SeriesState, expectation: Expectation) -> Floats:
    """The power of expected over usual expected value."""
    prior = _PRIOR + _FIRST_PRIOR / (state.points + ONE)
    power = (state.log_covariance + USUAL_POWER * prior) / (state.log_expected_variance + prior)
    power = np.where(state.signed > ZERO, ZERO, clip(power, ZERO, ONE))
    return np.asarray(
        np.exp(
            power * clip(_log_expected(state, expectation) - state.log_expected, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)
        )
    )


def _log_expected(state: SeriesState, expectation: Expectation) -> Floats:
    return np.asarray(np.log(np.maximum(expectation.seasonal, ZERO) + _LEAST_EXPECTED * state.spread + TINY))


@dataclass(slots=True)
class Evidence:
    """Of one interval. windows: standardised sums, window by series, signed. unrest: of squares.

    sudden: the strength of the short windows, rises as `_sudden` says; gradual: of the others.
    goes_on: 1 where a gradual deviation does, as `still` says.

    sharp: the share of a sum's variance that is not the doubt about the weekday, window by series; 0 where the season
    is not known.

    signal: expected value over its standard deviation, 0 where the season is not known. unit: that deviation, which is
    `lift` times the spread.
    """

    windows: Floats
    unrest: Floats
    sudden: Floats
    gradual: Floats
    goes_on: Floats
    signal: Floats
    unit: Floats
    lift: Floats
    sharp: Floats


def accumulate(
    state: SeriesState, expectation: Expectation, season: Season, values: Floats, *, least: Floats, pace: Pace
) -> Evidence:
    """Move the windows on. least: by series the smallest unit of a rise; where negative, of a fall."""
    lift = _lift(state, expectation)
    smallest = smallest_unit(expectation, SMALLEST_SHARE * expectation.base)
    unit = np.maximum(state.spread * lift, smallest + TINY)
    heavy = np.square(np.maximum(LIGHT_TAIL / np.maximum(state.window_scale[0], SMALLEST_SHARE), ONE))
    miss = values - expectation.seasonal
    of_events = np.where(miss * least > ZERO, np.abs(least), ZERO)
    scale = np.maximum(unit * heavy, of_events) + expectation.noise
    steps = np.where(season.knows_day, miss / (scale * widened(expectation, miss, expectation.seasonal)), ZERO)
    state.window_sum[:] = _KEEP * state.window_sum + clip(steps, -LARGEST_STEP, LARGEST_STEP)
    if season.new_weekday.any():
        state.window_sum[:, season.new_weekday] = 0
    alone = _deep_falls(state, expectation, steps, miss, scale)
    state.window_sum[0] = clip(alone, -LARGEST_ALONE, LARGEST_ALONE)
    signal = np.abs(expectation.seasonal) / unit
    expected_error = np.abs(season.doubt * expectation.base) / unit * _NORMAL / _FADE
    usual = np.square(np.maximum(ONE, state.window_scale))
    variance = usual + np.square(expected_error)
    windows = state.window_sum * _NORMAL / np.sqrt(variance)
    sharp = np.where(season.knows_day, usual / variance, ZERO)
    unrest = _unrest(state, np.where(season.knows_weekday, steps, ZERO), pace)
    sudden = _sudden(state, windows, expectation, pace)
    up, down = np.maximum.reduce(windows[GRADUAL]), -np.minimum.reduce(windows[GRADUAL])
    gradual = np.maximum(up, down)
    goes_on = still(gradual, np.where(up > down, windows[RECENT], -windows[RECENT]))
    signal = np.where(season.knows_day, signal, ZERO)
    return Evidence(windows, unrest, sudden, gradual, goes_on, signal, unit, lift, sharp)


def _deep_falls(state: SeriesState, expectation: Expectation, steps: Floats, miss: Floats, scale: Floats) -> Floats:
    """The deviations, deep falls of what has its floor at zero as large as they are improbable.

    As the rises of a count are less remarkable than normal ones (`widened`), its falls are more so: where M events of
    variance M are expected, none at all lies sqrt(M) standard deviations off, and is as improbable as a normal number
    at sqrt(2 M). That is the signed root of the deviance (McCullagh and Nelder 1989), here times the root of M over
    the variance. A count that spreads further than a Poisson one falls so far even less often.
    """
    deep = np.flatnonzero((steps < -DEEP) & (state.signed == ZERO) & ~expectation.hangs)
    if not len(deep):
        return steps
    mean = expectation.seasonal[deep]
    alone = steps.copy()
    alone[deep] = -np.sqrt(2 * mean * improbability(miss[deep], mean)) / scale[deep]
    return alone


def still(largest: Floats, recent: Floats) -> Floats:
    """1 where a deviation goes on; less and less where it is over, for the long sums outlive by hours what made them.

    recent: the sum over three points, positive where it goes the way of the largest.
    """
    return clip(recent / np.maximum(STILL, STILL_SHARE * largest), ZERO, ONE)


def faded(score: Floats, goes_on: Floats) -> Floats:
    """A score of long sums: below the line (1) when the deviation is over."""
    return np.where(goes_on < ONE, np.minimum(score, goes_on), score)


def _unrest(state: SeriesState, steps: Floats, pace: Pace) -> Floats:
    """The mean square of about UNREST_POINTS deviations as a standard normal number (Wilson and Hilferty 1931).

    A mean of n squares has the variance (kurtosis - 1) / n: 2 / n for normal deviations, more with heavy tails.
    """
    squares = np.minimum(steps * steps, LARGEST_SQUARE)
    state.unrest += _UNREST_GAIN * (squares - state.unrest)
    state.usual_unrest += pace.gain(SPREAD_DAYS) * (squares - state.usual_unrest)
    bounded = np.minimum(squares, LARGEST_TAIL_SQUARE)
    state.fourth_moment += pace.gain(TAIL_DAYS) * (bounded * bounded - state.fourth_moment)
    usual = np.maximum(state.usual_unrest, ONE)
    kurtosis = np.maximum(state.fourth_moment / np.square(usual), KURTOSIS_OF_NORMAL)
    variance = (kurtosis - ONE) / _NINE_TIMES_POINTS
    return np.asarray(UNREST_WEIGHT * (np.cbrt(state.unrest / usual) - (ONE - variance)) / np.sqrt(variance))


def _sudden(state: SeriesState, windows: Floats, expectation: Expectation, pace: Pace) -> Floats:
    """The strength of the short windows: of rises as far as they exceed those that the series has shown before.

    Counts cannot fall below zero but burst upwards without bound, some every day and others never. What hangs from a
    ceiling cannot rise above it but falls. A series that can be negative has a bound on neither side.
    """
    signed = state.signed > ZERO
    rise, fall = np.maximum(*windows[SUDDEN]), -np.minimum(*windows[SUDDEN])
    if expectation.any_hangs:
        hangs = expectation.hangs
        rise, fall = np.where(hangs, fall, rise), np.where(hangs, rise, fall)
    unbounded, bounded = np.where(signed, np.maximum(rise, fall), rise), np.where(signed, ZERO, fall)
    usual = np.maximum(ONE, state.sudden_record / ORDINARY_RISE)
    np.maximum(state.sudden_record * pace.decay(RECORD_DAYS), unbounded, out=state.sudden_record)
    return np.asarray(np.maximum(unbounded / usual, bounded))


def learn(
    state: SeriesState,
    expectation: Expectation,
    sums: Evidence,
    values: Floats,
    *,
    steady: Flags,
    tells: Floats,
    gains: Gains,
) -> None:
    """Learn spread, power and the usual size of the sums.

    steady: which values count single events and have a known level. Of many at once no more is learned than that lets
    expect: the usual magnitude has them for days, and the next outbreak would lie within the spread. tells: 0 in
    closed hours, which tell of none, else 1.
    """
    lift = sums.lift
    miss = np.abs(values - expectation.seasonal)
    usual = np.where(steady, clip(state.level, ZERO, state.magnitude), state.magnitude)
    largest = LEARNING_CLIP * usual
    if expectation.any_hangs:
        of_missing = np.maximum(LEARNING_CLIP * expectation.missing, state.missing_size)
        largest = np.where(expectation.hangs, of_missing, largest)
    bounded = np.minimum(miss, np.maximum(largest, state.spread))
    state.spread += tells * gains.of(SPREAD_DAYS) * (bounded / lift * STANDARD_OVER_MEAN - state.spread)
    gain, unit = tells * gains.of(POWER_DAYS), state.spread * lift
    expected = _log_expected(state, expectation)
    residual = np.log(bounded + SMALLEST_RESIDUAL * state.spread * lift + TINY)
    off = expected - state.log_expected
    state.log_expected += gain * off
    state.log_residual += gain * (residual - state.log_residual)
    state.log_expected_variance += gain * (off * (expected - state.log_expected) - state.log_expected_variance)
    state.log_covariance += gain * (off * (residual - state.log_residual) - state.log_covariance)
    sizes = np.abs(state.window_sum) * _NORMAL
    sizes[0] = miss / (unit + TINY)
    step = tells * np.maximum(gains.pace.gain(SPREAD_DAYS), ONE / (state.points + YOUNG_POINTS))
    state.window_scale *= median_step(sizes > MEDIAN_OF_NORMAL * state.window_scale, step)


def median_step(larger: Flags, gain: Floats) -> Floats:
    """The factor that moves a running median a little: up where a value was larger than it, else down."""
    exact = gain.astype(np.float64)
    return np.where(larger, np.exp(exact).astype(np.float32), np.exp(-exact).astype(np.float32))
