"""Incidents of a whole run: what the groups of successive intervals add up to.

What rules and planned times suppress is gathered too, by its reason, as if it had alerted.
"""

from collections.abc import Sequence
from dataclasses import replace

from local.gathered import Gathered
from tidegate.config import DetectorConfig
from tidegate.contracts.anomaly import AnomalyGroup, SeriesScore, Suppression
from tidegate.contracts.incident_facts import IncidentState
from tidegate.contracts.names import DetectorNames
from tidegate.detect.contributions import contributions
from tidegate.detect.groups import Grouping
from tidegate.detect.incidents import Incident
from tidegate.detect.root_causes import RootCauses
from tidegate.detect.scores import IntervalScores
from tidegate.detect.suppression import told

_NOWHERE = ("aws", "local", "000000000000")
"""Partition, region and account in the names of a detector that is not deployed."""


class Incidents:
    """Gathers each incident as one group: severest interval, all series hit, first to last anomalous interval."""

    def __init__(self, config: DetectorConfig) -> None:
        self._config = config
        self._alerting = _Gathering(config)
        self._suppressed: dict[Suppression, _Gathering] = {}

    def add(self, scores: IntervalScores) -> None:
        """Take one interval's scores; intervals come in order."""
        hits = scores.above(self._config.anomaly_threshold)
        alerting = told(hits, self._alerting.open)
        self._alerting.add(scores, alerting)
        kept_back: dict[Suppression, list[SeriesScore]] = {reason: [] for reason in self._suppressed}
        for hit in hits if len(alerting) < len(hits) else ():
            if hit.suppressed and hit not in alerting:
                kept_back.setdefault(hit.suppressed, []).append(hit)
        for reason, those in kept_back.items():
            self._suppressed.setdefault(reason, _Gathering(self._config, reason)).add(scores, those)

    def groups(self) -> Sequence[AnomalyGroup]:
        """All incidents by their start, the series of each worst first."""
        found = [group for each in (self._alerting, *self._suppressed.values()) for group in each.groups()]
        return sorted(found, key=lambda group: group.started)


class _Gathering:
    """The incidents that alerted, or those that one reason kept from it."""

    def __init__(self, config: DetectorConfig, reason: Suppression | None = None) -> None:
        self._threshold = config.anomaly_threshold
        self._reason = reason
        name = f"{config.detector_name} {reason}" if reason else config.detector_name
        self._grouping = Grouping(DetectorNames(*_NOWHERE, name), config.dimensions)
        self.open: tuple[Incident, ...] = ()
        self._gathered = Gathered()

    def add(self, scores: IntervalScores, hits: Sequence[SeriesScore]) -> None:
        """Take what is hit in one interval; intervals come in order."""
        if not hits and not self.open:
            return
        search = RootCauses(scores, self._grouping.dimensions, self._threshold)
        step = self._grouping.step(self.open, scores.interval, hits, scores.standing(), search.of)
        self.open = step.incidents
        for state, group in step.changes:
            if state is IncidentState.ENDED:
                self._gathered.end(group)
            else:
                self._gathered.add(group)

    def groups(self) -> list[AnomalyGroup]:
        """All of them by their start."""
        return [self._whole(group) for group in self._gathered.groups()]

    def _whole(self, group: AnomalyGroup) -> AnomalyGroup:
        shares = contributions(group.series, self._grouping.dimensions)
        return replace(group, contributions=shares, suppressed=self._reason)
