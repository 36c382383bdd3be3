"""The timestamp of an alert event: `2022-01-15T04:25Z[UTC]`, local clock time and the zone's name.

Lookout wrote the detector's clock, a `Z` and the zone in brackets; consumers parse `T(\\d+):(\\d+)Z\\[(.+)\\]`, so we
write the same. In the hour that a clock change repeats the form cannot tell the two readings apart: the first is
meant (our own events say the instant in `tidegate.intervalStart`). Seconds and true offsets are read as well:
`2022-01-15T04:25:00+01:00[Europe/Berlin]` is how Java prints such a time.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self
from zoneinfo import ZoneInfoNotFoundError

from tidegate.contracts.errors import MalformedAlert
from tidegate.contracts.interval import zone_named

_FORM: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:\d\d)(?:\[([^\[\]]+)\])?")
_MAX_INSTANT: Final = 253_402_214_400.0
"""9999-12-31 in UTC: the last day that datetime can hold in every zone."""


@dataclass(frozen=True, slots=True)
class AlertTime:
    """When an interval began. text: as it stands in the event. instant: seconds since 1970 UTC. zone: its name."""

    text: str
    instant: float
    zone: str

    @classmethod
    def of(cls, instant: float, zone: str) -> Self:
        """The instant in Lookout's form on the clocks of a zone (an IANA name)."""
        local = datetime.fromtimestamp(instant, zone_named(zone))
        return cls(f"{local:%Y-%m-%dT%H:%M}Z[{zone}]", instant, zone)

    @classmethod
    def parse(cls, text: str, place: str) -> Self:
        """Read any of the forms; MalformedAlert names `place`."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise MalformedAlert(place, "must look like 2022-01-15T04:25Z[UTC]")
        clock, offset, zone = found.groups()
        try:
            if offset == "Z" and zone:
                moment = datetime.fromisoformat(clock).replace(tzinfo=zone_named(zone))
            else:
                moment = datetime.fromisoformat(clock + offset)
            instant = moment.timestamp()
        except ZoneInfoNotFoundError:
            raise MalformedAlert(place, f"names an unknown time zone {zone!r}") from None
        except (ValueError, OverflowError, OSError) as error:
            raise MalformedAlert(place, f"is no date and time: {error}") from None
        if not 0 <= instant <= _MAX_INSTANT:
            raise MalformedAlert(place, "lies outside the years 1970 to 9999")
        return cls(text, instant, zone or "UTC")

    def clock_of(self, instant: float) -> str:
        """An instant on the clocks of the same zone, for people: `2022-01-15 04:25`."""
        return f"{datetime.fromtimestamp(instant, zone_named(self.zone)):%Y-%m-%d %H:%M}"


def utc_text(instant: float) -> str:
    """An instant in ISO 8601, UTC, whole seconds: `2022-01-15T04:25:00Z`."""
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%dT%H:%M:%SZ}"


def parse_utc(text: str, place: str) -> int:
    """Read such a text; MalformedAlert names `place`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1970 <= moment.year < 9999:
        raise MalformedAlert(place, "must be an instant like 2022-01-15T04:25:00Z")
    return int(moment.timestamp())
