"""Incidents of a whole run: what the groups of successive intervals add up to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tidegate.config import DetectorConfig
from tidegate.contracts.anomaly import AnomalyGroup, SeriesScore
from tidegate.contracts.incident_facts import IncidentState
from tidegate.contracts.names import DetectorNames
from tidegate.contracts.series import DimensionValues
from tidegate.detect.contributions import contributions
from tidegate.detect.groups import Grouping
from tidegate.detect.incidents import Incident
from tidegate.detect.root_causes import RootCauses
from tidegate.detect.scores import IntervalScores

_NOWHERE = ("aws", "local", "000000000000")
"""Partition, region and account in the names of a detector that is not deployed."""


class Incidents:
    """Gathers each incident as one group: severest interval, all series hit, first to last anomalous interval."""

    def __init__(self, config: DetectorConfig) -> None:
        self._threshold = config.alert_threshold
        self._grouping = Grouping(DetectorNames(*_NOWHERE, config.detector_name), config.dimensions)
        self._open: tuple[Incident, ...] = ()
        self._groups: dict[str, AnomalyGroup] = {}
        self._series: dict[str, dict[DimensionValues, SeriesScore]] = {}

    def add(self, scores: IntervalScores) -> None:
        """Take one interval's scores; intervals come in order."""
        hits = scores.above(self._threshold)
        known = Counter(measure for measure, _ in scores.series) if hits else {}
        search = RootCauses(scores, self._grouping.dimensions, self._threshold)
        step = self._grouping.step(self._open, scores.interval, hits, known, search.of)
        self._open = step.incidents
        for state, group in step.changes:
            if state is not IncidentState.ENDED:
                self._update(group)

    def groups(self) -> Sequence[AnomalyGroup]:
        """All incidents by their start, the series of each worst first."""
        return [self._whole(group) for group in self._groups.values()]

    def _whole(self, group: AnomalyGroup) -> AnomalyGroup:
        scores = self._series[group.group_id].values()
        series = tuple(sorted(scores, key=lambda score: (-score.severity, score.dimensions)))
        return replace(group, series=series, contributions=contributions(series, self._grouping.dimensions))

    def _update(self, group: AnomalyGroup) -> None:
        series = self._series.setdefault(group.group_id, {})
        for score in group.series:
            before = series.get(score.dimensions)
            if before is None or score.severity > before.severity:
                series[score.dimensions] = score
        known = self._groups.get(group.group_id, group)
        worst = group if group.severity > known.severity else known
        self._groups[group.group_id] = replace(worst, started=known.started, interval=group.interval)
