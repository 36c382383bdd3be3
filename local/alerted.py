"""The incidents that were alerted, each as one group, put together from the events that told of it."""

from collections.abc import Iterable, Mapping, Sequence

from local.gathered import Gathered
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.anomaly import AnomalyGroup, SeriesScore
from tidegate.contracts.incident_facts import IncidentState


def alerted_groups(alerts: Iterable[Mapping[str, object]], dimensions: Sequence[str]) -> list[AnomalyGroup]:
    """One group per incident, by its beginning: its severest interval, all series told of, first to last interval.

    alerts: our own alert events in the order in which they were sent. dimensions: the detector's, in its order.
    """
    gathered = Gathered()
    for event in map(AlertEvent.parse, alerts):
        group = _group(event, dimensions)
        if group is not None:
            gathered.add(group)
    return gathered.groups()


def _group(event: AlertEvent, dimensions: Sequence[str]) -> AnomalyGroup | None:
    """What one event says; None at an incident's end, which shows nothing new."""
    facts = event.facts
    if facts is None or facts.state is IncidentState.ENDED:
        return None
    scores = []
    for relevant, numbers in zip(event.series, facts.series, strict=True):
        named = dict(relevant.dimensions)
        scores.append(
            SeriesScore(
                measure=event.measure,
                dimensions=tuple(named[name] for name in dimensions),
                value=numbers.value,
                expected=numbers.expected,
                lower=numbers.lower,
                upper=numbers.upper,
                severity=numbers.severity,
                kind=facts.kind,
            )
        )
    return AnomalyGroup(
        group_id=event.group,
        measure=event.measure,
        started=facts.started,
        interval=facts.interval,
        severity=event.score,
        kind=facts.kind,
        series=tuple(scores),
        contributions={item.name: item.values for item in event.contributions},
        causes=facts.related,
        root_causes=facts.root_causes,
    )
