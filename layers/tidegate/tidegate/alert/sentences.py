"""What happened, in one sentence."""

from typing import Final

from tidegate.alert.phrases import amount, difference, duration, place, zoned
from tidegate.alert.record import AnomalyRecord
from tidegate.alert.text import cleaned
from tidegate.contracts.alert_event import AlertEvent, RelevantSeries
from tidegate.contracts.anomaly import Kind

_VERBS: Final = {
    Kind.SPIKE: "is",
    Kind.DIP: "is",
    Kind.SHIFT: "has shifted to",
    Kind.SAG: "has sagged to",
    Kind.NOISE: "varies unusually, now",
    Kind.FLAT: "stands still at",
    Kind.SILENCE: "is",
}


def what_happened(event: AlertEvent) -> str:
    """Measure, value, expectation and place of the worst series, and how many others are hit; no full stop."""
    measure = cleaned(event.measure)
    if not event.series:
        return f"{measure} is anomalous"
    worst = event.series[0]
    where = _where(worst)
    others = (event.facts.series_hit if event.facts else len(event.series)) - 1
    more = f" and {others} more series" if others > 0 else ""
    facts = event.facts.series[0] if event.facts and event.facts.series else None
    if facts is None:
        return f"{measure} is anomalous at {amount(worst.value)}{where}{more}"
    expected = "" if facts.expected is None else f", expected {amount(facts.expected)}"
    if facts.value is None:
        return f"No data for {measure}{where}{more}{expected}"
    if facts.expected is not None:
        expected = f", {difference(facts.value, facts.expected)}{',' if where else ''}"
    verb = _VERBS[event.facts.kind] if event.facts else "is"
    return f"{measure} {verb} {amount(facts.value)}{expected}{where}{more}"


def what_is_over(record: AnomalyRecord) -> str:
    """The sentence that tells an incident's end."""
    event, ended_at = record.event, record.ended_at or record.latest
    where = _where(event.series[0]) if event.series else ""
    lasted = duration(ended_at - record.started)
    return f"{cleaned(event.measure)}{where} is back to normal after {lasted}, since {zoned(event, ended_at)}."


def since(record: AnomalyRecord) -> str:
    """When the incident started, on the detector's clocks."""
    return zoned(record.event, record.started)


def _where(series: RelevantSeries) -> str:
    return f" in {place(series)}" if series.dimensions else ""
