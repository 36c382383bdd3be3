"""How numbers, places and times read in a message."""

from collections.abc import Iterable
from typing import Final

from tidegate.alert.text import cleaned
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.interval import DAY_SECONDS

FAR: Final = 1e6
"""A ratio of value and expectation that is not worth a number."""
_UNITS: Final = ((DAY_SECONDS, "day"), (3_600, "hour"), (60, "minute"))


def amount(number: float) -> str:
    """A number with thousands separated; whole, or with four digits that count."""
    if abs(number) >= 1e15:
        return f"{number:.4g}"
    if number.is_integer() or abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:.4g}"


def difference(value: float, expected: float) -> str:
    """How far a value lies from what was expected: `63 % below the expected 402.1`, `4 times the expected 120`."""
    known = f"expected {amount(expected)}"
    if expected in (0.0, value):
        return known
    side = "below" if value < expected else "above"
    ratio = value / expected
    if abs(ratio) >= FAR:
        return f"far {side} the {known}"
    if ratio >= 2:
        return f"{ratio:,.0f} times the {known}" if ratio >= 10 else f"{ratio:.2g} times the {known}"
    percent = abs(ratio - 1) * 100
    return f"{percent:,.0f} % {side} the {known}" if percent >= 1 else f"{percent:.1g} % {side} the {known}"


def place(dimensions: Iterable[tuple[str, str]]) -> str:
    """Dimension values: `marketplace it, platform pc_web`; empty without any."""
    return ", ".join(f"{cleaned(name)} {cleaned(value)}" for name, value in dimensions)


def zoned(event: AlertEvent, instant: float) -> str:
    """An instant on the detector's clocks: `2026-03-02 04:00 UTC` or `2026-03-02 05:00 (Europe/Berlin)`."""
    zone = event.time.zone
    return f"{event.time.clock_of(instant)} {zone if zone == 'UTC' else f'({zone})'}"


def duration(seconds: float) -> str:
    """A length of time in its two largest units: `1 hour 35 minutes`."""
    parts = []
    rest = int(seconds)
    for unit, name in _UNITS:
        count, rest = divmod(rest, unit)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    return " ".join(parts[:2]) or f"{int(seconds)} seconds"
