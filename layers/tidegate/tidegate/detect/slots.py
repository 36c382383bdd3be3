"""Where an interval lies in its local day and week: which cells of the seasonal tables are its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

import numpy as np

from tidegate.contracts.interval import DAY_MINUTES
from tidegate.detect.arithmetic import ZERO, number
from tidegate.detect.state import Floats

MAX_DAY_SLOTS: Final = 96
MAX_HOURS: Final = 24
_GOLDEN: Final = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Slots:
    """Where an interval lies in the local day and week.

    beside: the hour of the week that the interval's middle is nearest to but its own, itself at the ends of the day.
    nearness: how far the middle is on the way there from its own hour's: 0 to 1/2.
    """

    day: int
    weekday: int
    hour_of_week: int
    beside: int
    nearness: float
    interval: int
    dither: float

    @classmethod
    def at(cls, local_start: datetime, interval_minutes: int) -> Self:
        """The slots of the interval that starts then; `local_start` is aware, in the detector's zone."""
        minute = local_start.hour * 60 + local_start.minute
        day_slots, hours = slots_per_day(interval_minutes)
        hour = minute * hours // DAY_MINUTES
        off = (minute + interval_minutes / 2) * hours / DAY_MINUTES - hour - 0.5
        other = min(max(hour + (1 if off > 0 else -1), 0), hours - 1)
        place = int(local_start.timestamp()) // (60 * interval_minutes)
        return cls(
            day=minute * day_slots // DAY_MINUTES,
            weekday=local_start.weekday(),
            hour_of_week=local_start.weekday() * hours + hour,
            beside=local_start.weekday() * hours + other,
            nearness=abs(off),
            interval=minute // interval_minutes,
            dither=place * _GOLDEN % 1 - 0.5,
        )

    def between(self, own: Floats, beside: Floats) -> Floats:
        """What the cells of two hours say of an interval between their middles; NaN is a cell never seen.

        With one step an hour all intervals of a steep flank would be off, up at its beginning and down at its end.
        """
        known = np.where(np.isfinite(own), own, ZERO)
        if self.nearness == 0:
            return known
        return known + number(self.nearness) * np.where(np.isfinite(beside), beside - known, ZERO)


def slots_per_day(interval_minutes: int) -> tuple[int, int]:
    """How many slots a day profile has, and how many hours a day of the hour of week."""
    points = DAY_MINUTES // interval_minutes
    return min(MAX_DAY_SLOTS, points), min(MAX_HOURS, points)
