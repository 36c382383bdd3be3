"""What happened, in one sentence."""

from typing import Final

from tidegate.alert.phrases import amount, difference, duration, place, zoned
from tidegate.alert.record import AnomalyRecord
from tidegate.alert.text import cleaned
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.anomaly import Kind, Outcome

_VERBS: Final = {
    Kind.SPIKE: "is",
    Kind.DIP: "is",
    Kind.SHIFT: "has shifted to",
    Kind.SAG: "has sagged to",
    Kind.NOISE: "varies unusually, now",
    Kind.FLAT: "stands still at",
    Kind.SILENCE: "is",
    Kind.IMPOSSIBLE: "has the impossible value",
}

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
    """Measure, value, expectation and place of the worst series, and how many others are hit; no full stop."""
    measure = cleaned(event.measure)
    if not event.series:
        return f"{measure} is anomalous"
    where = _where(event)
    facts = event.facts.series[0] if event.facts and event.facts.series else None
    if facts is None or event.facts is None:
        return f"{measure} is anomalous at {amount(event.series[0].value)}{where}"
    expected = "" if facts.expected is None else f", expected {amount(facts.expected)}"
    if facts.value is None:
        return f"No data for {measure}{where}{expected}"
    if facts.expected is not None:
        expected = f", {difference(facts.value, facts.expected)}{',' if where else ''}"
    return f"{measure} {_VERBS[event.facts.kind]} {amount(facts.value)}{expected}{where}"


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
    """What all series hit have in common, with the worst one; that one alone where it is nothing, all or unknown.

    ` in marketplace it (3 series, worst platform mobile_app)`, ` in marketplace it, platform pc_web and 2 more series`;
    empty without dimensions.
    """
    if not event.series:
        return ""
    worst = event.series[0].dimensions
    count = event.facts.series_hit if event.facts else len(event.series)
    shared = set(worst).intersection(*(series.dimensions for series in event.series))
    others = [item for item in worst if item not in shared]
    if 1 < count <= len(event.series) and shared and others:
        common = [item for item in worst if item in shared]
        return f" in {place(common)} ({count} series, worst {place(others)})"
    return f"{f' in {place(worst)}' if worst else ''}{f' and {count - 1} more series' if count > 1 else ''}"
