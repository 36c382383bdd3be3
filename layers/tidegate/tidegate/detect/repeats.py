"""A flat line where there was life: the same value again and again in a series that seldom repeats itself.

With r the usual share of values that equal the one before, a run of n repeats has the probability r ** n. A line is
flat when that is below 1 in a million and the run is half as long again as the longest one remembered. Zeros do not
count: many series rest at zero, and falling to zero is another matter. An absence ends a run.
"""

from typing import Final

import numpy as np

from tidegate.detect.pace import Pace
from tidegate.detect.state import Floats, SeriesState

SURPRISE: Final = np.float32(14)
"""Minus the natural logarithm of a probability of about 1 in a million."""
SMALLEST_RATE: Final = np.float32(0.02)
LONGER: Final = np.float32(1.5)
SHORTEST: Final = np.float32(3)
"""The longest run remembered is taken for at least so long."""
MEMORY_DAYS: Final = 7.0


def score(state: SeriesState, values: Floats, pace: Pace) -> Floats:
    """How flat the line is (1 is the alarm line); learns the run."""
    same = (values == state.last) & (values != 0) & (state.points > 0) & (state.absent_run == 0)
    longest = np.maximum(state.longest_repeat, SHORTEST)
    ended = np.where(same, 0, np.minimum(state.repeat_run, 2 * longest))
    state.longest_repeat[:] = np.maximum(state.longest_repeat * pace.decay(MEMORY_DAYS), ended)
    state.repeat_run[:] = np.where(same, state.repeat_run + 1, 0)
    surprise = -state.repeat_run * np.log(np.clip(state.repeat_rate, SMALLEST_RATE, 0.999))
    flat = np.minimum(surprise / SURPRISE, state.repeat_run / (LONGER * longest))
    gain = np.maximum(pace.gain(MEMORY_DAYS), 1 / (state.points + 1))
    state.repeat_rate += np.where(flat < 1, gain * (same - state.repeat_rate), 0)
    return np.asarray(flat)
