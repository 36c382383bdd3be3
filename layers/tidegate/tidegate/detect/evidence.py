"""Evidence that adds up: seasonal deviations summed over windows.

Each deviation is divided by the standard deviation that belongs to the expected value. That follows a power law,

    deviation = spread * (expected / usual expected) ** power,

as counts do (Taylor 1961): 0.5 for Poisson counts, near 1 for large ones with a common disturbance, 0 for constant
noise. The power is the slope of the regression of log |deviation| on log expected, drawn towards 0.5 while there is
little to learn it from. The sums are exponential ones (EWMA charts, Roberts 1959) with the lengths of WINDOWS; each is
divided by its standard deviation, for independent deviations or by what was measured where that is larger, since the
expected value itself has an error that a long window sees.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tidegate.detect.expectation import TINY, Expectation, widened
from tidegate.detect.pace import Pace
from tidegate.detect.seasonality import UNSEEN_WEEKDAY, Season
from tidegate.detect.state import Floats, SeriesState

WINDOWS: Final = np.array([1, 3, 6, 12, 24, 36], np.float32)
_KEEP: Final = (1 - 2 / (WINDOWS + 1))[:, None]
_NORMAL: Final = np.sqrt(1 - _KEEP * _KEEP)
"""Makes the exponential sum of independent standard normal numbers standard normal."""
LARGEST_STEP: Final = np.float32(5)
"""What one deviation adds to a window longer than itself: one outlier alone proves no lasting change."""
LARGEST_ALONE: Final = np.float32(10)
"""What one deviation can prove alone. Larger ones are no rarer in series with heavy tails."""
TYPICAL: Final = 3
"""The window of 12 points, whose sharpness stands for all."""
SUDDEN: Final = slice(0, 2)
_NOT_SUDDEN: Final = np.arange(len(WINDOWS))[:, None] >= SUDDEN.stop
ORDINARY_RISE: Final = np.float32(4.5)
"""The largest sudden rise that normal noise shows in a week or so."""
RECORD_PULL: Final = np.float32(0.6)
RECORD_DAYS: Final = 14.0
USUAL_SPREAD: Final = np.float32(0.7)
"""How far the logarithm of the strength of independent noise spreads, at most (lines.py)."""
UNREST_POINTS: Final = 12
UNREST_WEIGHT: Final = np.float32(0.75)
"""Squares tell less surely than sums."""
TAIL_CLIP: Final = np.float32(4)
TAIL_DAYS: Final = 14.0
KURTOSIS_OF_NORMAL: Final = np.float32(3)
LIGHT_TAIL: Final = np.float32(0.85)
"""Median over mean of deviations is 1 for normal ones. Below this tails are heavy, and a deviation proves less."""
LEARNING_CLIP: Final = np.float32(4)
"""A deviation teaches the spread as if it were at most four times the usual magnitude."""
SMALLEST_SHARE: Final = np.float32(0.01)
SPREAD_DAYS: Final = 4.0
POWER_DAYS: Final = 8.0
USUAL_POWER: Final = np.float32(0.5)
SMALLEST_RESIDUAL: Final = np.float32(0.3)
MEDIAN_OF_NORMAL: Final = np.float32(0.6745)
"""The median of the absolute value of a standard normal number."""


def _lift(state: SeriesState, expectation: Expectation) -> Floats:
    """The power of expected over usual expected value."""
    prior = np.float32(0.02) + 2 / (state.points + 1)
    power = (state.log_covariance + USUAL_POWER * prior) / (state.log_expected_variance + prior)
    power = np.where(state.signed > 0, 0, np.clip(power, 0, 1))
    return np.asarray(np.exp(power * np.clip(_log_expected(state, expectation) - state.log_expected, -5, 5)))


def _log_expected(state: SeriesState, expectation: Expectation) -> Floats:
    return np.asarray(np.log(np.maximum(expectation.seasonal, 0) + np.float32(0.1) * state.spread + TINY))


@dataclass(slots=True)
class Evidence:
    """Of one interval. windows: standardised sums, window by series, signed. unrest: of squares. strength: the largest.

    sharp: the share of a sum's variance that is not the doubt about a weekday never seen, window by series; 0 where the
    season is not known.

    signal: expected value over its standard deviation, 0 where the season is not known. unit: that deviation, which is
    `lift` times the spread.
    """

    windows: Floats
    unrest: Floats
    strength: Floats
    signal: Floats
    unit: Floats
    lift: Floats
    sharp: Floats


def accumulate(state: SeriesState, expectation: Expectation, season: Season, values: Floats, pace: Pace) -> Evidence:
    """Move the windows on."""
    lift = _lift(state, expectation)
    unit = np.maximum(state.spread * lift, SMALLEST_SHARE * expectation.base + TINY)
    heavy = np.square(np.maximum(LIGHT_TAIL / np.maximum(state.window_scale[0], SMALLEST_SHARE), 1))
    miss = values - expectation.seasonal
    steps = np.where(season.knows_day, miss / (unit * heavy * widened(state, miss, expectation.seasonal)), 0)
    state.window_sum[:] = _KEEP * state.window_sum + np.clip(steps, -LARGEST_STEP, LARGEST_STEP)
    state.window_sum[:, season.new_weekday] = 0
    state.window_sum[0] = np.clip(steps, -LARGEST_ALONE, LARGEST_ALONE)
    signal = np.abs(expectation.seasonal) / unit
    expected_error = np.where(season.knows_weekday, 0, UNSEEN_WEEKDAY) * signal * _NORMAL / (1 - _KEEP)
    usual = np.maximum(1, state.window_scale) ** 2
    windows = state.window_sum * _NORMAL / np.sqrt(usual + expected_error**2)
    sharp = np.where(season.knows_day, usual / (usual + expected_error**2), 0).astype(np.float32)
    strength = np.maximum(
        np.abs(windows).max(axis=0, where=_NOT_SUDDEN | (windows < 0), initial=0), _rise(state, windows, pace)
    )
    unrest = _unrest(state, np.where(season.knows_weekday, steps, 0), pace)
    strength = np.maximum(strength, unrest)
    return Evidence(windows, unrest, strength, np.where(season.knows_day, signal, 0), unit, lift, sharp)


def _unrest(state: SeriesState, steps: Floats, pace: Pace) -> Floats:
    """The mean square of about UNREST_POINTS deviations as a standard normal number (Wilson and Hilferty 1931).

    A mean of n squares has the variance (kurtosis - 1) / n: 2 / n for normal deviations, more with heavy tails.
    """
    squares = np.minimum(steps * steps, LARGEST_STEP**2)
    state.unrest += np.float32(2 / (UNREST_POINTS + 1)) * (squares - state.unrest)
    state.usual_unrest += pace.gain(SPREAD_DAYS) * (squares - state.usual_unrest)
    bounded = np.minimum(squares, TAIL_CLIP**2)
    state.fourth_moment += pace.gain(TAIL_DAYS) * (bounded * bounded - state.fourth_moment)
    kurtosis = np.maximum(state.fourth_moment / np.maximum(state.usual_unrest, 1) ** 2, KURTOSIS_OF_NORMAL)
    variance = (kurtosis - 1) / np.float32(9 * UNREST_POINTS)
    ratio = state.unrest / np.maximum(state.usual_unrest, 1)
    return np.asarray(UNREST_WEIGHT * (np.cbrt(ratio) - (1 - variance)) / np.sqrt(variance))


def _rise(state: SeriesState, windows: Floats, pace: Pace) -> Floats:
    """The sudden rise, as far as it goes beyond the rises that the series has shown before; learns it.

    Counts cannot fall below zero but burst upwards without bound, some every day and others never.
    """
    rise = windows[SUDDEN].max(axis=0)
    usual = np.maximum(1, state.sudden_record / ORDINARY_RISE)
    larger = rise > state.sudden_record
    pulled = state.sudden_record + RECORD_PULL * (rise - state.sudden_record)
    state.sudden_record[:] = np.where(larger, pulled, state.sudden_record * pace.decay(RECORD_DAYS))
    return np.asarray(rise / usual)


def learn(state: SeriesState, expectation: Expectation, lift: Floats, values: Floats, pace: Pace) -> None:
    """Learn spread, power and the usual size of the sums."""
    miss = np.abs(values - expectation.seasonal)
    young = 1 / (state.points + 1)
    bound = np.maximum(LEARNING_CLIP * state.magnitude, state.spread)
    gain = np.maximum(pace.gain(SPREAD_DAYS), young)
    state.spread += gain * (np.minimum(miss, bound) / lift * np.float32(1.2533) - state.spread)
    gain = np.maximum(pace.gain(POWER_DAYS), young)
    expected = _log_expected(state, expectation)
    residual = np.log(np.minimum(miss, bound) + SMALLEST_RESIDUAL * state.spread * lift + TINY)
    off = expected - state.log_expected
    off_residual = residual - state.log_residual
    state.log_expected += gain * off
    state.log_residual += gain * off_residual
    state.log_expected_variance += gain * (off * (expected - state.log_expected) - state.log_expected_variance)
    state.log_covariance += gain * (off * (residual - state.log_residual) - state.log_covariance)
    sizes = np.abs(state.window_sum) * _NORMAL
    sizes[0] = miss / (state.spread * lift + TINY)
    larger = sizes > MEDIAN_OF_NORMAL * state.window_scale
    gain = np.maximum(pace.gain(SPREAD_DAYS), 1 / (state.points + 20))
    state.window_scale *= np.exp(gain * (2 * larger - 1)).astype(np.float32)
