"""The label file: what was planted, so that what a detector finds can be judged."""

from collections.abc import Iterable
from datetime import UTC, datetime

from tidegate.generate.plan import Incident


def label_document(scenario: str, seed: int, start: int, end: int, incidents: Iterable[Incident]) -> dict[str, object]:
    """The label file as a JSON document; instants are ISO 8601 in UTC, `start` within and `end` behind the span."""
    return {
        "scenario": scenario,
        "seed": seed,
        "start": iso(start),
        "end": iso(end),
        "incidents": [_label(incident) for incident in incidents],
    }


def iso(instant: int) -> str:
    """An instant (seconds since 1970 UTC) as `2026-06-01T00:00:00Z`."""
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _label(incident: Incident) -> dict[str, object]:
    return {
        "kind": incident.kind.value,
        "cause": incident.cause,
        "scope": dict(incident.scope),
        "measures": list(incident.measures),
        "start": iso(incident.start),
        "end": iso(incident.end),
        "factor": incident.factor,
    }
