"""What is remembered of each series: arrays with one column a series, all series of the detector side by side.

Small numbers lie as rows of one float32 block, so that the rows of some series are taken and put back in one copy. The
seasonal tables are float16 and only ever touched at the interval's own slots.
"""

from itertools import accumulate
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.floating[Any]]
"""float32 where it is kept; what is computed in between is float32 too, wherever it matters for speed."""
type Halves = npt.NDArray[np.float16]
type Flags = npt.NDArray[np.bool_]
type Rows = npt.NDArray[np.intp]

CANDIDATES: Final = 4
SEASONS: Final = 2
CHANNELS: Final = 7
WINDOW_COUNT: Final = 6
HABITS: Final = 2
SIDES: Final = 2
"""Above and below: what belongs below is kept negated."""

LAYOUT: Final = {
    "points": 1,
    "life": 1,
    "last": 1,
    "fast": 1,
    "level": 1,
    "long_mean": 1,
    "magnitude": 1,
    "signed": 1,
    "candidate_error": CANDIDATES,
    "season_miss": SEASONS,
    "season_error": SEASONS,
    "previous_error": 1,
    "error_covariance": 1,
    "error_variance": 1,
    "smooth_short": 1,
    "smooth_long": 1,
    "volatility": 1,
    "usual_volatility": 1,
    "channel_scale": CHANNELS,
    "channel_record": CHANNELS,
    "channel_log_mean": CHANNELS,
    "channel_log_variance": CHANNELS,
    "sharp_points": 1,
    "usual_share": 1,
    "recent_share": 1,
    "spread": 1,
    "log_expected": 1,
    "log_expected_variance": 1,
    "log_residual": 1,
    "log_covariance": 1,
    "window_sum": WINDOW_COUNT,
    "window_scale": WINDOW_COUNT,
    "sudden_record": 1,
    "unrest": 1,
    "usual_unrest": 1,
    "fourth_moment": 1,
    "extremes": SIDES,
    "extremes_told": SIDES,
    "extremes_before": SIDES,
    "extremes_lately": SIDES,
    "recent_size": 1,
    "recent_volatility": 1,
    "missing_size": 1,
    "missing_share": 1,
    "caution": 1,
    "habit": HABITS,
    "habit_pause": HABITS,
    "alarm_run": 1,
    "other_level": 1,
    "other_age": 1,
    "presence": 1,
    "return_run": 1,
    "repeat_rate": 1,
    "repeat_run": 1,
    "longest_repeat": 1,
    "absent_run": 1,
    "longest_absence": 1,
    "read_as_zero": 1,
    "last_seen_day": 1,
}
"""Name -> rows in the block. The meaning of each is said where it is learned."""
_ENDS: Final = tuple(accumulate(LAYOUT.values()))
_PLACES: Final = tuple(
    end - 1 if width == 1 else slice(end - width, end) for end, width in zip(_ENDS, LAYOUT.values(), strict=True)
)


class SeriesState:
    """The small numbers of every series; each name is a view of `block` (a row, or rows, by series)."""

    points: Floats
    life: Floats
    last: Floats
    fast: Floats
    level: Floats
    long_mean: Floats
    magnitude: Floats
    signed: Floats
    candidate_error: Floats
    season_miss: Floats
    season_error: Floats
    previous_error: Floats
    error_covariance: Floats
    error_variance: Floats
    smooth_short: Floats
    smooth_long: Floats
    volatility: Floats
    usual_volatility: Floats
    channel_scale: Floats
    channel_record: Floats
    channel_log_mean: Floats
    channel_log_variance: Floats
    sharp_points: Floats
    usual_share: Floats
    recent_share: Floats
    spread: Floats
    log_expected: Floats
    log_expected_variance: Floats
    log_residual: Floats
    log_covariance: Floats
    window_sum: Floats
    window_scale: Floats
    sudden_record: Floats
    unrest: Floats
    usual_unrest: Floats
    fourth_moment: Floats
    extremes: Floats
    extremes_told: Floats
    extremes_before: Floats
    extremes_lately: Floats
    recent_size: Floats
    recent_volatility: Floats
    missing_size: Floats
    missing_share: Floats
    caution: Floats
    habit: Floats
    habit_pause: Floats
    alarm_run: Floats
    other_level: Floats
    other_age: Floats
    presence: Floats
    return_run: Floats
    repeat_rate: Floats
    repeat_run: Floats
    longest_repeat: Floats
    absent_run: Floats
    longest_absence: Floats
    read_as_zero: Floats
    last_seen_day: Floats

    def __init__(self, block: Floats) -> None:
        self.block = block
        vars(self).update(zip(LAYOUT, map(block.__getitem__, _PLACES), strict=True))

    @classmethod
    def new(cls, count: int) -> Self:
        """So many series of which nothing is known."""
        state = cls(np.zeros((sum(LAYOUT.values()), count), np.float32))
        state.candidate_error[:] = -1
        state.channel_log_variance[:] = 1
        state.window_scale[:] = 1
        state.unrest[:] = 1
        state.usual_unrest[:] = 1
        state.fourth_moment[:] = 3
        state.missing_share[:] = 1
        state.presence[:] = 1
        return state

    def __len__(self) -> int:
        return int(self.block.shape[1])

    def take(self, rows: Rows) -> Self:
        return type(self)(np.take(self.block, rows, axis=1))

    def put(self, rows: Rows, part: Self) -> None:
        self.block[:, rows] = part.block

    def extended(self, count: int) -> Self:
        """With so many new series behind the known ones."""
        return type(self)(np.concatenate([self.block, type(self).new(count).block], axis=1))

    def kept(self, keep: Flags) -> Self:
        """Only the series that are to be kept."""
        return type(self)(np.ascontiguousarray(self.block[:, keep]))
