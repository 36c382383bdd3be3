"""Half-lives in days, as factors per interval."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

import numpy as np

from tidegate.contracts.interval import DAY_MINUTES
from tidegate.detect.arithmetic import ONE, constant
from tidegate.detect.state import Floats

MIN_HALF_LIFE_POINTS: Final = 30
"""Long intervals must not forget within a few points: no memory is shorter than this, whatever its days say."""
LEARNING_POINTS: Final = 300
LEARNING_DAYS: Final = 14


@dataclass(frozen=True)
class Pace:
    """How fast things are learned and forgotten at one interval length."""

    interval_minutes: int

    @cached_property
    def points_per_day(self) -> float:
        return DAY_MINUTES / self.interval_minutes

    @cached_property
    def learning_points(self) -> int:
        """Points of a series before it is scored: 300, or two weeks of them where that is fewer (as Lookout)."""
        return min(LEARNING_POINTS, round(LEARNING_DAYS * self.points_per_day))

    def points(self, days: float) -> float:
        """A half-life of so many days, in points."""
        return max(days * self.points_per_day, MIN_HALF_LIFE_POINTS)

    def decay(self, days: float) -> Floats:
        """The factor per interval that halves in so many days."""
        return _decay(self.interval_minutes, days)

    def gain(self, days: float) -> Floats:
        """The weight of a new point in an average whose memory halves in so many days."""
        return _gain(self.interval_minutes, days)

    def fade(self, hours: float) -> Floats:
        """The factor per interval that halves in so many hours, but not in less than three intervals."""
        return _fade(self.interval_minutes, hours)


class Gains:
    """Weights of a new point, by series: in an average of all points so far, and of some days once there are more.

    points: of each series before this one.
    """

    def __init__(self, pace: Pace, points: Floats) -> None:
        self.pace = pace
        self.first: Floats = ONE / (points + ONE)
        """As in the average of all points so far."""
        self._by_days: dict[float, Floats] = {}

    def of(self, days: float) -> Floats:
        """Where the memory halves in so many days."""
        gain = self._by_days.get(days)
        if gain is None:
            gain = self._by_days[days] = np.maximum(self.pace.gain(days), self.first)
        return gain


@cache
def _decay(minutes: int, days: float) -> Floats:
    """A step asks twenty times for the same few."""
    return constant(0.5 ** (1 / Pace(minutes).points(days)))


@cache
def _gain(minutes: int, days: float) -> Floats:
    return constant(float(ONE - _decay(minutes, days)))


@cache
def _fade(minutes: int, hours: float) -> Floats:
    return constant(0.5 ** (1 / max(hours * 60 / minutes, 3.0)))
