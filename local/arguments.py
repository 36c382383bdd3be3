"""Argument types that commands share."""

import argparse
import re
from datetime import UTC, datetime
from typing import Final

from tidegate.contracts.interval import DAY_MINUTES

_LENGTH: Final = re.compile(r"([1-9][0-9]{0,3})([mhd])")
_UNIT_MINUTES: Final = {"d": DAY_MINUTES, "h": 60, "m": 1}


def interval_minutes(text: str) -> int:
    """Read `5m`, `1h` or `1d` as minutes; only lengths that divide a day are intervals."""
    found = _LENGTH.fullmatch(text)
    minutes = int(found[1]) * _UNIT_MINUTES[found[2]] if found else 0
    if not minutes or DAY_MINUTES % minutes:
        raise argparse.ArgumentTypeError(f"{text!r} is no length that divides a day, such as 5m, 10m, 1h or 1d")
    return minutes


def interval_text(minutes: int) -> str:
    """Write minutes as `interval_minutes` reads them, in the largest unit that is whole."""
    unit = next(unit for unit, size in _UNIT_MINUTES.items() if minutes % size == 0)
    return f"{minutes // _UNIT_MINUTES[unit]}{unit}"


def share(text: str) -> float:
    """Read a share of a whole: a number from 0 up to, but not including, 1."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share from 0 up to (not including) 1")
    return number


def severity(text: str) -> float:
    """Read a severity: a number from 0 to 100."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no severity from 0 to 100")
    return number


def instant(text: str) -> float:
    """Read ISO 8601, UTC without an offset, as seconds since 1970."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 2026-06-01T00:00:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
