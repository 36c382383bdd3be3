"""Timestamps of records: text or number to instant, and an instant back to text.

Three kinds of format: `ISO8601`; `UNIX` (seconds, or milliseconds when the number is above 94694400000, Lookout's
rule); or a pattern of Lookout's letters: yyyy MM dd HH hh mm ss SSS a, with other letters in single quotes. A
timestamp without an offset is local time of the detector's zone.
"""

import re
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Final

from tidegate.contracts.errors import BadRecord, ConfigurationError, Reason
from tidegate.contracts.interval import DAY_SECONDS, zone_named

MILLISECONDS_ABOVE: Final = 94_694_400_000
_MAX_INSTANT: Final = 253_402_214_400.0
"""9999-12-31 in UTC: the last day that datetime can hold in every zone."""
_LONGEST_CHANGE: Final = float(DAY_SECONDS)
"""Seconds: no clock change repeats more."""
_CACHE_SIZE: Final = 4096
_SECONDS: Final = {f"{second:02d}": second for second in range(60)}

_KEY: Final = re.compile(r"yyyy|MM|dd|HH|hh|mm|ss|SSS|a|'[^']*'|[^A-Za-z']")
_GROUPS: Final = {
    "yyyy": r"(?P<year>[0-9]{4})",
    "MM": r"(?P<month>[0-9]{2})",
    "dd": r"(?P<day>[0-9]{2})",
    "HH": r"(?P<hour>[0-9]{2})",
    "hh": r"(?P<hour12>[0-9]{2})",
    "mm": r"(?P<minute>[0-9]{2})",
    "ss": r"(?P<second>[0-9]{2})",
    "SSS": r"(?P<millisecond>[0-9]{3})",
    "a": r"(?P<half>[AaPp][Mm])",
}
_DIRECTIVES: Final = {
    "yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "a": "%p",
}  # fmt: skip


class TimestampCodec:
    """Reads and writes the timestamps of one format in one zone.

    Raises ConfigurationError when the format is none of the three kinds.
    """

    def __init__(self, format: str, timezone: str) -> None:
        self.format: Final = format
        self.zone: Final = zone_named(timezone)
        self._minutes: dict[str, float | None] = {}
        self._keys: list[str] = []
        if format not in ("ISO8601", "UNIX"):
            self._keys = _keys(format)
            self._pattern = re.compile("".join(_GROUPS.get(key) or re.escape(_literal(key)) for key in self._keys))
        self._ends_with_seconds = self._keys[-1:] == ["ss"]

    def parse(self, value: object, arrival: float | None = None) -> float:
        """The instant of a timestamp, seconds since 1970 UTC.

        `arrival` decides between the two readings of an hour that a clock change repeats: the nearer one is meant;
        without it the first. Raises BadRecord (bad_timestamp).
        """
        if self.format == "UNIX":
            return _unix(value)
        if not isinstance(value, str):
            raise BadRecord(
                Reason.BAD_TIMESTAMP, f"a {type(value).__name__} is not a timestamp of format {self.format}"
            )
        if self._ends_with_seconds:
            base, second = self._minutes.get(value[:-2]), _SECONDS.get(value[-2:])
            if base is not None and second is not None:
                return base + second
        moment = self._iso(value) if self.format == "ISO8601" else self._by_pattern(value)
        instant = self._instant(moment, arrival)
        if self._ends_with_seconds and not self._is_ambiguous(moment):
            if len(self._minutes) >= _CACHE_SIZE:
                self._minutes.clear()
            self._minutes[value[:-2]] = instant - moment.second
        return instant

    def readings(self, value: object) -> tuple[float, ...]:
        """All instants that a timestamp can mean: two in an hour that a clock change repeats. Raises BadRecord."""
        first = self.parse(value)
        second = self.parse(value, first + _LONGEST_CHANGE)
        return (first,) if first == second else (first, second)

    def text(self, instant: float) -> str:
        """An instant in this format: UNIX in seconds, ISO8601 with the zone's offset, a pattern in local time."""
        if self.format == "UNIX":
            return str(int(instant))
        moment = datetime.fromtimestamp(instant, self.zone)
        if self.format == "ISO8601":
            return moment.isoformat(timespec="seconds")
        return "".join(self._part(key, moment) for key in self._keys)

    def _part(self, key: str, moment: datetime) -> str:
        if key == "SSS":
            return f"{moment.microsecond // 1000:03d}"
        if key == "yyyy":
            return f"{moment.year:04d}"
        return moment.strftime(_DIRECTIVES[key]) if key in _DIRECTIVES else _literal(key)

    def _iso(self, text: str) -> datetime:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise BadRecord(Reason.BAD_TIMESTAMP, "is not ISO 8601") from None

    def _by_pattern(self, text: str) -> datetime:
        found = self._pattern.fullmatch(text)
        if found is None:
            raise BadRecord(Reason.BAD_TIMESTAMP, f"does not follow {self.format}")
        parts = found.groupdict()
        half = parts.pop("half", None)
        numbers = {name: int(part) for name, part in parts.items()}
        if "hour12" in numbers:
            hour12 = numbers.pop("hour12")
            if not 1 <= hour12 <= 12:
                raise BadRecord(Reason.BAD_TIMESTAMP, f"hour {hour12} is not on a clock of twelve hours")
            numbers["hour"] = hour12 % 12 + (12 if half and half.lower() == "pm" else 0)
        number = numbers.get
        try:
            return datetime(
                number("year", 1970), number("month", 1), number("day", 1),
                number("hour", 0), number("minute", 0), number("second", 0), 1000 * number("millisecond", 0),
            )  # fmt: skip
        except ValueError as error:
            raise BadRecord(Reason.BAD_TIMESTAMP, str(error)) from None

    def _instant(self, moment: datetime, arrival: float | None) -> float:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
            if arrival is not None and self._is_ambiguous(moment):
                readings = [moment.replace(fold=fold).timestamp() for fold in (0, 1)]
                return min(readings, key=lambda reading: abs(reading - arrival))
        try:
            instant = moment.timestamp()
        except (OverflowError, ValueError):
            raise BadRecord(Reason.BAD_TIMESTAMP, "lies outside the years 1 to 9999") from None
        return _checked(instant)

    def _is_ambiguous(self, moment: datetime) -> bool:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        if moment.tzinfo is UTC or moment.tzinfo is not self.zone:
            return False
        first, second = (moment.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
        return first > second


def _keys(format: str) -> list[str]:
    parts = _KEY.findall(format)
    if "".join(parts) != format or not parts:
        rule = "must be ISO8601, UNIX or a pattern of yyyy MM dd HH hh mm ss SSS a, other letters in single quotes"
        raise ConfigurationError("TimestampFormat", format, rule)
    keys = [key for key in parts if key in _GROUPS]
    if len(set(keys)) < len(keys) or not {"yyyy", "MM", "dd"} <= set(keys):
        raise ConfigurationError("TimestampFormat", format, "needs yyyy, MM and dd, and each key once")
    if ("hh" in keys) != ("a" in keys) or {"hh", "HH"} <= set(keys):
        raise ConfigurationError("TimestampFormat", format, "hh goes with a, and never with HH")
    return parts


def _literal(key: str) -> str:
    return key[1:-1] or "'" if key.startswith("'") else key


def _unix(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadRecord(Reason.BAD_TIMESTAMP, f"a {type(value).__name__} is not a UNIX timestamp")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise BadRecord(Reason.BAD_TIMESTAMP, "is not a UNIX timestamp") from None
    if isinstance(value, str) and ("_" in value or not value.isascii()):  # float() reads them; nobody else does
        raise BadRecord(Reason.BAD_TIMESTAMP, "is not a UNIX timestamp in plain digits")
    if not isfinite(number):
        raise BadRecord(Reason.BAD_TIMESTAMP, "is not a finite number")
    return _checked(number / 1000 if abs(number) > MILLISECONDS_ABOVE else number)


def _checked(instant: float) -> float:
    """Instants before 1970 or after 9999 cannot be named as intervals in every zone."""
    if not DAY_SECONDS <= instant <= _MAX_INSTANT:
        raise BadRecord(Reason.BAD_TIMESTAMP, "lies outside 1970-01-02 to 9999-12-30")
    return instant
