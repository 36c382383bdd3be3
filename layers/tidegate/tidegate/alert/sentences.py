"""What happened, in one sentence."""

from collections.abc import Sequence
from typing import Final

from tidegate.alert.phrases import amount, difference, duration, place, zoned
from tidegate.alert.record import AnomalyRecord
from tidegate.alert.text import cleaned
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.anomaly import Kind, Outcome
from tidegate.contracts.feedback import NamedValues
from tidegate.contracts.incident_facts import SeriesFacts

_VERBS: Final = {
    Kind.SPIKE: ("is", ""),
    Kind.DIP: ("is", ""),
    Kind.SHIFT: ("has", "shifted to"),
    Kind.SAG: ("has", "sagged to"),
    Kind.NOISE: ("", "varies unusually, now"),
    Kind.FLAT: ("", "stands still at"),
    Kind.SILENCE: ("is", ""),
    Kind.IMPOSSIBLE: ("has", "the impossible value"),
}
"""Of a series' own kind; `at worst` stands between the two words."""
_CAUSES_SAID: Final = 2
_MOST_PERCENT: Final = 50
_OVER: Final = {
    Outcome.RECOVERED: "is back to normal after {lasted}, since {when}",
    Outcome.NEW_NORMAL: "stays as it is: after {lasted} this is the new normal, since {when}",
    Outcome.RECONFIGURED: "is learned anew with another configuration, and may be anomalous still: {lasted}, to {when}",
}
_OVER_IN_SHORT: Final = {
    Outcome.RECOVERED: "is back to normal",
    Outcome.NEW_NORMAL: "has a new normal",
    Outcome.RECONFIGURED: "is learned anew with another configuration",
}


def what_happened(event: AlertEvent) -> str:
    """Measure and place of what is hit, value and expectation of the series that is hit worst; no full stop."""
    measure = cleaned(event.measure)
    if not event.series:
        return f"{measure} is anomalous"
    facts = event.facts.series[0] if event.facts and event.facts.series else None
    if _count(event) == 1:
        return _of_one(event, facts)
    whole, worst = _where(event), place(_apart(event))
    if facts is None or event.facts is None:
        return (
            f"{measure}{whole} is anomalous, at worst {amount(event.series[0].value)}{f' in {worst}' if worst else ''}"
        )
    said = "has at worst no data"
    if facts.value is not None:
        auxiliary, verb = _VERBS[facts.kind or event.facts.kind]
        said = " ".join(filter(None, (auxiliary, "at worst", verb, amount(facts.value))))
    return f"{measure}{whole} {said}{_expected(facts)}{f', in {worst}' if worst else ''}"


def _of_one(event: AlertEvent, facts: SeriesFacts | None) -> str:
    """The sentence of an event that hits one series. facts: what is known of it, if anything."""
    measure, where = cleaned(event.measure), _where(event)
    if facts is None or event.facts is None:
        return f"{measure} is anomalous at {amount(event.series[0].value)}{where}"
    if facts.value is None:
        return f"No data for {measure}{where}{_expected(facts)}"
    verb = " ".join(filter(None, _VERBS[facts.kind or event.facts.kind]))
    expected = _expected(facts)
    return f"{measure} {verb} {amount(facts.value)}{expected}{',' if expected and where else ''}{where}"


def _expected(facts: SeriesFacts) -> str:
    if facts.expected is None:
        return ""
    if facts.value is None:
        return f", expected {amount(facts.expected)}"
    return f", {difference(facts.value, facts.expected)}"


def what_is_over(record: AnomalyRecord) -> str:
    """The sentence that tells an incident's end."""
    event, ended_at = record.event, record.ended_at or record.latest
    lasted, when = duration(ended_at - record.started), zoned(event, ended_at)
    return f"{cleaned(event.measure)}{_where(event)} {_OVER[_outcome(record)].format(lasted=lasted, when=when)}."


def what_is_over_in_short(record: AnomalyRecord) -> str:
    """The same for a subject line."""
    return f"{cleaned(record.event.measure)} {_OVER_IN_SHORT[_outcome(record)]}"


def _outcome(record: AnomalyRecord) -> Outcome:
    return record.outcome or Outcome.RECOVERED


def since(record: AnomalyRecord) -> str:
    """When the incident started, on the detector's clocks."""
    return zoned(record.event, record.started)


def _where(event: AlertEvent) -> str:
    """The root causes, where one or two explain most; else what all series hit have in common; else how many they are.

    ` in marketplace it (3 series)`, `, mostly in marketplace it and in platform pc_web (60 series),`, ` in 60 series`;
    of one series its own dimensions: ` in marketplace it, platform pc_web`. Empty without dimensions.
    """
    count, common = _count(event), _common(event)
    if count == 1 or not event.series:
        dimensions = event.series[0].dimensions if event.series else ()
        return f" in {place(dimensions)}" if dimensions else ""
    if not common:
        return f" in {count} series"
    where = f"in {' and in '.join(map(place, common))} ({count} series)"
    return f" {where}" if _lies_within(event, common) else f", mostly {where},"


def _count(event: AlertEvent) -> int:
    """How many series are hit, as far as the event tells."""
    return max(event.facts.series_hit if event.facts else 0, len(event.series))


def _common(event: AlertEvent) -> tuple[NamedValues, ...]:
    """Dimension values that tell where an event lies; none where nothing short does."""
    causes = event.facts.root_causes if event.facts else ()
    is_told = 1 <= len(causes) <= _CAUSES_SAID and all(cause.dimensions for cause in causes)
    if is_told and sum(cause.percent for cause in causes) > _MOST_PERCENT:
        return tuple(cause.dimensions for cause in causes)
    if not event.series or _count(event) > len(event.series):
        return ()
    worst, *others = (series.dimensions for series in event.series)
    shared = tuple(item for item in worst if all(item in dimensions for dimensions in others))
    return (shared,) if shared else ()


def _lies_within(event: AlertEvent, common: Sequence[NamedValues]) -> bool:
    """Does nothing of it lie elsewhere, as far as the event tells?"""
    causes = event.facts.root_causes if event.facts else ()
    is_listed = _count(event) <= len(event.series)
    is_explained = is_listed or sum(cause.percent for cause in causes) == 100
    return is_explained and all(any(set(values) <= set(one.dimensions) for values in common) for one in event.series)


def _apart(event: AlertEvent) -> NamedValues:
    """What tells the worst series from the others: what it does not share with them where they share anything."""
    worst, common = event.series[0].dimensions, _common(event)
    if len(common) == 1 and set(common[0]) <= set(worst):
        return tuple(item for item in worst if item not in common[0])
    return worst
