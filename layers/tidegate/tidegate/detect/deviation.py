"""How far a value lies from what was expected, seen in seven ways (channels), each in units of its own usual size.

    SHORT       from the followed forecast, but never more than 1.5 times the seasonal deviation
    SMOOTHED    seasonal deviation averaged over about 6 points
    DRIFT       the same over about 72 points
    VOLATILITY  logarithm of the recent size of the short deviation over its usual size
    DISTANCE    from the long mean
    SEASONAL    from the seasonal expectation
    EVIDENCE    seasonal deviations summed over windows (evidence.py)

A value that comes back from an incident to its season, or to the former level, was foreseen by that and not by the
forecast, which followed the incident: its short deviation is as many usual sizes as its seasonal one at most.

In VOLATILITY and DISTANCE a deviation counts as at most three times the seasonal one. All channels but the last are
divided by their own average size times sqrt(pi / 2): for normal ones the standard deviation. Rises are measured as
those of counts are: in SMOOTHED and DISTANCE they are worth as much less as the distribution is wider upwards, and in
SMOOTHED, DRIFT and SEASONAL the unit is the larger one of a higher expected value (the power law of evidence.py) where
the evidence spreads like that of counts. What hangs from a ceiling is a count of what is missing there, and its falls
are rises of that: in SHORT and SEASONAL they are worth less too, and the smallest unit is one of what is missing.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tidegate.detect.arithmetic import ONE, ZERO, constant
from tidegate.detect.evidence import USUAL_SPREAD, Evidence
from tidegate.detect.expectation import TINY, Expectation, smallest_unit, widened
from tidegate.detect.pace import Gains
from tidegate.detect.seasonality import Season
from tidegate.detect.state import Flags, Floats, SeriesState

SHORT, SMOOTHED, DRIFT, VOLATILITY, DISTANCE, SEASONAL, EVIDENCE = range(7)

SMOOTHED_POINTS: Final = constant(6)
DRIFT_POINTS: Final = constant(72)
SHORT_LIMIT: Final = constant(1.5)
EXPECTED_LIMIT: Final = constant(3)
"""For volatility and distance a value is never further off than three seasonal deviations: what the season lets expect,
such as a job at its hour, is neither, however far from the values before it and from the mean.
"""
VOLATILITY_GAIN: Final = constant(0.3)
VOLATILITY_CLIP: Final = constant(40)
VOLATILITY_FLOOR: Final = constant(0.1)
ALONE: Final = constant(3)
"""A deviation is sudden where it is so many times as large as those before it and as usual ones."""
CALM_WEIGHT: Final = constant(0.6)
"""A series that is calmer than usual deviates six tenths as far as one that is as many times noisier."""
SMALLEST_SHARE: Final = constant(0.03)
"""A deviation is measured in no smaller unit than 3 % of the level; that of a single value also in no smaller one than
3 % of the mean magnitude, which is more where a series rests at zero and bursts.
"""
SMALLEST_VOLATILITY: Final = constant(0.05)
SCALE_DAYS: Final = 8.0
CLIP: Final = constant(6)
"""One deviation teaches its scale at most six usual ones."""
LARGEST_OF_DOUBT: Final = constant(3)
"""A deviation as large as the doubt about a weekday measures less than so many units: each grows by a third of it."""
LEAST_OF_USUAL: Final = constant(0.45)
"""The mean of shares is smaller than the share that a mean deviation has: the usual one is this part of it at least."""
ROOT_HALF_PI: Final = constant(1.2533141)
"""A standard deviation over the mean size, of normal numbers. That of evidence.py has fewer digits and keeps them: with
these the same values would score differently, if only in the last bits.
"""
SHORT_LESSON: Final = constant(1.5)
"""A short deviation teaches the usual volatility half as much again as its scale at most."""
_LARGEST_LESSON: Final = constant(CLIP * ROOT_HALF_PI)
_LARGEST_SHORT: Final = constant(CLIP * SHORT_LESSON)
_SHARE_OF_USUAL: Final = constant(0.1)
"""A deviation's share is of the value and a tenth of the level: of a value of nothing it would be everything."""
_SMALLEST_UNIT, _SMALLEST_FLOOR = constant(1e-10), constant(1e-9)
_YOUNG_POINTS: Final = 10


@dataclass(slots=True)
class Deviation:
    """Of one interval. sizes, units, standardised (size over unit): channel by series.

    short, seasonal: signed, in the measure's unit. returns: which come back from an incident.
    sudden: where the short one is large and those before it were not.
    share: the short one as a share of the value, or of what is missing at the ceiling that the series hangs from.
    least_usual_share: what share is usual at least; 0 where nothing but the learned one says so.
    """

    short: Floats
    seasonal: Floats
    returns: Flags
    sudden: Flags
    share: Floats
    least_usual_share: Floats
    sizes: Floats
    units: Floats
    standardised: Floats


def deviate(
    state: SeriesState, expectation: Expectation, season: Season, values: Floats, sums: Evidence, *, by_former: Flags
) -> Deviation:
    """Measure the deviation in every channel; moves the smoothed ones on. by_former: judged by the former level."""
    short, seasonal = values - expectation.followed, values - expectation.seasonal
    from_season = np.abs(seasonal)
    usual = np.maximum(state.channel_scale[SHORT], TINY)
    size = np.abs(short)
    returns = ((short * state.alarm_run < ZERO) | by_former) & (from_season < size)
    if returns.any():
        of_season = from_season * (usual / np.maximum(state.channel_scale[SEASONAL], TINY))
        size = np.where(returns, np.minimum(size, of_season), size)
    state.smooth_short += (seasonal - state.smooth_short) / SMOOTHED_POINTS
    state.smooth_long += (seasonal - state.smooth_long) / DRIFT_POINTS
    most_expected = EXPECTED_LIMIT * from_season
    unexpected = np.minimum(size, most_expected)
    sudden = size > ALONE * np.maximum(state.volatility, state.usual_volatility)
    state.volatility += VOLATILITY_GAIN * (np.minimum(unexpected, VOLATILITY_CLIP * usual) - state.volatility)
    floor = VOLATILITY_FLOOR * state.usual_volatility + _SMALLEST_FLOOR
    ratio = np.log((state.volatility + floor) / (state.usual_volatility + floor))
    far = values - state.long_mean
    from_mean = np.minimum(np.abs(far), most_expected)
    rises, means = np.array([state.smooth_short, far]), np.array([expectation.seasonal, state.long_mean])
    wider_smoothed, wider_distance = widened(expectation, rises, means)
    in_order_of_channels = (
        np.minimum(size, SHORT_LIMIT * from_season),
        np.abs(state.smooth_short) / wider_smoothed,
        np.abs(state.smooth_long),
        np.maximum(ratio, -CALM_WEIGHT * ratio),
        from_mean / wider_distance,
        from_season,
        np.maximum(np.maximum(sums.sudden, sums.gradual), sums.unrest),
    )
    sizes = np.array(in_order_of_channels)
    if expectation.any_hangs:
        falls, means = np.array([short, seasonal]), np.array([expectation.near, expectation.seasonal])
        wider = widened(expectation, falls, means)
        sizes[[SHORT, SEASONAL]] /= np.where(expectation.hangs, wider, ONE)
    units = _units(state, expectation, season, seasonal, sums)
    share, least_usual = _share(state, expectation, values, size), _least_usual_share(state, expectation)
    return Deviation(short, seasonal, returns, sudden, share, least_usual, sizes, units, sizes / units)


def _units(state: SeriesState, expectation: Expectation, season: Season, seasonal: Floats, sums: Evidence) -> Floats:
    """What each channel is measured in, channel by series. seasonal: the deviation."""
    usual_sizes = state.channel_scale * ROOT_HALF_PI
    least = smallest_unit(expectation, SMALLEST_SHARE * np.abs(state.level))
    least_alone = smallest_unit(expectation, SMALLEST_SHARE * state.magnitude)
    units = np.maximum(usual_sizes, least + _SMALLEST_UNIT)
    for channels_of_values in (SHORT, slice(DISTANCE, EVIDENCE)):
        np.maximum(units[channels_of_values], least_alone, out=units[channels_of_values])
        units[channels_of_values] += expectation.noise
    lift = _lift_of_rises(state, sums)
    doubt = np.abs(season.doubt * expectation.base) / LARGEST_OF_DOUBT
    for channel, direction in ((SMOOTHED, state.smooth_short), (DRIFT, state.smooth_long), (SEASONAL, seasonal)):
        units[channel] = units[channel] * np.where(direction > ZERO, lift, ONE) + doubt
    units[VOLATILITY] = np.maximum(usual_sizes[VOLATILITY], SMALLEST_VOLATILITY)
    units[EVIDENCE] = ONE
    return units


def like_counts(state: SeriesState) -> Flags:
    """Which series' evidence spreads no further than that of independent counts (lines.py)."""
    return np.asarray(np.sqrt(state.channel_log_variance[EVIDENCE]) <= USUAL_SPREAD)


def _share(state: SeriesState, expectation: Expectation, values: Floats, size: Floats) -> Floats:
    whole, usual = np.maximum(np.abs(values), np.abs(expectation.near)), np.abs(state.level)
    if expectation.any_hangs:
        hangs = expectation.hangs
        missing = np.maximum(expectation.top - np.minimum(values, expectation.near), ZERO)
        whole = np.where(hangs, missing, whole)
        usual = np.where(hangs, np.maximum(expectation.top - usual, ZERO), usual)
    return np.asarray(size / (whole + (_SHARE_OF_USUAL * usual + _SMALLEST_FLOOR)))


def _least_usual_share(state: SeriesState, expectation: Expectation) -> Floats:
    """A part of the usual deviation as a share of what is usually missing, for what hangs from a ceiling.

    Before its first far fall a series did not hang, and what it learned then were shares of its value.
    """
    if not expectation.any_hangs:
        return ZERO
    share = LEAST_OF_USUAL * state.channel_scale[SHORT] / np.maximum(expectation.missing, TINY)
    return np.where(expectation.hangs, share, ZERO)


def _lift_of_rises(state: SeriesState, sums: Evidence) -> Floats:
    """How much larger a rise has to be at a higher expected value than usual, in series that behave as counts."""
    return np.where(like_counts(state), np.maximum(sums.lift, ONE), ONE)


def learn(state: SeriesState, deviation: Deviation, values: Floats, *, tells: Floats, gains: Gains) -> None:
    """Learn the usual sizes, of which closed hours tell nothing (`tells` is 0), and the long mean."""
    gain = tells * gains.of(SCALE_DAYS)
    usual = np.maximum(state.channel_scale[SHORT], TINY)
    sizes = np.minimum(deviation.sizes, _LARGEST_LESSON * np.maximum(state.channel_scale, TINY))
    if gains.youngest < _YOUNG_POINTS:
        sizes = np.where(state.points < _YOUNG_POINTS, deviation.sizes, sizes)
    state.channel_scale += gain * (sizes - state.channel_scale)
    after = np.maximum(state.channel_scale[SHORT], usual)
    size = np.minimum(np.abs(deviation.short), _LARGEST_SHORT * after)
    state.usual_volatility += gain * (size - state.usual_volatility)
    state.long_mean += gains.of(SCALE_DAYS) * (values - state.long_mean)
