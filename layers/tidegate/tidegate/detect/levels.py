"""A lasting shift is one incident: it becomes the new normal, and the old normal is remembered for its return.

After an alarm, a deviation that goes on in the same direction for SHIFT_POINTS points moves the level to where the
series is now; meanwhile the level learns nothing (the season does: repeats become season). The former level is kept
for a week: a value is judged against whichever of the two is nearer, and RETURN_POINTS values in a row nearer to the
former one bring it back, all without an alarm. What is left over of a move is no news for a day. (Lookout took five to
ten points, and remembered nothing.)
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tidegate.detect.arithmetic import ONE, ZERO, constant, number
from tidegate.detect.deviation import SMOOTHED, Deviation
from tidegate.detect.expectation import BY_WEEK, TINY, Expectation
from tidegate.detect.pace import Pace
from tidegate.detect.seasonality import LARGEST_WEEKDAY, Season
from tidegate.detect.state import Flags, Floats, SeriesState

SHIFT_POINTS: Final = 8
RETURN_POINTS: Final = 4
GOES_ON: Final = constant(2.5)
"""A deviation goes on while its short average or the sum over six points is so many standard deviations."""
AGREES: Final = constant(0.5)
"""A value agrees with the incident when it deviates at least half as far as the short average ..."""
SETBACK: Final = constant(2)
"""... and one that does not takes two points back: the average of a short spike fades slowly."""
REMEMBERED_DAYS: Final = 7.0
SMALLEST_LEVEL: Final = constant(0.02)
"""A level never falls below 2 % of the one before: seasonal shares of nothing say nothing."""
EXPLAINED: Final = constant(0.5)
"""A deviation is a new weekday's while what was learned of it leaves less than half."""
LEFT_OVER: Final = constant(0.93)
"""The score, below the line of 1, of what is left over of a move."""
LEFT_OVER_DAYS: Final = 1
_SIX_POINTS: Final = 2
_ARRIVED: Final = constant(0.85)
"""How much of a shift the short average shows when the level is moved."""


@dataclass(slots=True)
class Former:
    """The remembered level's expectation, which counts where one is remembered; and which are judged by it now."""

    expected: Floats
    nearer: Flags

    def told(self, followed: Floats, values: Floats) -> Floats:
        """What people are told was expected: by the former level where that is what values are nearest to."""
        if not self.nearer.any():
            return followed
        is_former = self.nearer & (np.abs(values - self.expected) < np.abs(values - followed))
        return np.where(is_former, self.expected, followed)


def recall(state: SeriesState, expectation: Expectation, values: Floats, punctual: Floats) -> Former:
    """Which values are nearer to what the former level lets expect. punctual: what comes beside (punctual.py)."""
    remembers = state.other_age > ZERO
    if not remembers.any():
        return Former(expectation.seasonal, remembers)
    unit = np.where(state.signed > ZERO, expectation.base, np.maximum(state.other_level, TINY))
    expected = state.other_level + unit * (expectation.factor - ONE) + punctual
    nearer = remembers & (np.abs(values - expected) < np.abs(values - expectation.seasonal))
    return Former(expected, nearer)


def follow(
    state: SeriesState,
    deviation: Deviation,
    season: Season,
    windows: Floats,
    expectation: Expectation,
    *,
    alarms: Flags,
) -> None:
    """Count how long an alarm's deviation has gone on; move the level where it has lasted.

    Not on a weekday that is not known yet, where what was learned of it explains half of the deviation: else the first
    quiet weekend would be a shift, and so would the next ones, for what is learned of them meanwhile is a share of the
    moved level.
    """
    if not (alarms | (state.alarm_run != ZERO)).any():
        state.alarm_run[:] = ZERO  # negative zeros too
        return
    direction = np.sign(state.smooth_short)
    strong = (deviation.standardised[SMOOTHED] >= GOES_ON) | (np.abs(windows[_SIX_POINTS]) >= GOES_ON)
    counting = strong & (state.alarm_run != ZERO) & (direction == np.sign(state.alarm_run))
    agrees = deviation.seasonal * direction >= AGREES * np.abs(state.smooth_short)
    length = np.maximum(np.abs(state.alarm_run) + np.where(agrees, ONE, -SETBACK), ZERO)
    state.alarm_run[:] = np.where(counting, length * direction, np.where(alarms, direction, ZERO))
    if season.new_weekday.any():
        # From here on the weekday is expected: what went on was against the day.
        state.alarm_run[season.new_weekday] = 0
    shifted = (np.abs(state.alarm_run) >= SHIFT_POINTS) & ~_is_weekdays(season, deviation, expectation)
    if shifted.any():
        _shift(state, shifted, expectation)


def _is_weekdays(season: Season, deviation: Deviation, expectation: Expectation) -> Flags:
    """Is a deviation what a weekday that is not known yet shows?"""
    by_week = expectation.candidates[BY_WEEK]
    left = np.abs(deviation.seasonal + expectation.seasonal - by_week)
    return np.asarray(~season.knows_weekday & (left < EXPLAINED * np.abs(deviation.seasonal)))


def moved_on_new_weekday(state: SeriesState, season: Season) -> Flags:
    """Which levels moved on this very weekday, which is not known yet.

    The level may have followed the weekday's shape: on the first Saturday that begins later than other days it falls in
    the morning, and all that comes after would be learned as far above it. No weekday is so many times the others that
    a level of next to nothing has a shape.
    """
    today = (state.other_age > ZERO) & (state.other_age <= season.seen + ONE) & ~season.knows_weekday
    bears_shares = state.level <= (ONE + LARGEST_WEEKDAY) * state.other_level
    return np.asarray(today & (bears_shares | (state.signed > ZERO)))


def of_former(state: SeriesState, expectation: Expectation, share: Floats) -> Floats:
    """Shares of the level as shares of the remembered one."""
    by_magnitude = share + (state.level - state.other_level) / expectation.base
    by_level = share * expectation.base / np.maximum(state.other_level, TINY)
    return np.where(state.signed > ZERO, by_magnitude, by_level)


def without_left_over(
    state: SeriesState, scores: Floats, deviation: Deviation, expectation: Expectation, pace: Pace
) -> Floats:
    """The scores, below the line where a deviation is what is left over of a move of the level.

    The level is moved to where eight values say that the series is, and may fall short of it. For a day, what lies off
    the same way by less than the move was is no news. It still counts as going on, and moves the level again.
    """
    lately = (state.other_age > ZERO) & (state.other_age <= number(LEFT_OVER_DAYS * pace.points_per_day))
    if not lately.any():
        return scores
    move = (state.level - state.other_level) * np.where(state.signed > ZERO, ONE, expectation.factor)
    further = deviation.seasonal * np.sign(move)
    left_over = lately & (further > ZERO) & (further < np.abs(move))
    return np.where(left_over, np.minimum(scores, LEFT_OVER), scores)


def begin_run(state: SeriesState, named: Flags) -> None:
    """A deviation that only an incident of many series shows is one all the same."""
    np.copyto(state.alarm_run, np.sign(state.smooth_short), where=named & (state.alarm_run == ZERO))


def _shift(state: SeriesState, shifted: Flags, expectation: Expectation) -> None:
    divisor = np.where(state.signed > 0, 1, expectation.factor)
    moved = state.level + state.smooth_short / _ARRIVED / divisor
    moved = np.where(state.signed > 0, moved, np.maximum(moved, SMALLEST_LEVEL * state.level))
    np.copyto(state.other_level, state.level, where=shifted & (state.other_age == 0))
    state.other_age[shifted] = 1
    state.long_mean[shifted] += (moved - state.level)[shifted]
    np.copyto(state.level, moved, where=shifted, casting="same_kind")
    _clear(state, shifted)


def _clear(state: SeriesState, rows: Flags) -> None:
    """The sums so far, of deviations and of their squares, were measured against another level."""
    state.smooth_short[rows] = 0
    state.smooth_long[rows] = 0
    state.window_sum[:, rows] = 0
    np.minimum(state.unrest, state.usual_unrest, out=state.unrest, where=rows)
    state.alarm_run[rows] = 0


def come_back(state: SeriesState, former: Former, pace: Pace) -> None:
    """Bring the former level back where values stay nearer to it; forget it after a week."""
    remembers = state.other_age > ZERO
    if not remembers.any():
        return
    state.return_run[:] = np.where(former.nearer, state.return_run + 1, 0)
    back = state.return_run >= RETURN_POINTS
    state.long_mean[back] += (state.other_level - state.level)[back]
    np.copyto(state.level, state.other_level, where=back)
    _clear(state, back)
    state.other_age += remembers
    over = back | (state.other_age > pace.points(REMEMBERED_DAYS))
    state.other_age[over] = 0
    state.return_run[over] = 0
