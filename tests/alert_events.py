"""Alert events for tests: the canonical ones of events/, and ours with parts changed."""

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.alert_time import AlertTime
from tidegate.contracts.incident_facts import IncidentFacts, IncidentState
from tidegate.contracts.interval import Interval

EVENTS = Path(__file__).parents[1] / "events"
STEP = 300


def document(name: str) -> dict[str, Any]:
    """A canonical event: `alert-lookout-2021`, `alert-lookout-2022`, `alert-tidegate`, `alert-malformed`."""
    found: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return found


def changed(original: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy with another value at a path such as `impactedMetric.relevantTimeSeries.0.metricValue`."""
    whole = copy.deepcopy(dict(original))
    *way, last = path.split(".")
    node: Any = whole
    for name in way:
        node = node[int(name) if isinstance(node, list) else name]
    node[int(last) if isinstance(node, list) else last] = value
    return whole


def ours(state: IncidentState = IncidentState.STARTED, number: int = 0, score: float = 93.46) -> AlertEvent:
    """Our canonical event, of so many intervals after the incident's start; without series when it has ended."""
    event = AlertEvent.parse(document("alert-tidegate"))
    assert event.facts
    start = event.facts.started + number * STEP
    facts = replace(event.facts, state=state, interval=Interval(start, start + STEP))
    event = replace(event, score=score, facts=facts, time=AlertTime.of(start, "UTC"))
    return event if state is not IncidentState.ENDED else _ended(event, facts)


def _ended(event: AlertEvent, facts: IncidentFacts) -> AlertEvent:
    facts = replace(facts, series=(), series_hit=0, related=())
    time = AlertTime.of(facts.interval.end, "UTC")
    return replace(event, contributions=(), series=(), facts=facts, time=time)
