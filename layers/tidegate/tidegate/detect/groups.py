"""One group a measure and interval: the series of one incident.

Where those hit belong to more than one incident, the group is that of the latest to begin: it is the news, and how many
more series are hit is said beside it. The others are not told of meanwhile; each ends when its own series are normal,
and goes on in its own group when the later ones are over.

A group's id is made of the detector, the measure and the incident's first interval: every re-run gives the same.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tidegate.contracts.anomaly import AnomalyGroup, Kind, RootCause, SeriesScore
from tidegate.contracts.incident_facts import IncidentState
from tidegate.contracts.interval import Interval
from tidegate.contracts.names import DetectorNames
from tidegate.contracts.series import DimensionValues
from tidegate.detect.causes import related_measures
from tidegate.detect.contributions import contributions, residual
from tidegate.detect.incidents import Incident
from tidegate.detect.scores import Standing

MAX_OPEN: Final = 50
"""Open incidents of a measure; where there are so many, whatever else is hit belongs to the latest."""
_SPREAD: Final = 0.5
"""The part of the way to 100 that the severity goes when every series of the measure is hit."""


type FindRootCauses = Callable[[Sequence[SeriesScore]], tuple[RootCause, ...]]
"""From a group's series hit, at least one, to what explains them."""


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
        self,
        incidents: Iterable[Incident],
        interval: Interval,
        hits: Sequence[SeriesScore],
        standing: Standing,
        find: FindRootCauses = lambda series: (),
    ) -> Step:
        """What an interval's anomalous series do to the incidents.

        standing: how all series stand, hit or not. find: the search for root causes, one call a group.
        """
        scene = _Scene(self, interval, _by_measure(hits), standing.known, find)
        older = [incident.older() for incident in incidents]
        open_after: list[Incident] = []
        changes: list[tuple[IncidentState, AnomalyGroup]] = []
        for measure in sorted({incident.measure for incident in older} | scene.hits.keys()):
            own = [incident for incident in older if incident.measure == measure]
            shares, newcomers = _shared_out(own, scene.hits.get(measure, []))
            after = [one.after(interval, part, standing) for one, part in zip(own, shares, strict=True)]
            changes += [(IncidentState.ENDED, incident.ended(standing)) for incident in after if incident.is_over]
            hit = [place for place, incident in enumerate(after) if shares[place] and not incident.is_over]
            if newcomers:
                group = scene.group(measure, interval.start, newcomers)
                after.append(Incident.begun(group))
                changes.append((IncidentState.STARTED, group))
            elif hit:
                latest = hit[-1]
                group = scene.group(measure, after[latest].started, shares[latest])
                after[latest] = after[latest].told(group)
                changes.append((IncidentState.CONTINUING, group))
            open_after += [incident for incident in after if not incident.is_over]
        return Step(tuple(open_after), tuple(changes))


@dataclass(frozen=True, slots=True)
class _Scene:
    """One interval. hits: each measure's anomalous series, worst first."""

    grouping: Grouping
    interval: Interval
    hits: Mapping[str, Sequence[SeriesScore]]
    known: Mapping[str, int]
    find: FindRootCauses

    def group(self, measure: str, started: int, series: Sequence[SeriesScore]) -> AnomalyGroup:
        return AnomalyGroup(
            group_id=self.grouping.names.group_id(measure, started),
            measure=measure,
            started=started,
            interval=self.interval,
            severity=group_severity([score.severity for score in series], self.known.get(measure, 0)),
            kind=_kind(series),
            series=tuple(series),
            contributions=contributions(series, self.grouping.dimensions),
            causes=related_measures(measure, series, self.hits),
            root_causes=self.find(series),
            hit_beside=len(self.hits[measure]) - len(series),
        )


def group_severity(severities: Sequence[float], known: int) -> float:
    """From how far and how many: the worst series' severity, and on from there towards 100 by the share of series hit.

    One series alone has its own severity; all of the measure's series go half of the way that is left.
    """
    worst = max(severities)
    others = max(known, len(severities)) - 1
    share = (len(severities) - 1) / others if others else 0.0
    return round(worst + (100.0 - worst) * _SPREAD * share, 2)


def kind_of(score: SeriesScore) -> Kind:
    """A series' kind: what the model says of its shape; of a single point by the sign of its residual."""
    if score.kind not in (None, Kind.SPIKE, Kind.DIP):
        return score.kind
    if score.value is None:
        return Kind.SILENCE
    return Kind.DIP if score.value < (score.expected or 0.0) else Kind.SPIKE


def _by_measure(hits: Sequence[SeriesScore]) -> dict[str, list[SeriesScore]]:
    found: dict[str, list[SeriesScore]] = {}
    for score in sorted(hits, key=_rank):
        found.setdefault(score.measure, []).append(score)
    return found


def _rank(score: SeriesScore) -> tuple[float, float, DimensionValues]:
    """Worst first."""
    return -score.severity, -residual(score), score.dimensions


def _shared_out(
    incidents: Sequence[Incident], hits: Sequence[SeriesScore]
) -> tuple[list[list[SeriesScore]], list[SeriesScore]]:
    """Each incident's part of a measure's series hit, worst first, and what belongs to none of them."""
    shares: list[list[SeriesScore]] = [[] for _ in incidents]
    newcomers: list[SeriesScore] = []
    for score in hits:
        owner = next((place for place, incident in enumerate(incidents) if incident.has(score)), None)
        (newcomers if owner is None else shares[owner]).append(score)
    for place, incident in enumerate(incidents):
        is_last = place == MAX_OPEN - 1
        if newcomers and (is_last or incident.takes(newcomers, is_hit=bool(shares[place]))):
            shares[place] = sorted([*shares[place], *newcomers], key=_rank)
            newcomers = []
    return shares, newcomers


def _kind(series: Sequence[SeriesScore]) -> Kind:
    """The commonest kind; among equals that of the worse series."""
    return Counter(kind_of(score) for score in series).most_common(1)[0][0]
