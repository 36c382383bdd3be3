"""The incidents that were alerted, each as one group, put together from the events that told of it."""

from collections.abc import Iterable, Mapping, Sequence

from local.gathered import Gathered
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.anomaly import AnomalyGroup, SeriesScore
from tidegate.contracts.incident_facts import IncidentFacts, IncidentState


def alerted_groups(alerts: Iterable[Mapping[str, object]], dimensions: Sequence[str]) -> list[AnomalyGroup]:
    """One group per incident, by its beginning: its severest interval, all series told of, first to last interval.

    alerts: our own alert events in the order in which they were sent. dimensions: the detector's, in its order.
    """
    gathered = Gathered()
    for event in map(AlertEvent.parse, alerts):
        if event.facts is None:
            continue
        group = _group(event, event.facts, dimensions)
        if event.facts.state is IncidentState.ENDED:
            gathered.end(group)
        else:
            gathered.add(group)
    return gathered.groups()


def _group(event: AlertEvent, facts: IncidentFacts, dimensions: Sequence[str]) -> AnomalyGroup:
    """What one event says."""
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
                kind=numbers.kind or facts.kind,
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
        outcome=facts.outcome,
    )
