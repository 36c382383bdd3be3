"""The label file: what was planted, so that what a detector finds can be judged."""

from collections.abc import Iterable

from tidegate.contracts.alert_time import utc_text
from tidegate.generate.plan import Incident


def label_document(scenario: str, seed: int, start: int, end: int, incidents: Iterable[Incident]) -> dict[str, object]:
    """The label file as a JSON document; instants are ISO 8601 in UTC, `start` within and `end` behind the span."""
    return {
        "scenario": scenario,
        "seed": seed,
        "start": utc_text(start),
        "end": utc_text(end),
        "incidents": [_label(incident) for incident in incidents],
    }


def _label(incident: Incident) -> dict[str, object]:
    return {
        "kind": incident.kind.value,
        "cause": incident.cause,
        "scope": dict(incident.scope),
        "measures": list(incident.measures),
        "start": utc_text(incident.start),
        "end": utc_text(incident.end),
        "factor": incident.factor,
    }
