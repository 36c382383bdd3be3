"""Calendar: planned events and maintenance windows, in which nothing alerts.

    black friday:2026-11-27/2026-11-30;backup:cron(0 2 * * SUN)/2h,learn=no

An entry is a name and when it is, in the detector's zone:

    START/END            dates or YYYY-MM-DDTHH:MM, the end not included
    cron(FIELDS)/LENGTH  five fields: minute, hour, day of month, month, day of week (0 or SUN to 6 or SAT), as crontab
                         reads them; LENGTH in days, hours and minutes: 90m, 2h, 1d12h

With `learn=no` the model learns nothing in it either. Where the clock is set back, a date's first reading begins and
its second one ends an entry; a date that the clock jumps over is the instant of the jump.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tidegate.contracts.errors import ConfigurationError

if TYPE_CHECKING:
    from cronsim import CronSim

PARAMETER: Final = "Calendar"
MAX_MINUTES: Final = 366 * 1440
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d)?", re.ASCII)
_CRON: Final = re.compile(r"cron\(([^()]*)\)/(.*)")
_LENGTH: Final = re.compile(r"(?=\d)(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?", re.ASCII)
_LEARNS: Final = {"learn=yes": True, "learn=no": False}


@dataclass(frozen=True, slots=True)
class Dates:
    """Once: from start to end, local times without a zone."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Recurring:
    """Again and again: for so many minutes from each moment that a cron expression names."""

    expression: str
    minutes: int


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A planned event or maintenance window. learns: does the model learn while it lasts?"""

    name: str
    when: Dates | Recurring
    learns: bool = True


def calendar(parameter: str, text: str) -> tuple[CalendarEntry, ...]:
    """Read the parameter. Raises ConfigurationError that names the entry and the rule that it breaks."""
    entries = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        try:
            entries.append(_entry(part))
        except ValueError as error:
            raise ConfigurationError(parameter, text, f"{part!r}: {error}") from None
    return tuple(entries)


def calendar_text(entries: Sequence[CalendarEntry]) -> str:
    """The parameter's text of these entries; reading it gives them back."""
    return ";".join(f"{entry.name}:{_when_text(entry.when)}{'' if entry.learns else ',learn=no'}" for entry in entries)


def cron(expression: str, after: datetime) -> "CronSim":
    """The moments after an aware one that a cron expression names. Raises ValueError when it is none.

    A fixed time that the clock jumps over comes when it has jumped; one that it repeats comes once.
    """
    from cronsim import CronSim, CronSimError  # noqa: PLC0415  # only a calendar with cron pays for it at cold start

    if len(expression.split()) != 5:
        raise ValueError("cron needs five fields: minute, hour, day of month, month, day of week")
    try:
        return CronSim(expression, after)
    except CronSimError as error:
        raise ValueError(f"cron({expression}) is none: {str(error).lower()}") from None


def _entry(part: str) -> CalendarEntry:
    name, colon, rest = (piece.strip() for piece in part.partition(":"))
    if not colon or not _NAME.fullmatch(name):
        raise ValueError("must be name:when, the name of letters, digits, spaces, dots, - and _")
    learns = True
    when, comma, option = rest.rpartition(",")
    if comma and option.strip().startswith("learn"):
        if option.strip() not in _LEARNS:
            raise ValueError(f"{option.strip()!r} must be learn=yes or learn=no")
        rest, learns = when.strip(), _LEARNS[option.strip()]
    return CalendarEntry(name, _recurring(rest) if rest.startswith("cron") else _dates(rest), learns)


def _dates(text: str) -> Dates:
    start, slash, end = text.partition("/")
    if not slash:
        raise ValueError("when must be START/END or cron(FIELDS)/LENGTH")
    dates = Dates(_moment(start), _moment(end))
    if dates.end <= dates.start:
        raise ValueError("must end after it begins")
    return dates


def _moment(text: str) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise ValueError(f"{text!r} must be YYYY-MM-DD or YYYY-MM-DDTHH:MM, in the detector's zone")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date: {error}") from None
    if not 1970 < moment.year < 9999:
        raise ValueError(f"{text!r} lies outside the years 1971 to 9998")
    return moment


def _recurring(text: str) -> Recurring:
    found = _CRON.fullmatch(text)
    if found is None:
        raise ValueError("must be cron(FIELDS)/LENGTH")
    expression, length = " ".join(found[1].upper().split()), _LENGTH.fullmatch(found[2])
    moments = cron(expression, datetime(2024, 1, 1, tzinfo=UTC))
    if next(moments, None) is None:
        raise ValueError(f"cron({expression}) never comes")
    if length is None:
        raise ValueError(f"{found[2]!r} must be a length such as 90m, 2h or 1d12h")
    days, hours, minutes = (int(part or 0) for part in length.groups())
    total = days * 1440 + hours * 60 + minutes
    if not 1 <= total <= MAX_MINUTES:
        raise ValueError("must last from a minute to 366 days")
    return Recurring(expression, total)


def _when_text(when: Dates | Recurring) -> str:
    if isinstance(when, Recurring):
        return f"cron({when.expression})/{when.minutes}m"
    return f"{when.start:%Y-%m-%dT%H:%M}/{when.end:%Y-%m-%dT%H:%M}"
