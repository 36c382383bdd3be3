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
"""

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
from tidegate.detect.pace import Gains
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


def expected_events(
    state: SeriesState, expectation: Expectation, values: Floats, additive: Flags, gains: Gains
) -> Floats:
    """How many events are expected, by series; 0 where the value is no count of single events.

    additive: which series are sums or counts. At least one event is expected in the memory of the mean: what never
    happened may happen once.
    """
    mean = np.maximum(np.maximum(expectation.seasonal, state.long_mean), gains.of(SCALE_DAYS))
    irregular = (mean <= SELDOM) | (state.spread >= REGULAR * np.sqrt(mean))
    whole = (values == np.floor(values)) & (state.signed == ZERO)
    return np.where(additive & whole & irregular, mean, ZERO)


def least_unit(expectation: Expectation, events: Floats) -> Floats:
    """The smallest unit of a rise in the evidence, by series. events: as `expected_events` says.

    Of the day's mean at night, when fewer come, rises would be measured in a larger unit than falls, and the sums over
    many series would lean to one side.
    """
    now = expectation.seasonal
    return np.sqrt(np.where(now > FEW, np.minimum(events, now), events))


def scatter(state: SeriesState, events: Floats, gains: Gains) -> Floats:
    """How little one value says where few events are usual, by series. events: as `expected_events` says.

    The variance of a Poisson count as a share of its squared mean, beyond that of a count of one; else 0.
    """
    usual = np.maximum(state.long_mean, gains.of(SCALE_DAYS))
    return np.where(events > ZERO, np.maximum(ONE / usual - ONE, ZERO), ZERO)


def bounded(state: SeriesState, scores: Floats, events: Floats, values: Floats) -> Floats:
    """The scores, channel (and what is beyond all before) by series: where remarkable, no higher than improbable.

    events: as expected_events says. `state.smooth_short` and `state.smooth_long` must already include this value, as
    they do behind `deviation.deviate`.
    """
    remarkable = (scores > REMARKABLE) & (events > ZERO)
    if not remarkable.any():
        return scores
    mean, off = np.where(events > ZERO, events, ONE), values - events
    now = improbability(off, mean)
    lately = improbability(SMOOTHED_POINTS * state.smooth_short, SMOOTHED_POINTS * mean)
    bounds, ways = np.empty_like(scores), np.empty_like(scores)
    bounds[:], ways[:] = now, off
    bounds[SMOOTHED], ways[SMOOTHED] = lately, state.smooth_short
    bounds[DRIFT] = improbability(DRIFT_POINTS * state.smooth_long, DRIFT_POINTS * mean)
    ways[DRIFT] = state.smooth_long
    bounds[VOLATILITY] = np.where(mean <= FEW, np.maximum(now, lately), INFINITE)
    bounds[EVIDENCE] = INFINITE
    applies = remarkable & ((ways > ZERO) | (events <= SELDOM))
    probable = np.maximum(bounds / IMPROBABLE, REMARKABLE)
    return np.where(applies, np.minimum(scores, probable), scores)
