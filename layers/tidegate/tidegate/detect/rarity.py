"""Events that come one by one, where few are expected: how improbable it is that there are so many.

No count of independent events spreads less than a Poisson one, and small ones are far from normal: where one event in
twenty intervals is usual, two at once lie nine standard deviations out, and come every other day. Chernoff's bound
(1952) holds for every mean: of a count s where M is expected

    ln P <= -(s ln(s / M) - (s - M))

and as well for sums with weights of at most 1, such as the smoothed deviations are. A score of 1 is a probability of
one in a hundred thousand. A rise scores no higher than that in any channel except evidence, and except volatility where
more than FEW events are expected; where at most SELDOM events are expected, falls are bounded too. Scores up to
REMARKABLE stay as they are. In the evidence rises are measured in no smaller unit than the standard deviation of a
Poisson count instead: of as many events as the season expects, where these are more than FEW, else of the mean.

Sums and counts are taken for such events where they are whole numbers and seldom other than zero, or spread at least
half as far as a Poisson count. What beats regularly, such as one sign of life a minute, spreads less.

A rate of success that mostly rests at its ceiling is a count of events too, of failures: how many one of its values
is, is told by the size of a single failure, which is learned: a quarter of them exceed it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tidegate.detect.arithmetic import INFINITE, ONE, ZERO, constant, improbability
from tidegate.detect.deviation import (
    DRIFT,
    DRIFT_POINTS,
    EVIDENCE,
    SCALE_DAYS,
    SMOOTHED,
    SMOOTHED_POINTS,
    VOLATILITY,
)
from tidegate.detect.expectation import Expectation
from tidegate.detect.pace import Gains, Pace
from tidegate.detect.state import Flags, Floats, SeriesState

IMPROBABLE: Final = constant(11.5)
"""Minus the natural logarithm of a probability of one in a hundred thousand."""
SELDOM: Final = constant(0.5)
"""Where no more events are expected an interval, most values are zero."""
REGULAR: Final = constant(0.5)
"""Share of a Poisson count's standard deviation."""
REMARKABLE: Final = constant(0.5)
"""Scores up to this stay as they are, and none is bounded further down: most intervals have no others."""
FEW: Final = constant(1)
"""Where no more events are expected an interval, more noise than usual is more events, and no season is trusted."""
SHARE_DAYS: Final = 1.0
LARGER: Final = constant(1.4)
SMALLER: Final = constant(0.9)
"""The steps of the size of a failure. Three down undo one up, so that a quarter of the failures exceed it."""


@dataclass(slots=True)
class Events:
    """Of one interval, by series: what the value is a count of.

    usual: how many are usual, of the season and of the long mean; 0 where the value is no count of single events.
    now: how many the season lets expect. rest: the value without events, 0 or the ceiling. size: what one adds to it,
    in the measure's unit: 1, or less than 0 of a failure.
    """

    usual: Floats
    now: Floats
    size: Floats
    rest: Floats


def expected_events(
    state: SeriesState, expectation: Expectation, values: Floats, additive: Flags, gains: Gains
) -> Events:
    """How many events are expected, by series.

    additive: which series are sums or counts. At least one event is expected in the memory of the mean: what never
    happened may happen once.
    """
    least = gains.of(SCALE_DAYS)
    usual = np.maximum(np.maximum(expectation.seasonal, state.long_mean), least)
    irregular = (usual <= SELDOM) | (state.spread >= REGULAR * np.sqrt(usual))
    whole = (values == np.floor(values)) & (state.signed == ZERO)
    events = Events(np.where(additive & whole & irregular, usual, ZERO), expectation.seasonal, ONE, ZERO)
    rests = ~additive & expectation.hangs & (state.missing_share <= SELDOM) & (state.missing_size > ZERO)
    if rests.any():
        size, rest = np.where(rests, -state.missing_size, ONE), np.where(rests, expectation.top, ZERO)
        now, mean = (expectation.seasonal - rest) / size, (state.long_mean - rest) / size
        usual = np.where(rests, np.maximum(np.maximum(now, mean), least), events.usual)
        events = Events(usual, now, size, rest)
    return events


def learn(state: SeriesState, expectation: Expectation, values: Floats, pace: Pace) -> None:
    """Learn how often something is missing from a ceiling, and how much at a time; of incidents nothing.

    The size moves by the same two steps, however far from it is what is missing.
    """
    if not expectation.any_hangs:
        return
    missing = expectation.top - values
    comes, size = missing > ZERO, state.missing_size
    share = state.missing_share + pace.gain(SHARE_DAYS) * (comes - state.missing_share)
    stepped = np.where(missing > size, np.minimum(size * LARGER, missing), np.maximum(size * SMALLER, missing))
    tells = expectation.hangs & comes & (state.alarm_run == ZERO)
    state.missing_share[:] = np.where(expectation.hangs, share, state.missing_share)
    state.missing_size[:] = np.where(tells, np.where(size > ZERO, stepped, missing), size)


def least_unit(events: Events) -> Floats:
    """The smallest unit of what the events do to the evidence, by series, in their direction.

    Of the day's mean at night, when fewer come, rises would be measured in a larger unit than falls, and the sums over
    many series would lean to one side.
    """
    return events.size * np.sqrt(np.where(events.now > FEW, np.minimum(events.usual, events.now), events.usual))


def scatter(state: SeriesState, events: Events, gains: Gains) -> Floats:
    """How little one value says where few events are usual, by series.

    The variance of a Poisson count as a share of its squared mean, beyond that of a count of one; else 0.
    """
    usual = np.maximum((state.long_mean - events.rest) / events.size, gains.of(SCALE_DAYS))
    return np.where(events.usual > ZERO, np.maximum(ONE / usual - ONE, ZERO), ZERO)


def bounded(state: SeriesState, scores: Floats, events: Events, values: Floats) -> Floats:
    """The scores, channel (and what is beyond all before) by series: where remarkable, no higher than improbable.

    `state.smooth_short` and `state.smooth_long` must already include this value, as
    they do behind `deviation.deviate`.
    """
    remarkable = (scores > REMARKABLE) & (events.usual > ZERO)
    if not remarkable.any():
        return scores
    mean = np.where(events.usual > ZERO, events.usual, ONE)
    off = (values - events.rest) / events.size - events.usual
    short, long = state.smooth_short / events.size, state.smooth_long / events.size
    now = improbability(off, mean)
    lately = improbability(SMOOTHED_POINTS * short, SMOOTHED_POINTS * mean)
    bounds, ways = np.empty_like(scores), np.empty_like(scores)
    bounds[:], ways[:] = now, off
    bounds[SMOOTHED], ways[SMOOTHED] = lately, short
    bounds[DRIFT] = improbability(DRIFT_POINTS * long, DRIFT_POINTS * mean)
    ways[DRIFT] = long
    bounds[VOLATILITY] = np.where(mean <= FEW, np.maximum(now, lately), INFINITE)
    bounds[EVIDENCE] = INFINITE
    applies = remarkable & ((ways > ZERO) | (events.usual <= SELDOM))
    probable = np.maximum(bounds / IMPROBABLE, REMARKABLE)
    return np.where(applies, np.minimum(scores, probable), scores)
