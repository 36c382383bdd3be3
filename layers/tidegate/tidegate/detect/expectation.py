"""What a series should be now: four simple forecasts, weighted by how well each has done lately.

    last value | fast average | level with time of day | level with time of day, weekday and hour of week

The weight of a forecast is the twelfth power of its inverse mean error (a forecast 6 % better counts twice as much):
combination by inverse error (Bates and Granger 1969), sharpened, so that a series without a season is followed by its
last value and a seasonal one by its season. What is left is corrected by a first-order autoregression of its own error.

The seasonal expectation uses the last two forecasts only: it must not follow an incident. What a weekday is in a series
of small counts is far within the noise of one value and yet nearly all of what an hour's sum misses; so where the
evidence spreads like that of counts, the two are weighted by the errors of their smoothed misses. Where bursts do more
than the noise of counts, those of single values say it better.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tidegate.detect.arithmetic import INFINITE, ONE, ZERO, clip, constant
from tidegate.detect.pace import Gains
from tidegate.detect.seasonality import Season
from tidegate.detect.state import Flags, Floats, SeriesState

FAST_GAIN: Final = constant(0.35)
ERROR_DAYS: Final = 2.0
SEASON_DAYS: Final = 4.0
SEASON_HOURS: Final = 1.0
"""Over how long the misses of the two seasonal forecasts are smoothed."""
LARGEST_MISS: Final = constant(3)
"""One miss counts as at most three usual errors in the smoothed ones."""
SHARPNESS: Final = constant(12)
LARGEST_ERROR: Final = constant(5)
"""One error counts as at most five usual ones, in the errors and in the autoregression."""
YOUNG_POINTS: Final = 48
"""Until then errors count whole: the first ones, of a series not known yet, are no measure of the later."""
LARGEST_CORRELATION: Final = constant(0.95)
TINY: Final = constant(1e-12)
BY_WEEK: Final = 3
"""The forecast by day and week, among the four."""
SEASONAL: Final = slice(BY_WEEK - 1, BY_WEEK + 1)
"""The two seasonal forecasts among the four."""
FURTHER: Final = constant(4)
"""What falls so many times as far from its mean as it rises hangs from a ceiling."""
LOPSIDED: Final = constant(2)
"""What falls so many times as far may have its highest value for a ceiling."""
NEAR_CEILING: Final = constant(0.1)
"""What is missing is not taken for less than a tenth of what is missing on average."""
LEAST_MISSING: Final = constant(0.5)
"""What hangs from a ceiling is measured in no larger smallest unit than half of what is missing on average."""
LARGEST_SKEW: Final = constant(1e6)
_UNUSABLE: Final = constant(3e38)
_LARGEST_RATIO: Final = constant(100)
_SMALLEST_WEIGHT, _SMALLEST_VARIANCE = constant(1e-9), constant(1e-18)
_BERNSTEIN: Final = constant(3)
"""The 3 of Bernstein's inequality (`widened`)."""


@dataclass(slots=True)
class Expectation:
    """Of one interval, by series. `factor`, `base`: seasonal = level + base * (factor - 1).

    candidates: the four forecasts, forecast by series; known: which of them are known. top: the highest value so far.
    noise: of what is expected at this one interval (punctual.py).
    hangs: which series hang from a ceiling, as rates of success do: they fall much further from their mean than they
    rise; any_hangs: whether there is one; missing: what is missing there usually. An incident lowers the mean for days,
    the level hardly. ceiling: the highest value so far where it may be one, else infinite.
    largest_skew: of a distribution upwards, 0 where values can be negative.
    """

    candidates: Floats
    known: Flags
    near: Floats
    seasonal_weight: Floats
    hangs: Flags
    any_hangs: bool
    missing: Floats
    largest_skew: Floats
    top: Floats
    ceiling: Floats
    followed: Floats
    seasonal: Floats
    factor: Floats
    base: Floats
    noise: Floats


def base(state: SeriesState) -> Floats:
    """What seasonal shares are shares of: the level, or the usual magnitude of a series that can be negative."""
    return np.maximum(np.where(state.signed > ZERO, state.magnitude, state.level), TINY)


def expect(state: SeriesState, season: Season, unit: Floats, like_counts: Flags) -> Expectation:
    """Expected values before the value is looked at. unit: `base` of the state. like_counts: whose evidence is.

    near: the weighted forecast without, followed: with autoregression. seasonal: by the season alone.
    """
    day_factor, week_factor = season.factors()
    top, bottom = np.maximum(np.maximum(state.extremes, state.extremes_before), state.extremes_lately)
    by_day = state.level + unit * (day_factor - ONE)
    by_week = state.level + unit * (week_factor - ONE)
    candidates = np.array([state.last, state.fast, by_day, by_week])
    always = np.ones(len(state), np.bool_)
    known = np.array([always, always, season.knows_day, season.knows_day & season.knows_weekday])
    usable = known & (state.candidate_error >= ZERO)
    weights = _weights(state, usable)
    share = _week_share(state, weights, usable, like_counts)
    factor = np.where(usable[2], day_factor + share * (week_factor - day_factor), ONE)
    seasonal = state.level + unit * (factor - ONE)
    seasonal_weight = weights[2] + weights[3]
    near = weights[0] * state.last + weights[1] * state.fast + seasonal_weight * seasonal
    correlation = clip(
        state.error_covariance / np.maximum(state.error_variance, _SMALLEST_VARIANCE), ZERO, LARGEST_CORRELATION
    )
    unsigned = state.signed == ZERO
    above, below = top - state.long_mean, state.long_mean + bottom
    has_ceiling = unsigned & (above > ZERO) & (below > LOPSIDED * above)
    hangs = has_ceiling & (below > FURTHER * above)
    return Expectation(
        candidates=candidates,
        known=known,
        near=near,
        seasonal_weight=seasonal_weight,
        hangs=hangs,
        any_hangs=bool(hangs.any()),
        missing=clip(top - state.level, state.missing_share * state.missing_size, np.maximum(above, ZERO)),
        largest_skew=LARGEST_SKEW * unsigned,
        top=top,
        ceiling=np.where(has_ceiling, top, INFINITE),
        followed=np.maximum(near + correlation * state.previous_error, np.where(unsigned, ZERO, -INFINITE)),
        seasonal=seasonal,
        factor=factor,
        base=unit,
        noise=ZERO,
    )


def _learn_seasons(state: SeriesState, expectation: Expectation, values: Floats, gains: Gains) -> None:
    """Score the two seasonal forecasts on their smoothed misses, where the weekday is known."""
    bound = LARGEST_MISS * state.candidate_error[SEASONAL] + TINY
    miss = clip(values - expectation.candidates[SEASONAL], -bound, bound)
    known, gain = expectation.known[BY_WEEK], ONE - gains.pace.fade(SEASON_HOURS)
    state.season_miss += gain * (miss - state.season_miss)
    state.season_miss *= known
    state.season_error += known * gains.of(SEASON_DAYS) * (np.abs(state.season_miss) - state.season_error)


def _weights(state: SeriesState, usable: Flags) -> Floats:
    """The forecasts' weights, forecast by series, that add up to 1; the last value has all where none is usable."""
    errors = np.where(usable, state.candidate_error + TINY, _UNUSABLE)
    best = np.minimum.reduce(errors)
    weights: Floats = np.where(usable, best / errors, ZERO) ** SHARPNESS
    total = weights.sum(axis=0)
    if (nothing := total <= ZERO).any():
        weights[0] += nothing
        total += nothing
    weights /= total
    return weights


def _week_share(state: SeriesState, weights: Floats, usable: Flags, like_counts: Flags) -> Floats:
    """The weight of the forecast by the week among the two seasonal ones; all of it where neither has any."""
    seasonal_weight = weights[2] + weights[3]
    share: Floats = np.where(
        seasonal_weight > _SMALLEST_WEIGHT, weights[3] / np.maximum(seasonal_weight, _SMALLEST_WEIGHT), usable[3]
    )
    if like_counts.any():
        by_day, by_week = state.season_error + TINY
        odds = clip(by_day / by_week, ONE / _LARGEST_RATIO, _LARGEST_RATIO) ** SHARPNESS
        share = np.where(like_counts & usable[3], odds / (ONE + odds), share)
    return share


def widened(expectation: Expectation, rise: Floats, mean: Floats) -> Floats:
    """How much wider the distribution of a non-negative value is upwards: a rise d over a mean m has the variance

    v * (1 + d / (3 m)) in Bernstein's inequality (1924) for counts of variance v. Returns the root of the factor. What
    hangs from a ceiling is a count of what is missing there: its falls are rises of that.
    """
    if expectation.any_hangs:
        hangs, top = expectation.hangs, expectation.top
        missing = np.maximum(top - mean, NEAR_CEILING * expectation.missing)
        rise, mean = np.where(hangs, -rise, rise), np.where(hangs, missing, mean)
    skew = clip(rise / (_BERNSTEIN * np.maximum(mean, TINY)), ZERO, expectation.largest_skew)
    return np.asarray(np.sqrt(ONE + skew))


def smallest_unit(expectation: Expectation, share: Floats) -> Floats:
    """The smallest unit that deviations are measured in: `share`, which is one of the level.

    A rate of 99.7 is never far from its level, but may lack eight times as much as usual.
    """
    if not expectation.any_hangs:
        return share
    return np.where(expectation.hangs, np.minimum(share, LEAST_MISSING * expectation.missing), share)


def learn(
    state: SeriesState, expectation: Expectation, values: Floats, scale: Floats, gains: Gains, *, foreseen: Flags
) -> None:
    """Score the forecasts on the value; `scale` is the usual error of the followed one.

    foreseen: whose miss is no error that goes on, for the value came back from an incident.
    """
    gain, error = gains.of(ERROR_DAYS), state.candidate_error
    miss = np.abs(values - expectation.candidates)
    bounded = np.minimum(miss, LARGEST_ERROR * error + TINY)
    if gains.youngest < YOUNG_POINTS:
        bounded = np.where(state.points < YOUNG_POINTS, miss, bounded)
    updated = np.where(error < ZERO, miss, error + gain * (bounded - error))
    np.copyto(error, updated, where=expectation.known)
    _learn_seasons(state, expectation, values, gains)
    limit = LARGEST_ERROR * scale
    miss = np.where(foreseen, ZERO, clip(values - expectation.near, -limit, limit))
    state.error_covariance += gain * (miss * state.previous_error - state.error_covariance)
    state.error_variance += gain * (state.previous_error * state.previous_error - state.error_variance)
    state.previous_error[:] = miss
    state.fast += FAST_GAIN * (values - state.fast)
    state.last[:] = values
