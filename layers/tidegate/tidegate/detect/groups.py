"""Anomalies of one measure in one interval are one group; groups of successive intervals are one incident.

An incident keeps its group id, made of the detector, the measure and the first interval, so that every re-run gives
the same. It ends when QUIET_INTERVALS scored intervals in a row had no anomaly of its measure: shorter pauses belong
to it, and a value that flickers about the threshold does not alert again and again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from tidegate.contracts.anomaly import AnomalyGroup, Kind, SeriesScore
from tidegate.contracts.incident_facts import IncidentState
from tidegate.contracts.interval import Interval
from tidegate.contracts.names import DetectorNames
from tidegate.detect.causes import related_measures
from tidegate.detect.contributions import contributions, residual

QUIET_INTERVALS: Final = 2
_SPREAD: Final = 0.5
"""The part of the way to 100 that the severity goes when every series of the measure is hit."""


@dataclass(frozen=True, slots=True)
class Incident:
    """An open incident of one measure. started: the first interval's start; last: the latest anomalous interval.

    severity: the highest so far. quiet: scored intervals without an anomaly since `last`.
    """

    group_id: str
    measure: str
    started: int
    last: Interval
    severity: float
    kind: Kind
    quiet: int = 0

    def seen_again(self, group: AnomalyGroup) -> Self:
        """The incident after one more anomalous interval."""
        severity = max(self.severity, group.severity)
        return replace(self, last=group.interval, severity=severity, kind=group.kind, quiet=0)

    def as_group(self) -> AnomalyGroup:
        """What is told at its end: no series are hit any more."""
        return AnomalyGroup(self.group_id, self.measure, self.started, self.last, self.severity, self.kind, ())


@dataclass(frozen=True, slots=True)
class Step:
    """What one interval did: the incidents open after it, and each group that began, went on or ended in it."""

    incidents: tuple[Incident, ...]
    changes: tuple[tuple[IncidentState, AnomalyGroup], ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """Brings anomalous series together with open incidents. dimensions: names, in the order of the series' values."""

    names: DetectorNames
    dimensions: Sequence[str]

    def step(
        self, incidents: Iterable[Incident], interval: Interval, hits: Sequence[SeriesScore], known: Mapping[str, int]
    ) -> Step:
        """What an interval's anomalous series do to the incidents.

        known: how many series each measure has, hit or not.
        """
        open_before = {incident.measure: incident for incident in incidents}
        by_measure = _by_measure(hits)
        open_after: list[Incident] = []
        changes: list[tuple[IncidentState, AnomalyGroup]] = []
        for measure in sorted({*open_before, *by_measure}):
            incident = open_before.get(measure)
            if measure in by_measure:
                started = incident.started if incident else interval.start
                group = self._group(measure, started, interval, by_measure, known)
                open_after.append(incident.seen_again(group) if incident else _begun(group))
                changes.append((IncidentState.CONTINUING if incident else IncidentState.STARTED, group))
            elif incident and incident.quiet + 1 < QUIET_INTERVALS:
                open_after.append(replace(incident, quiet=incident.quiet + 1))
            elif incident:
                changes.append((IncidentState.ENDED, incident.as_group()))
        return Step(tuple(open_after), tuple(changes))

    def _group(
        self,
        measure: str,
        started: int,
        interval: Interval,
        hits: Mapping[str, Sequence[SeriesScore]],
        known: Mapping[str, int],
    ) -> AnomalyGroup:
        series = hits[measure]
        return AnomalyGroup(
            group_id=self.names.group_id(measure, started),
            measure=measure,
            started=started,
            interval=interval,
            severity=group_severity([score.severity for score in series], known.get(measure, 0)),
            kind=_kind(series),
            series=tuple(series),
            contributions=contributions(series, self.dimensions),
            causes=related_measures(measure, hits),
        )


def group_severity(severities: Sequence[float], known: int) -> float:
    """From how far and how many: the worst series' severity, and on from there towards 100 by the share of series hit.

    One series alone has its own severity; all of the measure's series go half of the way that is left.
    """
    worst = max(severities)
    others = max(known, len(severities)) - 1
    share = (len(severities) - 1) / others if others else 0.0
    return round(worst + (100.0 - worst) * _SPREAD * share, 2)


def _begun(group: AnomalyGroup) -> Incident:
    return Incident(group.group_id, group.measure, group.started, group.interval, group.severity, group.kind)


def _by_measure(hits: Sequence[SeriesScore]) -> dict[str, list[SeriesScore]]:
    """Each measure's anomalous series, worst first."""
    found: dict[str, list[SeriesScore]] = {}
    for score in sorted(hits, key=lambda score: (-score.severity, -residual(score), score.dimensions)):
        found.setdefault(score.measure, []).append(score)
    return found


def _kind(series: Sequence[SeriesScore]) -> Kind:
    """The commonest kind; among equals that of the worse series."""
    return Counter(kind_of(score) for score in series).most_common(1)[0][0]


def kind_of(score: SeriesScore) -> Kind:
    """A series' kind: what the model says of its shape; of a single point by the sign of its residual."""
    if score.kind not in (None, Kind.SPIKE, Kind.DIP):
        return score.kind
    if score.value is None:
        return Kind.SILENCE
    return Kind.DIP if score.value < (score.expected or 0.0) else Kind.SPIKE
