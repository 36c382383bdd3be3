"""A known series that stops.

The absence of a sum or a count means zero where the series was there in nearly every interval: it is judged as that
zero, like any other value (detector.py). An average, a minimum or a maximum has no value that could stand for
nothing; its silence is scored by how unusual it is, with p the usual share of intervals with a value,

    probability of n absences in a row = (1 - p) ** n,

but stays just below the alarm line: machines and cameras come and go. `MissingSeries=zero` makes it a zero.
"""

from typing import Final

import numpy as np

from tidegate.detect.pace import Pace
from tidegate.detect.state import Flags, Floats, SeriesState

ALWAYS_PRESENT: Final = np.float32(0.95)
"""From this share of intervals with a value on, the absence of a sum or count means zero."""
SURPRISE: Final = np.float32(14)
"""Minus the natural logarithm of a probability of about 1 in a million."""
BELOW_THE_LINE: Final = np.float32(0.93)
LARGEST_PRESENCE: Final = np.float32(0.99)
PRESENCE_DAYS: Final = 4.0


def means_zero(state: SeriesState, additive: Flags, pace: Pace) -> Flags:
    """For which series an absence is read as zero."""
    settled = state.points >= pace.learning_points
    return np.asarray(additive & settled & ((state.presence >= ALWAYS_PRESENT) | (state.read_as_zero > 0)))


def score(state: SeriesState, absent: Flags, pace: Pace) -> Floats:
    """How unusual the absence of the others is, at most just below 1, the alarm line."""
    surprise = -(state.absent_run + 1) * np.log(1 - np.minimum(state.presence, LARGEST_PRESENCE))
    settled = state.points >= pace.learning_points
    return np.where(absent & settled, np.minimum(surprise / SURPRISE, BELOW_THE_LINE), 0)


def learn(state: SeriesState, present: Flags, read_as_zero: Flags, pace: Pace) -> None:
    """Count absences and learn how usual they are."""
    gain = np.maximum(pace.gain(PRESENCE_DAYS), 1 / (state.points + state.absent_run + 1))
    state.presence += gain * (present - state.presence)
    state.absent_run[:] = np.where(present, 0, state.absent_run + 1)
    state.read_as_zero[:] = read_as_zero
