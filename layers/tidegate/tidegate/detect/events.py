"""An anomaly group as Lookout's alert event."""

from collections.abc import Iterable
from typing import Final

from tidegate.config import DetectorConfig
from tidegate.contracts.alert_event import AlertEvent, DimensionContribution, RelevantSeries, alert_event_id, series_id
from tidegate.contracts.alert_time import AlertTime
from tidegate.contracts.anomaly import AnomalyGroup, RootCause, SeriesScore
from tidegate.contracts.event_size import fitted, told_value
from tidegate.contracts.incident_facts import IncidentFacts, IncidentState, SeriesFacts
from tidegate.contracts.names import DetectorNames
from tidegate.detect.groups import kind_of

MAX_EVENT_SERIES: Final = 50
"""The worst series that an event lists (Lookout listed three); fewer where their values are long."""


def alert_event(state: IncidentState, group: AnomalyGroup, config: DetectorConfig, names: DetectorNames) -> AlertEvent:
    """The event of a group; the same group gives the same event. Lambda takes it, whatever the values are.

    Its timestamp is the start of the interval, or at the incident's end of the first normal one. A series that was
    absent has the metricValue 0, for consumers that compute with it; in `tidegate.series` its value is null.
    """
    listed = group.series[:MAX_EVENT_SERIES]
    instant = group.interval.end if state is IncidentState.ENDED else group.interval.start
    event = AlertEvent(
        alert_name=names.detector,
        alert_event_id=alert_event_id(names.alert_arn, group.group_id),
        detector_arn=names.detector_arn,
        alert_arn=names.alert_arn,
        measure=group.measure,
        contributions=tuple(_contribution(name, values) for name, values in group.contributions.items()),
        series=tuple(_relevant(score, config, names) for score in listed),
        time=AlertTime.of(instant, config.timezone),
        score=group.severity,
        description=f"Anomalies in {group.measure}",
        console_url=names.console_url,
        group_id=group.group_id,
        facts=IncidentFacts(
            state=state,
            kind=group.kind,
            started=group.started,
            interval=group.interval,
            series_hit=len(group.series),
            series=tuple(_facts(score) for score in listed),
            related=group.causes,
            root_causes=tuple(RootCause(_told(cause.dimensions), cause.percent) for cause in group.root_causes),
            hit_beside=group.hit_beside,
            outcome=group.outcome,
        ),
    )
    return fitted(event)


def _told(dimensions: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, told_value(value)) for name, value in dimensions)


def _contribution(name: str, values: Iterable[tuple[str, int]]) -> DimensionContribution:
    return DimensionContribution(name, tuple((told_value(value), percent) for value, percent in values))


def _relevant(score: SeriesScore, config: DetectorConfig, names: DetectorNames) -> RelevantSeries:
    dimensions = sorted(zip(config.dimensions, score.dimensions, strict=True))
    name = series_id(names.detector, score.measure, dimensions)
    return RelevantSeries(name, _told(dimensions), score.value or 0.0)


def _facts(score: SeriesScore) -> SeriesFacts:
    return SeriesFacts(score.value, score.expected, score.lower, score.upper, score.severity, kind_of(score))
