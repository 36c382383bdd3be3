"""Anomalies in plain words: numbers, times, places, and one sentence each."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from tidegate.config import DetectorConfig
from tidegate.contracts.anomaly import AnomalyGroup, Kind, RootCause, SeriesScore, SuppressedBy, Suppression
from tidegate.contracts.interval import DAY_SECONDS

_TIMES_ABOVE: Final = 1000
"""Above this percentage a change reads better as a factor."""
_CAUSES_SAID: Final = 2
_LONGEST_NAME: Final = 48
"""Characters of a dimension's value in a sentence; the figure's title and the table of series have all of them."""


def number(value: float | None) -> str:
    """Three significant digits, whole numbers whole, thousands apart."""
    if value is None:
        return "nothing"
    if value == int(value) or abs(value) >= 999.5:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def change(value: float | None, expected: float | None) -> str:
    """By how much a value differs from what was expected; empty when that cannot be said."""
    if value is None or expected is None or not expected:
        return ""
    percent = 100 * (value - expected) / abs(expected)
    if percent > _TIMES_ABOVE and expected > 0:
        return f"{number(round(value / expected))} times"
    return f"{percent:+,.0f} %" if abs(percent) >= 1 else f"{percent:+.2g} %"


def moment(instant: int, zone: tzinfo) -> str:
    """`Wed 17 Jun 2026, 01:00` in the zone."""
    return f"{datetime.fromtimestamp(instant, zone):%a %-d %b %Y, %H:%M}"


def moment_in_zone(instant: int, config: DetectorConfig) -> str:
    """`2026-06-17 01:00 Europe/Berlin`, in the detector's zone."""
    return f"{datetime.fromtimestamp(instant, config.grid.zone):%Y-%m-%d %H:%M} {config.timezone}"


def span(start: int, end: int, zone: tzinfo) -> str:
    """From start to end in the zone, the date once when it is one."""
    last = datetime.fromtimestamp(end, zone)
    same_day = datetime.fromtimestamp(start, zone).date() == last.date()
    return f"{moment(start, zone)} to {f'{last:%H:%M}' if same_day else moment(end, zone)}"


def duration(seconds: int) -> str:
    """Days, hours and minutes, the two largest that count."""
    days, rest = divmod(seconds, DAY_SECONDS)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    named = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(named[:2]) or "0 s"


def named(dimensions: Sequence[str], values: Sequence[str]) -> str:
    """`platform pc_web, marketplace it`."""
    return ", ".join(f"{name} {value or '(none)'}" for name, value in zip(dimensions, values, strict=True))


def short(value: str) -> str:
    """A value with its middle left out where it is long: what tells long names apart stands at either end."""
    half = _LONGEST_NAME // 2
    return value if len(value) <= _LONGEST_NAME else f"{value[: half - 1].rstrip()} … {value[1 - half :].lstrip()}"


def common(dimensions: Sequence[str], series: Sequence[SeriesScore]) -> str:
    """The dimension values that all these series have: `marketplace it`; empty when they have none in common."""
    values = [{one.dimensions[at] for one in series} for at in range(len(dimensions))]
    shared = [(name, *found) for name, found in zip(dimensions, values, strict=True) if len(found) == 1]
    return ", ".join(f"{name} {short(value) or '(none)'}" for name, value in shared)


def cause_named(cause: RootCause) -> str:
    """`marketplace it & platform pc_web`, or `all series`."""
    return " & ".join(f"{name} {value or '(none)'}" for name, value in cause.dimensions) or "all series"


_VERBS: Final = {
    Kind.SPIKE: "rose",
    Kind.DIP: "fell",
    Kind.SHIFT: "moved to another level",
    Kind.SAG: "sagged",
    Kind.NOISE: "swung more than usual",
    Kind.FLAT: "stood still",
    Kind.SILENCE: "fell silent",
    Kind.IMPOSSIBLE: "took an impossible value",
}


def sentence(group: AnomalyGroup, dimensions: Sequence[str]) -> str:
    """What happened, where and how far: `orders fell: 12 where 80 was expected (-85 %), platform pc_web`."""
    said = f"{group.measure} {_VERBS[group.kind]}"
    if not group.series:
        return said
    worst = group.series[0]
    if group.kind is Kind.SHIFT and worst.value is not None and worst.expected is not None:
        said = f"{group.measure} {'fell and stayed low' if worst.value < worst.expected else 'rose and stayed high'}"
    if len(group.series) == 1:
        return _joined(f"{said}: {_values(worst)}", named(dimensions, [*map(short, worst.dimensions)]))
    shared = _place(group, dimensions)
    said += f" in {len(group.series)} series" + (f" of {shared}" if shared else "")
    name = " · ".join(short(value) or "(none)" for value in worst.dimensions)
    return f"{said}; worst {name}, {_values(worst)}"


def not_alerted(why: Suppression) -> str:
    """Why an anomaly did not alert: `not alerted: planned (black friday)`."""
    reasons = {
        SuppressedBy.CALENDAR: f"planned ({why.name})",
        SuppressedBy.DIRECTION: f"only {why.name} matter",
        SuppressedBy.LEAST: "less than the least deviation that matters",
    }
    return f"not alerted: {reasons[why.by]}"


def _place(group: AnomalyGroup, dimensions: Sequence[str]) -> str:
    """Where the root causes lie, two at most; without any, what the series hit have in common."""
    causes = [cause for cause in group.root_causes if cause.dimensions]
    if causes and len(causes) <= _CAUSES_SAID:
        named_shortly = (tuple((name, short(value)) for name, value in cause.dimensions) for cause in causes)
        return " and ".join(cause_named(RootCause(values, 0)) for values in named_shortly)
    return common(dimensions, group.series)


def _values(one: SeriesScore) -> str:
    if one.expected is None:
        return number(one.value)
    difference = change(one.value, one.expected)
    return f"{number(one.value)} where {number(one.expected)} was expected" + (f" ({difference})" if difference else "")


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
