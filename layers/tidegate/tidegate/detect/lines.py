"""Where the alarm line of each channel lies: a score of 1 in every series.

The line is the highest of a floor, the channel's own record, and exp(mean + k * deviation) of the logarithm of its own
standardised sizes: a series whose deviations are often large needs a larger one to be remarkable. The record fades with
a half-life of days. Three things keep alarms rare where they say little:

- caution: each new alarm raises the lines of its series by a tenth; half of that is forgotten in a week;
- share: in series that are never negative, volatility counts less when the deviation is no larger a share of the
  value than usual;
- refractory: for twelve hours after an alarm (one hour for volatility) only a larger one is an alarm again.

Evidence has no record: a real incident says nothing about how the series behaves on ordinary days. Its spread is
learned as far as its sums are sharp: what a weekday never seen leaves, divided by the doubt about it, is no spread.
"""

from typing import Final

import numpy as np

from tidegate.detect import deviation as channels
from tidegate.detect.deviation import DISTANCE, DRIFT, EVIDENCE, SEASONAL, SHORT, SMOOTHED, VOLATILITY, Deviation
from tidegate.detect.evidence import USUAL_SPREAD
from tidegate.detect.expectation import Expectation
from tidegate.detect.pace import Pace
from tidegate.detect.state import CHANNELS, Floats, SeriesState


def _by_channel(**numbers: float) -> Floats:
    column = np.zeros((CHANNELS, 1), np.float32)
    for name, number in numbers.items():
        column[getattr(channels, name)] = number
    return column


FLOORS: Final = _by_channel(SHORT=9, SMOOTHED=5, DRIFT=4.5, VOLATILITY=4, DISTANCE=6, SEASONAL=7, EVIDENCE=6.8)
"""The least line, in standard deviations of normal noise."""
WEIGHTS: Final = _by_channel(SHORT=0.7, SMOOTHED=1, DRIFT=1.1, VOLATILITY=1.2, DISTANCE=0.7, SEASONAL=0.9, EVIDENCE=1)
"""How much a channel's own record and spread count."""
SPREADS: Final = _by_channel(SHORT=2.5, SMOOTHED=1.5, DRIFT=1.5, VOLATILITY=2, DISTANCE=3, SEASONAL=2.5, EVIDENCE=2)
RECORD_PULL: Final = _by_channel(SHORT=0.6, SMOOTHED=0.6, DRIFT=0.6, VOLATILITY=0.4, DISTANCE=0.6, SEASONAL=0.6)
"""How far a record is moved towards a larger size."""
RECORD_DAYS: Final = 14.0
VOLATILITY_RECORD_DAYS: Final = 0.5
YOUNG_RECORD: Final = np.float32(0.3)
"""Start-up extremes are forgotten faster: no record lives longer than 0.3 of the series' age (at least 24 points)."""
EVIDENCE_DAYS: Final = 30.0
"""How sums usually spread is learned slowly: a single incident lives on in them for many points."""
LARGEST_SURPRISE: Final = np.float32(3)
EXCESS_WEIGHT: Final = np.float32(10)
SIZE_CHANNELS: Final = (SHORT, SMOOTHED, DRIFT, DISTANCE, SEASONAL)

CAUTION_STEP: Final = np.float32(0.1)
CAUTION_DAYS: Final = 7.0
MOST_CAUTION: Final = np.float32(3)
USUAL_SHARE: Final = np.float32(8)
SHARE_FADE: Final = np.float32(0.85)
SIZE_REFRACTORY_HOURS: Final = 12.0
VOLATILITY_REFRACTORY_HOURS: Final = 1.0
REPEATED: Final = np.float32(0.3)
"""What a deviation no larger than the last alarm's scores within the refractory time."""


def score(state: SeriesState, expectation: Expectation, deviation: Deviation, values: Floats) -> Floats:
    """Each channel's size over its line, channel by series; caution and share included."""
    standardised = deviation.standardised
    spread = np.sqrt(state.channel_log_variance)
    usual = np.exp(state.channel_log_mean + SPREADS * spread)
    line = np.maximum(FLOORS, np.maximum(state.channel_record, usual) / WEIGHTS)
    scores = standardised / line
    scores[list(SIZE_CHANNELS)] *= np.exp(-state.caution)
    excess = np.maximum(spread[EVIDENCE] - USUAL_SPREAD, 0)
    scores[EVIDENCE] = standardised[EVIDENCE] / (FLOORS[EVIDENCE] * np.exp(EXCESS_WEIGHT * excess))
    scores[VOLATILITY] *= _share_gate(state, expectation, deviation, values)
    return np.asarray(scores)


def _share_gate(state: SeriesState, expectation: Expectation, deviation: Deviation, values: Floats) -> Floats:
    """Square root of how the deviation's share of the value compares with eight usual shares, at most 1."""
    share = _share(state, expectation, deviation, values)
    compared = share / np.maximum(state.usual_share, np.float32(1e-6))
    state.recent_share[:] = np.maximum(compared, SHARE_FADE * state.recent_share)
    gate = np.sqrt(np.minimum(np.float32(1), state.recent_share / USUAL_SHARE))
    return np.where(state.signed > 0, np.float32(1), gate)


def _share(state: SeriesState, expectation: Expectation, deviation: Deviation, values: Floats) -> Floats:
    base = np.float32(0.1) * np.abs(state.level) + np.float32(1e-9)
    return np.asarray(np.abs(deviation.short) / (np.maximum(np.abs(values), np.abs(expectation.near)) + base))


def combine(state: SeriesState, scores: Floats, pace: Pace) -> Floats:
    """One score a series, after the refractory time; new alarms make the series more cautious."""
    sizes, volatility, evidence = scores[list(SIZE_CHANNELS)].max(axis=0), scores[VOLATILITY], scores[EVIDENCE]
    combined = np.maximum(
        np.where(sizes <= state.recent_size, sizes * REPEATED, sizes),
        np.where(volatility <= state.recent_volatility, volatility * REPEATED, volatility),
    )
    new_alarm = ((sizes >= 1) & (state.recent_size < 1)).astype(np.float32)
    new_alarm += (volatility >= 1) & (state.recent_volatility < 1)
    state.caution[:] = np.minimum(state.caution + CAUTION_STEP * new_alarm, MOST_CAUTION) * pace.decay(CAUTION_DAYS)
    state.recent_size[:] = np.maximum(state.recent_size * _fade(SIZE_REFRACTORY_HOURS, pace), sizes)
    fade = _fade(VOLATILITY_REFRACTORY_HOURS, pace)
    state.recent_volatility[:] = np.maximum(state.recent_volatility * fade, volatility)
    return np.asarray(np.maximum(combined, evidence))


def _fade(hours: float, pace: Pace) -> np.float32:
    return np.float32(0.5 ** (1 / max(hours * pace.points_per_day / 24, 3.0)))


def learn(
    state: SeriesState, expectation: Expectation, deviation: Deviation, values: Floats, *, sharp: Floats, pace: Pace
) -> None:
    """Learn each channel's spread and record, and the usual share. sharp: of the evidence, as in evidence.py."""
    standardised = deviation.standardised
    started = state.points >= 5
    gain = np.where(started, np.maximum(pace.gain(channels.SCALE_DAYS), 1 / np.maximum(state.points - 3, 1)), 0)
    surprise = np.log(standardised + np.float32(0.05)) - state.channel_log_mean
    bound = np.where(state.points >= 48, LARGEST_SURPRISE, np.float32(np.inf)) * np.sqrt(state.channel_log_variance)
    bound[VOLATILITY] = np.inf
    surprise = np.minimum(surprise, bound)
    gain = np.repeat(gain[None], CHANNELS, axis=0)
    gain[EVIDENCE] = sharp * np.maximum(pace.gain(EVIDENCE_DAYS), 1 / (state.sharp_points + 1))
    state.sharp_points += sharp
    state.channel_log_mean += gain * surprise
    state.channel_log_variance += gain * (surprise * surprise - state.channel_log_variance)

    young = np.exp2(-1 / np.maximum(YOUNG_RECORD * state.points, 24))
    fade = np.repeat(np.minimum(pace.decay(RECORD_DAYS), young)[None], CHANNELS, axis=0)
    fade[VOLATILITY] = np.minimum(young, _fade(24 * VOLATILITY_RECORD_DAYS, pace))
    larger = standardised > state.channel_record
    pulled = state.channel_record + RECORD_PULL * (standardised - state.channel_record)
    settled = state.points >= 10
    state.channel_record[:] = np.where(settled, np.where(larger, pulled, state.channel_record * fade), 0)

    share = _share(state, expectation, deviation, values)
    bounded = np.where(state.points > 10, np.minimum(share, 5 * state.usual_share + np.float32(1e-6)), share)
    state.usual_share += np.maximum(pace.gain(channels.SCALE_DAYS), 1 / (state.points + 1)) * (
        bounded - state.usual_share
    )
