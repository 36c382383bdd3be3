"""Half-lives in days, as factors per interval."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from tidegate.contracts.interval import DAY_MINUTES

MIN_HALF_LIFE_POINTS: Final = 30
"""Long intervals must not forget within a few points: no memory is shorter than this, whatever its days say."""
LEARNING_POINTS: Final = 300
LEARNING_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast things are learned and forgotten at one interval length."""

    interval_minutes: int

    @property
    def points_per_day(self) -> float:
        return DAY_MINUTES / self.interval_minutes

    @property
    def learning_points(self) -> int:
        """Points of a series before it is scored: 300, or two weeks of them where that is fewer (as Lookout)."""
        return min(LEARNING_POINTS, round(LEARNING_DAYS * self.points_per_day))

    def points(self, days: float) -> float:
        """A half-life of so many days, in points."""
        return max(days * self.points_per_day, MIN_HALF_LIFE_POINTS)

    def decay(self, days: float) -> np.float32:
        """The factor per interval that halves in so many days."""
        return _decay(self.points(days))

    def gain(self, days: float) -> np.float32:
        """The weight of a new point in an average whose memory halves in so many days."""
        return np.float32(1) - self.decay(days)


@cache
def _decay(points: float) -> np.float32:
    """A step asks thirty times for the same few."""
    return np.float32(0.5 ** (1 / points))
