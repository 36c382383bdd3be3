"""Evidence that adds up: seasonal deviations summed over windows.

Each deviation is divided by the standard deviation that belongs to the expected value. That follows a power law,

    deviation = spread * (expected / usual expected) ** power,

as counts do (Taylor 1961): 0.5 for Poisson counts, near 1 for large ones with a common disturbance, 0 for constant
noise. The power is the slope of the regression of log |deviation| on log expected, drawn towards 0.5 while there is
little to learn it from. The sums are exponential ones (EWMA charts, Roberts 1959) with the lengths of WINDOWS; each is
divided by its standard deviation, for independent deviations or by what was measured where that is larger, since the expected
value itself has an error that a long window sees.
"""

from typing import Final

import numpy as np

from tidegate.detect.expectation import TINY, Expectation
from tidegate.detect.pace import Pace
from tidegate.detect.seasonality import Season
from tidegate.detect.state import Floats, SeriesState

WINDOWS: Final = np.array([1, 3, 6, 12, 24, 36], np.float32)
_KEEP: Final = (1 - 2 / (WINDOWS + 1))[:, None]
_NORMAL: Final = np.sqrt(1 - _KEEP * _KEEP)
"""Makes the exponential sum of independent standard normal numbers standard normal."""
LARGEST_STEP: Final = np.float32(5)
"""What one deviation adds to a window longer than itself: one outlier alone proves no lasting change."""
LEARNING_CLIP: Final = np.float32(4)
SPREAD_DAYS: Final = 4.0
POWER_DAYS: Final = 8.0
USUAL_POWER: Final = np.float32(0.5)
SMALLEST_RESIDUAL: Final = np.float32(0.3)
UNSEEN_WEEKDAY: Final = np.float32(0.2)
"""Relative error of the expectation on a weekday that was not seen yet."""


def standard_deviation(state: SeriesState, expectation: Expectation) -> Floats:
    """Of the seasonal deviation at this expected value."""
    return np.asarray(state.spread * _lift(state, expectation))


def _lift(state: SeriesState, expectation: Expectation) -> Floats:
    prior = np.float32(0.02) + 2 / (state.points + 1)
    power = (state.log_covariance + USUAL_POWER * prior) / (state.log_expected_variance + prior)
    power = np.where(state.signed > 0, 0, np.clip(power, 0, 1))
    lift: Floats = np.exp(power * np.clip(_log_expected(state, expectation) - state.log_expected, -5, 5))
    return lift


def _log_expected(state: SeriesState, expectation: Expectation) -> Floats:
    return np.log(np.maximum(expectation.seasonal, 0) + np.float32(0.1) * state.spread + TINY)


def accumulate(state: SeriesState, expectation: Expectation, season: Season, values: Floats) -> Floats:
    """Move the windows on; returns the largest standardised sum, signed."""
    unit = np.maximum(standard_deviation(state, expectation), TINY)
    steps = np.where(season.knows_day, (values - expectation.seasonal) / unit, 0)
    state.window_sum[:] = _KEEP * state.window_sum + np.clip(steps, -LARGEST_STEP, LARGEST_STEP)
    state.window_sum[0] = steps
    doubt = np.where(season.knows_weekday, 0, UNSEEN_WEEKDAY) * np.abs(expectation.seasonal) / unit
    expected_error = doubt * _NORMAL / (1 - _KEEP)
    standardised = state.window_sum * _NORMAL / np.sqrt(np.maximum(1, state.window_scale) ** 2 + expected_error**2)
    largest = np.abs(standardised).argmax(axis=0)
    return np.asarray(np.take_along_axis(standardised, largest[None], axis=0)[0])


def learn(state: SeriesState, expectation: Expectation, values: Floats, pace: Pace) -> None:
    """Learn spread, power and the usual size of the sums."""
    miss = np.abs(values - expectation.seasonal)
    lift = _lift(state, expectation)
    young = 1 / (state.points + 1)
    bound = np.where(state.points < 48, np.float32(np.inf), LEARNING_CLIP * state.spread * lift)
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
    size = np.minimum(np.abs(state.window_sum) * _NORMAL, LEARNING_CLIP * state.window_scale) * np.float32(1.2533)
    state.window_scale += pace.gain(SPREAD_DAYS) * (size - state.window_scale)
