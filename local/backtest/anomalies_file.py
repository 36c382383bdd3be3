"""anomalies.json: the incidents as a list, by their start.

Each: id, measure, start and end (ISO 8601 with the zone's offset; the end of the last interval in which it went on),
severity, kind; series (dimensions, value, expected, lower, upper, severity; worst first, each in its severest
interval); rootCauses (dimension values and their percent of the deviation, in the severest interval); contributions
(dimension -> value and percent); causes (measure and percent); suppressed (null, or the rule or planned time that kept
it from alerting).
"""

import json
from collections.abc import Iterable
from datetime import datetime, tzinfo
from pathlib import Path

from tidegate.config import DetectorConfig
from tidegate.contracts.anomaly import AnomalyGroup, SeriesScore


def write_anomalies(path: Path, groups: Iterable[AnomalyGroup], config: DetectorConfig) -> None:
    """Write the file."""
    document = [_group(group, config) for group in groups]
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _group(group: AnomalyGroup, config: DetectorConfig) -> dict[str, object]:
    zone = config.grid.zone
    return {
        "id": group.group_id,
        "measure": group.measure,
        "start": _iso(group.started, zone),
        "end": _iso(group.interval.end, zone),
        "severity": group.severity,
        "kind": group.kind.value,
        "series": [_series(score, config) for score in group.series],
        "rootCauses": [{"dimensions": dict(cause.dimensions), "percent": cause.percent} for cause in group.root_causes],
        "contributions": {
            name: [{"value": value, "percent": percent} for value, percent in values]
            for name, values in group.contributions.items()
        },
        "causes": [{"measure": measure, "percent": percent} for measure, percent in group.causes],
        "suppressed": str(group.suppressed) if group.suppressed else None,
    }


def _series(score: SeriesScore, config: DetectorConfig) -> dict[str, object]:
    return {
        "dimensions": dict(zip(config.dimensions, score.dimensions, strict=True)),
        "value": score.value,
        "expected": score.expected,
        "lower": score.lower,
        "upper": score.upper,
        "severity": score.severity,
    }


def _iso(instant: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(instant, zone).isoformat(timespec="seconds")
