"""The shape of a day and a week: how many people are there at a local time."""

from datetime import datetime, tzinfo
from typing import Final, NamedTuple

HOURS: Final = 24


class Shape(NamedTuple):
    """Relative activity by local time: 24 hourly values, joined by straight lines, and one value a weekday from Monday.

    Both average 1 over a day and over a week.
    """

    hours: tuple[float, ...]
    weekdays: tuple[float, ...]

    def at(self, instant: int, zone: tzinfo) -> float:
        """Activity at an instant (seconds since 1970 UTC) where clocks show the time of `zone`."""
        local = datetime.fromtimestamp(instant, zone)
        share = local.minute / 60
        hour, following = self.hours[local.hour], self.hours[(local.hour + 1) % HOURS]
        return ((1 - share) * hour + share * following) * self.weekdays[local.weekday()]


def shape(hours: tuple[float, ...], weekdays: tuple[float, ...]) -> Shape:
    """A shape of values in any unit, made to average 1."""
    return Shape(
        tuple(value * len(hours) / sum(hours) for value in hours),
        tuple(value * len(weekdays) / sum(weekdays) for value in weekdays),
    )
