"""Incidents put together from what was said of each, interval after interval."""

from collections.abc import Iterable
from dataclasses import replace

from tidegate.contracts.anomaly import AnomalyGroup, SeriesScore
from tidegate.contracts.series import DimensionValues


class Gathered:
    """Each incident as one group: its severest interval, each series' severest score, first to last interval.

    outcome: that of those which have ended.
    """

    def __init__(self) -> None:
        self._groups: dict[str, AnomalyGroup] = {}
        self._series: dict[str, dict[DimensionValues, SeriesScore]] = {}

    def add(self, group: AnomalyGroup) -> None:
        """Take what is said of an incident in one interval; an incident's intervals come in order."""
        series = self._series.setdefault(group.group_id, {})
        for score in group.series:
            before = series.get(score.dimensions)
            if before is None or score.severity > before.severity:
                series[score.dimensions] = score
        known = self._groups.get(group.group_id, group)
        severest = group if group.severity > known.severity else known
        self._groups[group.group_id] = replace(severest, started=known.started, interval=group.interval)

    def end(self, group: AnomalyGroup) -> None:
        """Take what is said at an incident's end: it may have gone on for longer than series were anomalous."""
        known = self._groups[group.group_id]
        self._groups[group.group_id] = replace(known, interval=group.interval, outcome=group.outcome)

    def groups(self) -> list[AnomalyGroup]:
        """All incidents in the order in which they were first told of, the series of each worst first."""
        return [
            replace(group, series=_worst_first(self._series[name].values())) for name, group in self._groups.items()
        ]


def _worst_first(scores: Iterable[SeriesScore]) -> tuple[SeriesScore, ...]:
    return tuple(sorted(scores, key=lambda score: (-score.severity, score.dimensions)))
