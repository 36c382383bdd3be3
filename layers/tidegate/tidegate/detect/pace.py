"""Half-lives in days, as factors per interval."""

import math
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
DAYS_A_WEEK: Final = 7
REFERENCE_POINTS: Final = 2016
"""A week of five-minute intervals, for which the lines of sums are given."""


class Pace:
    """How fast things are learned and forgotten at one interval length.

    decay: of so many days, the factor per interval that halves in them. gain: the weight of a new point in an average
    whose memory halves in so many days. fade: as decay, of hours, but not in less than three intervals. A step asks
    thirty times for the same few. learning_points: points of a series before it is scored: 300, or two weeks of them
    where that is fewer (as Lookout).

    largest_of_week: how far the largest of a week's deviations lies, as a multiple of that of a week of five-minute
    intervals. The largest of n standard normal numbers grows as sqrt(2 ln n) (Cramer 1946): a week of hours has fewer
    chances to go far by accident, so that the same line would tell of less.
    """

    def __init__(self, interval_minutes: int) -> None:
        self.interval_minutes: Final = interval_minutes
        self.points_per_day: Final = DAY_MINUTES / interval_minutes
        self.learning_points: Final = min(LEARNING_POINTS, round(LEARNING_DAYS * self.points_per_day))
        points_a_week = DAYS_A_WEEK * self.points_per_day
        self.largest_of_week: Final = constant(math.sqrt(math.log(points_a_week) / math.log(REFERENCE_POINTS)))
        self.decay: Final = cache(self._decay)
        self.gain: Final = cache(self._gain)
        self.fade: Final = cache(self._fade)

    def points(self, days: float) -> float:
        """A half-life of so many days, in points."""
        return max(days * self.points_per_day, MIN_HALF_LIFE_POINTS)

    def _decay(self, days: float) -> Floats:
        return constant(0.5 ** (1 / self.points(days)))

    def _gain(self, days: float) -> Floats:
        return constant(ONE - self.decay(days))

    def _fade(self, hours: float) -> Floats:
        return constant(0.5 ** (1 / max(hours * 60 / self.interval_minutes, 3.0)))


class Gains:
    """Weights of a new point, by series: in an average of all points so far, and of some days once there are more.

    points: of each series before this one.
    """

    def __init__(self, pace: Pace, points: Floats) -> None:
        self.pace = pace
        self.first: Floats = ONE / (points + ONE)
        """As in the average of all points so far."""
        self._points = points
        self._by_days: dict[float, Floats] = {}

    @cached_property
    def youngest(self) -> float:
        """The points of the series that has fewest: what only young series need is left out where there are none."""
        return float(np.minimum.reduce(self._points, initial=np.inf))

    def of(self, days: float) -> Floats:
        """Where the memory halves in so many days."""
        gain = self._by_days.get(days)
        if gain is None:
            gain = self._by_days[days] = np.maximum(self.pace.gain(days), self.first)
        return gain
