"""A known series that stops.

The absence of a sum or a count means zero where the series was there in nearly every interval: it is judged as that
zero, like any other value (detector.py). Where zero lies far below what is usual, and rows have been missing lately
although there were orders, an absence means zero only as soon as chance is no explanation: below one in ten thousand
by the formula below, or while the series deviates already. Till then it is a value that is missing. An average, a
minimum or a maximum has no value that could stand for nothing; its silence is scored by how unusual it is, with p the
usual share of intervals with a value,

    probability of n absences in a row = (1 - p) ** n.

It is an anomaly where the series was there in nearly every interval, the longest absence remembered was shorter, and
series do not come and go: machines and cameras do, and where a tenth of the series have been gone for longer than an
incident lasts, one more says little. Like every lasting change it is told for some intervals and then is the normal
state. `MissingSeries=zero` makes every absence of a sum or a count a zero.
"""

from typing import Final

import numpy as np

from tidegate.detect.arithmetic import ONE, ZERO, clip, constant
from tidegate.detect.levels import SHIFT_POINTS
from tidegate.detect.pace import Pace
from tidegate.detect.state import Flags, Floats, SeriesState

ALWAYS_PRESENT: Final = constant(0.95)
"""From this share of intervals with a value on, the absence of a sum or count means zero."""
SURPRISE: Final = constant(14)
"""Minus the natural logarithm of a probability of about 1 in a million."""
BELOW_THE_LINE: Final = constant(0.93)
LARGEST_SCORE: Final = constant(2)
LONGER: Final = constant(1.5)
"""An absence is remarkable when it is half as long again as the longest one remembered."""
MEMORY_DAYS: Final = 14.0
USUALLY_GONE: Final = 0.1
"""Series come and go where more than this share of them have been gone for longer than TOLD_POINTS."""
TOLD_POINTS: Final = constant(SHIFT_POINTS)
LARGEST_PRESENCE: Final = constant(0.99)
SMALLEST_PRESENCE: Final = constant(0.01)
ORDINARY_ZERO: Final = constant(3)
"""Zero is an ordinary value where the level is at most so many standard deviations above it."""
DISTURBED: Final = constant(2)
"""A series deviates already where the squares of its last dozen deviations are so many times as large as usual."""
UNLIKELY: Final = constant(9.2)
"""Minus the natural logarithm of a probability of 1 in ten thousand."""
_SMALLEST_CHANCE: Final = constant(1e-6)
_LONGEST_RUN: Final = constant(1000)
PRESENCE_DAYS: Final = 4.0


def means_zero(state: SeriesState, additive: Flags, pace: Pace) -> Flags:
    """For which series an absence is read as zero."""
    settled = state.points >= pace.learning_points
    presence = _presence_before(state, pace)
    ordinary = state.level <= ORDINARY_ZERO * state.spread
    surprise = (state.absent_run + ONE) * -np.log(np.maximum(ONE - presence, _SMALLEST_CHANCE))
    disturbed = state.unrest > DISTURBED * np.maximum(state.usual_unrest, ONE)
    is_zero = (presence >= ALWAYS_PRESENT) & (ordinary | disturbed | (surprise >= UNLIKELY))
    return np.asarray(additive & settled & (is_zero | (state.read_as_zero > ZERO)))


def score(state: SeriesState, absent: Flags, pace: Pace) -> Floats:
    """How unusual the absence of the others is; 1 is the alarm line."""
    settled = state.points >= pace.learning_points
    run = state.absent_run + ONE
    presence = _presence_before(state, pace)
    needed = _needed(state, presence)
    gone = settled & (state.absent_run > needed + TOLD_POINTS)
    comes_and_goes = np.count_nonzero(gone) > USUALLY_GONE * np.count_nonzero(settled)
    told = (presence >= ALWAYS_PRESENT) & (run <= needed + TOLD_POINTS) & (not comes_and_goes)
    return np.where(absent & settled, np.minimum(run / needed, np.where(told, LARGEST_SCORE, BELOW_THE_LINE)), ZERO)


def renewed(state: SeriesState, absent: Flags, pace: Pace) -> Floats:
    """For how many intervals the absence of the others has been their normal state."""
    over = state.absent_run + ONE - _needed(state, _presence_before(state, pace)) - TOLD_POINTS
    return np.where(absent & (state.points >= pace.learning_points), np.maximum(np.ceil(over), ZERO), ZERO)


def _needed(state: SeriesState, presence: Floats) -> Floats:
    """How many absences in a row are remarkable."""
    needed = SURPRISE / -np.log(ONE - clip(presence, SMALLEST_PRESENCE, LARGEST_PRESENCE))
    return np.asarray(np.maximum(needed, LONGER * state.longest_absence))


def _presence_before(state: SeriesState, pace: Pace) -> Floats:
    """The usual presence when the absence began: since then every interval has taken its share of it."""
    kept = pace.decay(PRESENCE_DAYS)
    return np.asarray(np.minimum(state.presence / kept ** np.minimum(state.absent_run, _LONGEST_RUN), ONE))


def learn(state: SeriesState, present: Flags, read_as_zero: Flags, pace: Pace) -> None:
    """Count absences and learn how usual they are; of those read as zero only the first, for the rest is no chance."""
    run = state.absent_run + ONE
    gain = np.maximum(pace.gain(PRESENCE_DAYS), ONE / (state.points + run))
    goes_on = read_as_zero & (state.absent_run > ZERO)
    state.presence += gain * ((present | goes_on) - state.presence)
    ended = np.where(present, state.absent_run, ZERO)
    state.longest_absence[:] = np.maximum(state.longest_absence * pace.decay(MEMORY_DAYS), ended)
    state.absent_run[:] = np.where(present, ZERO, run)
    state.read_as_zero[:] = read_as_zero
