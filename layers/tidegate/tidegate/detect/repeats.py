"""A flat line where there was life: the same value again and again in a series that seldom repeats itself.

With r the usual share of values that equal the one before (where it did not rest), a run of n repeats has the
probability r ** n. A line is flat when that is below 1 in a million and the run is half as long again as the longest
one remembered. Where a series rests, repeats do not count: at zero, as many do (and falling to zero is another matter),
and at its ceiling, where a rate of success stays all night if nothing fails. An absence ends a run.
"""

from typing import Final

import numpy as np

from tidegate.detect.arithmetic import ONE, ZERO, clip, constant
from tidegate.detect.expectation import Expectation
from tidegate.detect.pace import Gains
from tidegate.detect.state import Flags, Floats, SeriesState

SURPRISE: Final = constant(14)
"""Minus the natural logarithm of a probability of about 1 in a million."""
SMALLEST_RATE: Final = constant(0.02)
LARGEST_RATE: Final = constant(0.999)
LONGER: Final = constant(1.5)
SHORTEST: Final = constant(3)
"""The longest run remembered is taken for at least so long."""
MEMORY_DAYS: Final = 7.0
_LARGEST_LESSON: Final = constant(2)
"""A run is remembered as if it were at most twice as long as the longest one so far."""


def score(state: SeriesState, expectation: Expectation, values: Floats, gains: Gains) -> Floats:
    """How flat the line is (1 is the alarm line); learns the run."""
    same = (values == state.last) & (state.points > ZERO) & (state.absent_run == ZERO) & ~_rests(expectation, values)
    longest = np.maximum(state.longest_repeat, SHORTEST)
    ended = np.where(same, ZERO, np.minimum(state.repeat_run, _LARGEST_LESSON * longest))
    state.longest_repeat[:] = np.maximum(state.longest_repeat * gains.pace.decay(MEMORY_DAYS), ended)
    state.repeat_run[:] = np.where(same, state.repeat_run + ONE, ZERO)
    surprise = -state.repeat_run * np.log(clip(state.repeat_rate, SMALLEST_RATE, LARGEST_RATE))
    flat = np.minimum(surprise / SURPRISE, state.repeat_run / (LONGER * longest))
    learns = (flat < ONE) & ~_rests(expectation, state.last)
    state.repeat_rate += np.where(learns, gains.of(MEMORY_DAYS) * (same - state.repeat_rate), ZERO)
    return np.asarray(flat)


def _rests(expectation: Expectation, values: Floats) -> Flags:
    return np.asarray((values == ZERO) | (values >= expectation.ceiling))
