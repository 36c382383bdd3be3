"""Planted incidents against the anomalies that were alerted: which were found, how soon, and what was a false alarm."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from local.report import Planted
from tidegate.contracts.anomaly import AnomalyGroup
from tidegate.generate.plan import Incident

TOLERANCE_SECONDS: Final = 1800
"""An anomaly that begins so long after an incident's end may still be its echo: what comes back is a change too."""


@dataclass(frozen=True, slots=True)
class Match:
    """An incident, and the anomaly that found it first (None: missed)."""

    incident: Incident
    group: AnomalyGroup | None

    @property
    def where(self) -> str:
        """The dimension values that are hit: `pc_web, jp`; or `everywhere`."""
        return ", ".join(value for _, value in self.incident.scope) or "everywhere"

    def planted(self) -> Planted:
        """The incident as the report shows it."""
        one, group_id = self.incident, self.group.group_id if self.group else None
        return Planted(one.kind.value, f"{self.where}: {one.cause}", one.start, one.end, group_id)


def match(
    incidents: Sequence[Incident], groups: Sequence[AnomalyGroup], dimensions: Sequence[str]
) -> tuple[list[Match], list[AnomalyGroup]]:
    """Each incident with the anomaly that found it, and the anomalies that belong to no incident.

    An anomaly belongs to an incident when it is of one of its measures, has a series in its scope, and they overlap or
    the anomaly begins within TOLERANCE_SECONDS after the incident's end.
    """
    belonging = {
        number: [group for group in groups if _belongs(group, incident, dimensions)]
        for number, incident in enumerate(incidents)
    }
    matches = [
        Match(incident, min(belonging[number], key=lambda group: group.started, default=None))
        for number, incident in enumerate(incidents)
    ]
    explained = {group.group_id for found in belonging.values() for group in found}
    return matches, [group for group in groups if group.group_id not in explained]


def _belongs(group: AnomalyGroup, incident: Incident, dimensions: Sequence[str]) -> bool:
    if group.measure not in incident.measures or group.interval.end <= incident.start:
        return False
    if group.started >= incident.end + TOLERANCE_SECONDS:
        return False
    return any(incident.hits(dict(zip(dimensions, score.dimensions, strict=True))) for score in group.series)
