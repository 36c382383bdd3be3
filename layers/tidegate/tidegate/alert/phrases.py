"""How numbers, places and times read in a message."""

from tidegate.alert.text import cleaned
from tidegate.contracts.alert_event import AlertEvent, RelevantSeries

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def amount(number: float) -> str:
    """A number with thousands separated; whole, or with four digits that count."""
    if abs(number) >= 1e15:
        return f"{number:.4g}"
    if number.is_integer() or abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:.4g}"


def difference(value: float, expected: float) -> str:
    """How far a value lies from what was expected: `63 % below the expected 402.1`, `4 times the expected 120`."""
    if expected in (0.0, value):
        return f"expected {amount(expected)}"
    ratio = value / expected
    if ratio >= 2:
        times = f"{ratio:.2g}" if ratio < 100 else amount(round(ratio))
        return f"{times} times the expected {amount(expected)}"
    percent = abs(value - expected) / abs(expected) * 100
    side = "below" if value < expected else "above"
    share = f"{percent:,.0f}" if percent >= 1 else f"{percent:.1g}"
    return f"{share} % {side} the expected {amount(expected)}"


def place(series: RelevantSeries) -> str:
    """A series' dimension values: `marketplace it, platform pc_web`; empty without dimensions."""
    return ", ".join(f"{cleaned(name)} {cleaned(value)}" for name, value in series.dimensions)


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
