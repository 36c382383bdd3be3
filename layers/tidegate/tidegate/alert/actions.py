"""What the actions carry: the event on a bus, the state in a device's shadow, the payload of a webhook."""

import json
from collections.abc import Mapping
from html import escape
from typing import Final

from tidegate.alert.messages import long_text
from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.alert.text import cleaned
from tidegate.contracts.alert_time import utc_text

EVENT_BUS: Final = "event_bus"
SHADOW: Final = "shadow"
WEBHOOK: Final = "webhook"

DETAIL_TYPE: Final = "Tidegate Anomaly"
SOURCE: Final = "tidegate"

SHADOW_KEY: Final = "tidegate"
MAX_SHADOW_BYTES: Final = 6_000
"""Of our part; AWS IoT takes 8 KB for the whole of a shadow."""

type Document = dict[str, object]


def webhook_payload(record: AnomalyRecord, notice: Notice, stack: str) -> bytes:
    """`text`, which chat tools show, and `event`.

    In the text &, < and > are escaped, as Slack asks for: a name from data can neither call a channel nor hide a link.
    """
    document = {
        "text": escape(long_text(record, notice, stack), quote=False),
        "event": record.event_of(notice).to_document(),
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


def shadow_part(known: object, record: AnomalyRecord, notice: Notice) -> Document:
    """The new value of `tidegate` in the desired state: `state`, and `incidents` by group; None removes one.

    known: the value that the shadow has now, None or foreign stuff included. A device reads `state` alone, or looks
    for its segment among the incidents. When the shadow would be too large, incidents lose their facts, the least
    severe first.
    """
    open_now: dict[str, Document] = {}
    listed = known.get("incidents") if isinstance(known, Mapping) else None
    if isinstance(listed, Mapping):
        open_now = {str(name): dict(facts) for name, facts in listed.items() if isinstance(facts, Mapping)}
    name = cleaned(record.event.group)
    if notice is Notice.ENDED:
        open_now.pop(name, None)
        changes: Document = {name: None, **_fitted(open_now)}
    else:
        changes = {**_fitted(open_now | {name: _facts(record)})}
    return {"state": "anomalous" if open_now or notice is Notice.STARTED else "normal", "incidents": changes}


def _facts(record: AnomalyRecord) -> Document:
    event = record.event
    worst = event.series[0].dimensions if event.series else ()
    return {
        "measure": cleaned(event.measure),
        "severity": round(record.severity, 2),
        "since": utc_text(record.started),
        **({"kind": record.kind.value} if record.kind else {}),
        "dimensions": {cleaned(name): cleaned(value) for name, value in worst},
    }


def _fitted(incidents: Mapping[str, Document]) -> dict[str, Document | None]:
    fitted: dict[str, Document | None] = dict(incidents)
    by_severity = sorted(incidents, key=lambda name: _severity(incidents[name]))
    for name in by_severity:
        if len(json.dumps(fitted).encode()) <= MAX_SHADOW_BYTES:
            break
        # None removes a field that the shadow has already.
        fitted[name] = {**dict.fromkeys(incidents[name]), "severity": _severity(incidents[name])}
    return fitted


def _severity(facts: Document) -> float:
    severity = facts.get("severity", 0)
    return float(severity) if isinstance(severity, int | float) else 0.0
