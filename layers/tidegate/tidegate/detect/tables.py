"""What is kept of every series by time: slots of the day, hours of the week, weekdays, single intervals of the day."""

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from tidegate.detect.slots import slots_per_day
from tidegate.detect.state import Flags, Floats, Halves, Rows

WEEKDAYS: Final = 7
PUNCTUAL: Final = 8
"""How many intervals of the day of a series may be unlike those around them."""


@dataclass(slots=True)
class Tables:
    """The seasonal shares of all series: slot by series, NaN where a slot was never seen.

    weekday_points: how much was seen of a weekday, in points that tell of it; informative: how much a point tells.
    punctual_at: intervals of the day that have an entry of their own (punctual.py), -1 where there is none, entry by
    series; with the amount by which they differ, how often that came, and weekdays as bits, Monday first: those on
    which it came when they were last seen, and those seen.
    """

    day: Halves
    hour_of_week: Halves
    weekday: Floats
    weekday_points: Floats
    informative: Floats
    week_power: Floats
    week_noise: Floats
    punctual_at: npt.NDArray[np.int16]
    punctual_amount: Floats
    punctual_count: npt.NDArray[np.uint8]
    punctual_on: npt.NDArray[np.uint8]
    punctual_known: npt.NDArray[np.uint8]

    @classmethod
    def new(cls, count: int, interval_minutes: int) -> Self:
        day_slots, hours = slots_per_day(interval_minutes)
        return cls(
            day=np.full((day_slots, count), np.nan, np.float16),
            hour_of_week=np.full((WEEKDAYS * hours, count), np.nan, np.float16),
            weekday=np.zeros((WEEKDAYS, count), np.float32),
            weekday_points=np.zeros((WEEKDAYS, count), np.float32),
            informative=np.ones(count, np.float32),
            week_power=np.zeros(count, np.float32),
            week_noise=np.zeros(count, np.float32),
            punctual_at=np.full((PUNCTUAL, count), -1, np.int16),
            punctual_amount=np.zeros((PUNCTUAL, count), np.float32),
            punctual_count=np.zeros((PUNCTUAL, count), np.uint8),
            punctual_on=np.zeros((PUNCTUAL, count), np.uint8),
            punctual_known=np.zeros((PUNCTUAL, count), np.uint8),
        )

    def extended(self, count: int, interval_minutes: int) -> Self:
        """With so many new series behind the known ones."""
        new = type(self).new(count, interval_minutes)
        pairs = ((getattr(self, f.name), getattr(new, f.name)) for f in fields(self))
        return type(self)(*(np.concatenate(pair, axis=-1) for pair in pairs))

    def forget(self, rows: Rows) -> None:
        """Forget what was learned of some series."""
        for never_seen in (self.day, self.hour_of_week):
            never_seen[:, rows] = np.nan
        for empty in (self.weekday, self.weekday_points, self.week_power, self.week_noise):
            empty[..., rows] = 0
        self.informative[rows] = 1
        self.punctual_at[:, rows] = -1

    def kept(self, keep: Flags) -> Self:
        """Only the series that are to be kept."""
        return type(self)(*(np.ascontiguousarray(getattr(self, f.name)[..., keep]) for f in fields(self)))
