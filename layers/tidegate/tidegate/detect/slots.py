"""Where an interval lies in its local day and week: which cells of the seasonal tables are its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from tidegate.contracts.interval import DAY_MINUTES

MAX_DAY_SLOTS: Final = 96
MAX_HOURS: Final = 24
_GOLDEN: Final = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Slots:
    """Where an interval lies in the local day and week."""

    day: int
    weekday: int
    hour_of_week: int
    interval: int
    dither: float

    @classmethod
    def at(cls, local_start: datetime, interval_minutes: int) -> Self:
        """The slots of the interval that starts then; `local_start` is aware, in the detector's zone."""
        minute = local_start.hour * 60 + local_start.minute
        day_slots, hours = slots_per_day(interval_minutes)
        hour = minute * hours // DAY_MINUTES
        number = int(local_start.timestamp()) // (60 * interval_minutes)
        return cls(
            day=minute * day_slots // DAY_MINUTES,
            weekday=local_start.weekday(),
            hour_of_week=local_start.weekday() * hours + hour,
            interval=minute // interval_minutes,
            dither=number * _GOLDEN % 1 - 0.5,
        )


def slots_per_day(interval_minutes: int) -> tuple[int, int]:
    """How many slots a day profile has, and how many hours a day of the hour of week."""
    points = DAY_MINUTES // interval_minutes
    return min(MAX_DAY_SLOTS, points), min(MAX_HOURS, points)
