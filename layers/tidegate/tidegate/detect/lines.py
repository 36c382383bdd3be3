"""Where the alarm line of each channel lies: a score of 1 in every series.

The line is the highest of a floor, the channel's own record, and exp(mean + k * deviation) of the logarithm of its own
standardised sizes: a series whose deviations are often large needs a larger one to be remarkable. The record fades with
a half-life of days. Four things keep alarms rare where they say little:

- caution: each new alarm raises the lines of its series by a tenth; half of that is forgotten in a week;
- share: in series that are never negative, volatility counts less when the deviation is no larger a share of the
  value than usual;
- habit: where volatility or evidence would alarm on more than three days of a week or so, its line rises by a half
  (evidence: a quarter) for every further one, so that what comes every day, at whatever time, is told for some days;
- refractory: for twelve hours after an alarm (one hour for volatility) only a larger one is an alarm again; a
  very large one is remembered for a day at most.

Evidence has no record: a real incident says nothing about how the series behaves on ordinary days. Its spread is
learned as far as its sums are sharp: what a weekday never seen leaves, divided by the doubt about it, is no spread.
"""

from typing import Final

import numpy as np

from tidegate.detect import deviation as channels
from tidegate.detect.arithmetic import INFINITE, ONE, ZERO, clip, constant, number
from tidegate.detect.deviation import DISTANCE, EVIDENCE, SHORT, SMOOTHED, VOLATILITY, Deviation
from tidegate.detect.evidence import RECENT, USUAL_SPREAD, Evidence, faded, still
from tidegate.detect.expectation import TINY
from tidegate.detect.levels import AGREES
from tidegate.detect.pace import Gains, Pace
from tidegate.detect.state import CHANNELS, Flags, Floats, SeriesState


def _by_channel(**numbers: float) -> Floats:
    column = np.zeros((CHANNELS, 1), np.float32)
    for name, value in numbers.items():
        column[getattr(channels, name)] = value
    return column


FLOORS: Final = _by_channel(SHORT=9, SMOOTHED=5, DRIFT=4.5, VOLATILITY=4, DISTANCE=6, SEASONAL=7, EVIDENCE=6.8)
"""The least line, in standard deviations of normal noise; that of the evidence for intervals of five minutes
(`Pace.largest_of_week`). The sizes of single values have heavier tails, and records of their own.
"""
WEIGHTS: Final = _by_channel(SHORT=0.7, SMOOTHED=1, DRIFT=1.1, VOLATILITY=1.2, DISTANCE=0.7, SEASONAL=0.9, EVIDENCE=1)
"""How much a channel's own record and spread count."""
SPREADS: Final = _by_channel(SHORT=2.5, SMOOTHED=1.5, DRIFT=1.5, VOLATILITY=2, DISTANCE=3, SEASONAL=2.5, EVIDENCE=2)
MOST_AT_ONCE: Final = constant(6)
"""A value moves a record as if it were at most six records: what happens to a series of zeros is infinitely far off. Of
an incident the values behind the first move it to six floors at most: should the same come again, it is told again. So
does any count of events that come often: how many are usual is known (rarity.py), and an outbreak says nothing of it.
"""
LINGERING: Final = slice(SMOOTHED, VOLATILITY)
"""Where an incident is still seen when it is over: what is smoothed."""
RECORD_DAYS: Final = 14.0
VOLATILITY_RECORD_DAYS: Final = 0.5
YOUNG_RECORD: Final = constant(0.3)
"""Start-up extremes are forgotten faster: no record lives longer than 0.3 of the series' age (at least 24 points)."""
EVIDENCE_DAYS: Final = 30.0
"""How sums usually spread is learned slowly: a single incident lives on in them for many points."""
LARGEST_SURPRISE: Final = constant(3)
EXCESS_WEIGHT: Final = constant(10)
SIZE_CHANNELS: Final = slice(SHORT, VOLATILITY), slice(DISTANCE, EVIDENCE)
BEYOND: Final = CHANNELS
"""Behind the channels: what `extremes` adds."""

CAUTION_STEP: Final = constant(0.1)
CAUTION_DAYS: Final = 7.0
MOST_CAUTION: Final = constant(3)
HABITUAL: Final = slice(VOLATILITY, None, EVIDENCE - VOLATILITY)
"""The channels whose lines depend on how often they would alarm: volatility and evidence."""
HABIT_STEPS: Final = constant(np.array([[0.5], [0.25]]))
HABIT_DAYS: Final = 7.0
FREE_DAYS: Final = constant(3)
HABIT_PAUSE_DAYS: Final = 0.75
"""How long an alarm counts for its day: less than one, so that what comes daily at about one time counts every day."""
USUAL_SHARE: Final = constant(8)
SHARE_FADE: Final = constant(0.85)
SIZE_REFRACTORY_HOURS: Final = 12.0
VOLATILITY_REFRACTORY_HOURS: Final = 1.0
LARGEST_REMEMBERED: Final = constant(4)
"""An alarm is remembered as if it had scored at most so much, which fades to 1 in a day. Scores have no bound, and the
first burst in a series of zeros would be remembered for weeks.
"""
REPEATED: Final = constant(0.3)
"""What a deviation no larger than the last alarm's scores within the refractory time."""
_STARTED, _SETTLED, _KNOWN = 5, 10, 48
"""Points from which on a channel's spread is learned, its record, and surprises are bounded."""
_UNCOUNTED: Final = constant(3)
"""The first points do not count in the weights of the later ones."""
_SHORTEST_MEMORY: Final = constant(24)
_LARGEST_SHARE: Final = constant(5)
"""A deviation teaches the usual share as if it were at most five usual ones."""
_SMALLEST_SIZE, _SMALLEST_SHARE = constant(0.05), constant(1e-6)


def score(state: SeriesState, deviation: Deviation, sums: Evidence, pace: Pace) -> Floats:
    """Each channel's size over its line, channel by series; caution, share and habit included."""
    standardised = deviation.standardised
    spread = np.sqrt(state.channel_log_variance)
    usual = np.exp(state.channel_log_mean + SPREADS * spread)
    line = np.maximum(FLOORS, np.maximum(state.channel_record, usual) / WEIGHTS)
    scores = standardised / line
    trust = np.exp(-state.caution)
    for channels_of_size in SIZE_CHANNELS:
        scores[channels_of_size] *= trust
    excess = np.maximum(spread[EVIDENCE] - USUAL_SPREAD, ZERO)
    line_of_sums = pace.largest_of_week * FLOORS[EVIDENCE] * np.exp(EXCESS_WEIGHT * excess)
    if sums.signal.any():
        scores[LINGERING] = _while_it_goes_on(state, scores[LINGERING], deviation, sums)
    gradual = faded(sums.gradual / line_of_sums, sums.goes_on)
    unrest = faded(sums.unrest / line_of_sums, np.abs(sums.windows[0]))
    scores[EVIDENCE] = np.maximum(sums.sudden / line_of_sums, np.maximum(gradual, unrest))
    scores[VOLATILITY] *= _share_gate(state, deviation)
    scores[HABITUAL] /= _habit(state, scores[HABITUAL], pace)
    return np.asarray(scores)


def _while_it_goes_on(state: SeriesState, scores: Floats, deviation: Deviation, sums: Evidence) -> Floats:
    """The scores of the smoothed deviations, below the line where neither the last three points nor the value go on.

    Three points tell where one is noise, the value where it is no noise: where hardly anything is usual, the evidence's
    unit is that of incidents. Where no season is known yet, nothing tells.
    """
    smoothed = np.array([state.smooth_short, state.smooth_long])
    direction = np.sign(smoothed)
    agreeing = AGREES * np.abs(smoothed) + TINY
    by_value = clip(direction * deviation.seasonal / agreeing, ZERO, ONE)
    by_three = still(deviation.standardised[LINGERING], direction * sums.windows[RECENT])
    return np.where(sums.signal > ZERO, faded(scores, np.maximum(by_value, by_three)), scores)


def _share_gate(state: SeriesState, deviation: Deviation) -> Floats:
    """Square root of how the deviation's share of the value compares with eight usual shares, at most 1."""
    usual = np.maximum(state.usual_share, np.maximum(deviation.least_usual_share, _SMALLEST_SHARE))
    compared = deviation.share / usual
    state.recent_share[:] = np.maximum(compared, SHARE_FADE * state.recent_share)
    gate = np.sqrt(np.minimum(ONE, state.recent_share / USUAL_SHARE))
    return np.where(state.signed > ZERO, ONE, gate)


def _habit(state: SeriesState, scores: Floats, pace: Pace) -> Floats:
    """How much higher the lines of the HABITUAL channels are; counts the days on which these would alarm otherwise."""
    factor = ONE + HABIT_STEPS * np.maximum(state.habit - FREE_DAYS, ZERO)
    counts = (scores >= ONE) & (state.habit_pause <= ZERO)
    state.habit[:] = (state.habit + counts) * pace.decay(HABIT_DAYS)
    pause = number(HABIT_PAUSE_DAYS * pace.points_per_day)
    state.habit_pause[:] = np.where(counts, pause, np.maximum(state.habit_pause - ONE, ZERO))
    return np.asarray(factor)


def largest_size(scores: Floats) -> Floats:
    """The highest score of a channel of sizes or of the extremes (behind the channels), by series."""
    first, second = (np.maximum.reduce(scores[part]) for part in SIZE_CHANNELS)
    return np.asarray(np.maximum(np.maximum(first, second), scores[BEYOND]))


def combine(state: SeriesState, scores: Floats, sizes: Floats, pace: Pace) -> Floats:
    """One score a series, after the refractory time; new alarms make the series more cautious.

    sizes: `largest_size` of the scores.
    """
    volatility, evidence = scores[VOLATILITY], scores[EVIDENCE]
    combined = np.maximum(
        np.where(sizes <= state.recent_size, sizes * REPEATED, sizes),
        np.where(volatility <= state.recent_volatility, volatility * REPEATED, volatility),
    )
    new_alarm = ((sizes >= ONE) & (state.recent_size < ONE)).astype(np.float32)
    new_alarm += (volatility >= ONE) & (state.recent_volatility < ONE)
    state.caution[:] = np.minimum(state.caution + CAUTION_STEP * new_alarm, MOST_CAUTION) * pace.decay(CAUTION_DAYS)
    remembered = np.minimum(sizes, LARGEST_REMEMBERED)
    state.recent_size[:] = np.maximum(state.recent_size * pace.fade(SIZE_REFRACTORY_HOURS), remembered)
    fade = pace.fade(VOLATILITY_REFRACTORY_HOURS)
    state.recent_volatility[:] = np.maximum(state.recent_volatility * fade, volatility)
    return np.asarray(np.maximum(combined, evidence))


def learn(
    state: SeriesState, deviation: Deviation, *, sharp: Floats, often: Flags, tells: Floats, gains: Gains
) -> None:
    """Learn each channel's spread and record, and the usual share.

    sharp: of the evidence, as in evidence.py. often: which values count single events that most intervals have
    (rarity.py). tells: 0 in closed hours, which tell of no spread and no share, else 1.
    """
    _learn_spread(state, deviation.standardised, sharp, tells, gains)
    _learn_record(state, deviation.standardised, often, gains)
    _learn_share(state, deviation.share, tells, gains)


def _learn_spread(state: SeriesState, standardised: Floats, sharp: Floats, tells: Floats, gains: Gains) -> None:
    pace, sharp = gains.pace, sharp * tells
    since_start = np.maximum(state.points - _UNCOUNTED, ONE)
    of_sizes = tells * np.maximum(pace.gain(channels.SCALE_DAYS), ONE / since_start)
    largest = LARGEST_SURPRISE
    if gains.youngest < _KNOWN:
        of_sizes = np.where(state.points >= _STARTED, of_sizes, ZERO)
        largest = np.where(state.points >= _KNOWN, LARGEST_SURPRISE, INFINITE)
    gain = np.empty_like(standardised)
    gain[:] = of_sizes
    gain[EVIDENCE] = sharp * np.maximum(pace.gain(EVIDENCE_DAYS), ONE / (state.sharp_points + ONE))
    state.sharp_points += sharp
    surprise = np.log(standardised + _SMALLEST_SIZE) - state.channel_log_mean
    bound = largest * np.sqrt(state.channel_log_variance)
    bound[VOLATILITY] = INFINITE
    surprise = np.minimum(surprise, bound)
    state.channel_log_mean += gain * surprise
    state.channel_log_variance += gain * (surprise * surprise - state.channel_log_variance)


def _learn_record(state: SeriesState, standardised: Floats, often: Flags, gains: Gains) -> None:
    pace = gains.pace
    young = np.exp2(-ONE / np.maximum(YOUNG_RECORD * state.points, _SHORTEST_MEMORY))
    fade = np.empty_like(standardised)
    fade[:] = np.minimum(pace.decay(RECORD_DAYS), young)
    fade[VOLATILITY] = np.minimum(young, pace.fade(24 * VOLATILITY_RECORD_DAYS))
    begins = np.where((state.alarm_run == ZERO) & ~often, state.channel_record, ZERO)
    largest = np.maximum(MOST_AT_ONCE * np.maximum(begins, FLOORS), state.channel_record)
    shown = np.minimum(standardised, largest)
    shown[EVIDENCE] = 0
    np.maximum(state.channel_record * fade, shown, out=state.channel_record)
    if gains.youngest < _SETTLED:
        state.channel_record[:, state.points < _SETTLED] = 0


def _learn_share(state: SeriesState, share: Floats, tells: Floats, gains: Gains) -> None:
    bounded = np.minimum(share, _LARGEST_SHARE * state.usual_share + _SMALLEST_SHARE)
    if gains.youngest <= _SETTLED:
        bounded = np.where(state.points > _SETTLED, bounded, share)
    state.usual_share += tells * gains.of(channels.SCALE_DAYS) * (bounded - state.usual_share)
