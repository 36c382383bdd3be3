"""How far a value lies from what was expected, seen in seven ways (channels), each in units of its own usual size.

    SHORT       from the followed forecast, but never more than 1.5 times the seasonal deviation
    SMOOTHED    seasonal deviation averaged over about 6 points
    DRIFT       the same over about 72 points
    VOLATILITY  logarithm of the recent size of the short deviation over its usual size
    DISTANCE    from the long mean
    SEASONAL    from the seasonal expectation
    EVIDENCE    seasonal deviations summed over windows (evidence.py)

All but the last are divided by their own average size times sqrt(pi / 2): for normal ones the standard deviation. Rises
are measured as those of counts are: in SMOOTHED and DISTANCE they are worth as much less as the distribution is wider
upwards, and in SMOOTHED, DRIFT and SEASONAL the unit is the larger one of a higher expected value (the power law of
evidence.py) where the evidence spreads like that of counts.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tidegate.detect.evidence import USUAL_SPREAD, Evidence
from tidegate.detect.expectation import TINY, Expectation, widened
from tidegate.detect.pace import Pace
from tidegate.detect.seasonality import UNSEEN_WEEKDAY, Season
from tidegate.detect.state import Floats, SeriesState

SHORT, SMOOTHED, DRIFT, VOLATILITY, DISTANCE, SEASONAL, EVIDENCE = range(7)

SMOOTHED_POINTS: Final = np.float32(6)
DRIFT_POINTS: Final = np.float32(72)
SHORT_LIMIT: Final = np.float32(1.5)
VOLATILITY_GAIN: Final = np.float32(0.3)
VOLATILITY_CLIP: Final = np.float32(40)
VOLATILITY_FLOOR: Final = np.float32(0.1)
CALM_WEIGHT: Final = np.float32(0.6)
"""Less noise than usual counts six tenths of as much more."""
SMALLEST_SHARE: Final = np.float32(0.03)
"""A deviation is measured in no smaller unit than 3 % of the level."""
SMALLEST_VOLATILITY: Final = np.float32(0.05)
SCALE_DAYS: Final = 8.0
CLIP: Final = np.float32(6)
"""One deviation teaches its scale at most six usual ones."""
LINE_OF_SMOOTHED: Final = np.float32(3)
"""The doubt about an unseen weekday counts as so many standard deviations of a seasonal deviation."""
ROOT_HALF_PI: Final = np.float32(1.2533141)


@dataclass(slots=True)
class Deviation:
    """Of one interval. sizes, units: channel by series; short, seasonal: signed, in the measure's unit."""

    short: Floats
    seasonal: Floats
    sizes: Floats
    units: Floats

    @property
    def standardised(self) -> Floats:
        return self.sizes / self.units


def deviate(state: SeriesState, expectation: Expectation, season: Season, values: Floats, sums: Evidence) -> Deviation:
    """Measure the deviation in every channel; moves the smoothed ones on."""
    short, seasonal = values - expectation.followed, values - expectation.seasonal
    usual = np.maximum(state.channel_scale[SHORT], TINY)
    state.smooth_short += (seasonal - state.smooth_short) / SMOOTHED_POINTS
    state.smooth_long += (seasonal - state.smooth_long) / DRIFT_POINTS
    state.volatility += VOLATILITY_GAIN * (np.minimum(np.abs(short), VOLATILITY_CLIP * usual) - state.volatility)
    floor = VOLATILITY_FLOOR * state.usual_volatility + np.float32(1e-9)
    ratio = np.log((state.volatility + floor) / (state.usual_volatility + floor))
    sizes = np.empty((len(state.channel_scale), len(values)), np.float32)
    sizes[SEASONAL] = np.abs(seasonal)
    sizes[SHORT] = np.minimum(np.abs(short), SHORT_LIMIT * sizes[SEASONAL])
    sizes[SMOOTHED] = np.abs(state.smooth_short)
    sizes[DRIFT] = np.abs(state.smooth_long)
    sizes[VOLATILITY] = np.where(ratio > 0, ratio, -CALM_WEIGHT * ratio)
    sizes[SMOOTHED] /= widened(state, state.smooth_short, expectation.seasonal)
    sizes[DISTANCE] = np.abs(values - state.long_mean) / widened(state, values - state.long_mean, state.long_mean)
    sizes[EVIDENCE] = sums.strength
    units = np.maximum(state.channel_scale * ROOT_HALF_PI, SMALLEST_SHARE * np.abs(state.level) + np.float32(1e-10))
    lift = _lift_of_rises(state, sums)
    for channel, direction in ((SMOOTHED, state.smooth_short), (DRIFT, state.smooth_long), (SEASONAL, seasonal)):
        units[channel] *= np.where(direction > 0, lift, 1)
    doubt = np.where(season.knows_weekday, 0, UNSEEN_WEEKDAY) * np.abs(expectation.seasonal)
    units[[SMOOTHED, DRIFT, SEASONAL]] += doubt / LINE_OF_SMOOTHED
    units[VOLATILITY] = np.maximum(state.channel_scale[VOLATILITY] * ROOT_HALF_PI, SMALLEST_VOLATILITY)
    units[EVIDENCE] = 1
    return Deviation(short, seasonal, sizes, units)


def _lift_of_rises(state: SeriesState, sums: Evidence) -> Floats:
    """How much larger a rise has to be at a higher expected value than usual, in series that behave as counts."""
    like_counts = np.sqrt(state.channel_log_variance[EVIDENCE]) <= USUAL_SPREAD
    return np.where(like_counts, np.maximum(sums.lift, 1), 1)


def learn(state: SeriesState, deviation: Deviation, values: Floats, pace: Pace) -> None:
    """Learn the usual sizes."""
    gain = np.maximum(pace.gain(SCALE_DAYS), 1 / (state.points + 1))
    usual = np.maximum(state.channel_scale[SHORT], TINY)
    bounded = np.minimum(deviation.sizes, CLIP * ROOT_HALF_PI * np.maximum(state.channel_scale, TINY))
    state.channel_scale += gain * (np.where(state.points < 10, deviation.sizes, bounded) - state.channel_scale)
    after = np.maximum(state.channel_scale[SHORT], usual)
    state.usual_volatility += gain * (
        np.minimum(np.abs(deviation.short), CLIP * np.float32(1.5) * after) - state.usual_volatility
    )
    state.long_mean += gain * (values - state.long_mean)
