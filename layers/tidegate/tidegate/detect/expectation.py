"""What a series should be now: four simple forecasts, weighted by how well each has done lately.

    last value | fast average | level with time of day | level with time of day, weekday and hour of week

The weight of a forecast is the twelfth power of its inverse mean error (a forecast 6 % better counts twice as much):
combination by inverse error (Bates and Granger 1969), sharpened, so that a series without a season is followed by its
last value and a seasonal one by its season. What is left is corrected by a first-order autoregression of its own error.

The seasonal expectation uses the last two forecasts only: it must not follow an incident.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tidegate.detect.pace import Pace
from tidegate.detect.seasonality import Season
from tidegate.detect.state import CANDIDATES, Flags, Floats, SeriesState

FAST_GAIN: Final = np.float32(0.35)
ERROR_DAYS: Final = 2.0
SHARPNESS: Final = 12
LARGEST_ERROR: Final = np.float32(5)
"""One error counts as at most five usual ones, in the errors and in the autoregression."""
YOUNG_POINTS: Final = 48
"""Until then errors count whole: the first ones, of a series not known yet, are no measure of the later."""
LARGEST_CORRELATION: Final = np.float32(0.95)
TINY: Final = np.float32(1e-12)
LARGEST_SKEW: Final = np.float32(1e6)


@dataclass(slots=True)
class Expectation:
    """Of one interval, by series. `factor`, `base`: seasonal = level + base * (factor - 1)."""

    candidates: tuple[Floats, Floats, Floats, Floats]
    known: tuple[Flags, Flags, Flags, Flags]
    near: Floats
    followed: Floats
    seasonal: Floats
    factor: Floats
    base: Floats
    best_error: Floats


def base(state: SeriesState) -> Floats:
    """What seasonal shares are shares of: the level, or the usual magnitude of a series that can be negative."""
    return np.maximum(np.where(state.signed > 0, state.magnitude, state.level), TINY)


def expect(state: SeriesState, season: Season) -> Expectation:
    """Expected values before the value is looked at.

    near: the weighted forecast without, followed: with autoregression. seasonal: by the season alone.
    """
    unit = base(state)
    day_factor, week_factor = season.factor(with_week=False), season.factor(with_week=True)
    by_day = state.level + unit * (day_factor - 1)
    by_week = state.level + unit * (week_factor - 1)
    candidates = (state.last, state.fast, by_day, by_week)
    always = np.ones(len(state), np.bool_)
    known = (always, always, season.knows_day, season.knows_day & season.knows_weekday)
    usable = np.array(known) & (state.candidate_error >= 0)
    errors = np.where(usable, state.candidate_error + TINY, np.float32(3e38))
    best = errors.min(axis=0)
    weights = np.where(usable, best / errors, 0).astype(np.float32) ** SHARPNESS
    weights[0] += weights.sum(axis=0) <= 0
    weights /= weights.sum(axis=0)
    near = sum((weight * forecast for weight, forecast in zip(weights, candidates, strict=True)), np.float32(0))
    correlation = np.clip(
        state.error_covariance / np.maximum(state.error_variance, np.float32(1e-18)), 0, LARGEST_CORRELATION
    )
    seasonal_weight = weights[2] + weights[3]
    week_share = np.where(seasonal_weight > 1e-9, weights[3] / np.maximum(seasonal_weight, np.float32(1e-9)), usable[3])
    factor = np.where(usable[2], day_factor + week_share * (week_factor - day_factor), 1).astype(np.float32)
    return Expectation(
        candidates=candidates,
        known=known,
        near=np.asarray(near),
        followed=near + correlation * state.previous_error,
        seasonal=state.level + unit * (factor - 1),
        factor=factor,
        base=unit,
        best_error=best,
    )


def widened(state: SeriesState, rise: Floats, mean: Floats) -> Floats:
    """How much wider the distribution of a non-negative value is upwards: a rise d over a mean m has the variance

    v * (1 + d / (3 m)) in Bernstein's inequality (1924) for counts of variance v. Returns the root of the factor.
    """
    counted = (state.signed == 0) & (rise > 0)
    ratio = np.where(counted, rise / (3 * np.maximum(mean, TINY)), 0)
    return np.asarray(np.sqrt(1 + np.minimum(ratio, LARGEST_SKEW)))


def learn(state: SeriesState, expectation: Expectation, values: Floats, scale: Floats, pace: Pace) -> None:
    """Score the forecasts on the value; `scale` is the usual error of the followed one."""
    gain = np.maximum(pace.gain(ERROR_DAYS), 1 / (state.points + 1))
    young = state.points < YOUNG_POINTS
    for number in range(CANDIDATES):
        error = state.candidate_error[number]
        miss = np.abs(values - expectation.candidates[number])
        bounded = np.where(young, miss, np.minimum(miss, LARGEST_ERROR * error + TINY))
        updated = np.where(error < 0, miss, error + gain * (bounded - error))
        error[:] = np.where(expectation.known[number], updated, error)
    limit = LARGEST_ERROR * scale
    miss = np.clip(values - expectation.near, -limit, limit)
    state.error_covariance += gain * (miss * state.previous_error - state.error_covariance)
    state.error_variance += gain * (state.previous_error * state.previous_error - state.error_variance)
    state.previous_error[:] = miss
    state.fast += FAST_GAIN * (values - state.fast)
    state.last[:] = values
