"""An alert event cut to a size that fits everywhere it goes: SNS takes 256 KB, a DynamoDB item 400 KB, Lambda 1 MB.

Detect cuts what it sends, the alert function what others send. Only values of dimensions can make our own events large,
and those are bounded one by one (`told_value`), so one of ours always fits.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, takewhile
from typing import Final

from tidegate.contracts.alert_event import AlertEvent, DimensionContribution, value_document
from tidegate.contracts.errors import MalformedAlert
from tidegate.contracts.incident_facts import cause_document

MAX_EVENT_BYTES: Final = 98_304
"""As JSON. Quoted once more inside SNS' own JSON it may double."""
CONTRIBUTION_BYTES: Final = 24_576
"""Of an event that is too large, what all dimensions' contributions share in equal parts."""
CAUSE_BYTES: Final = 12_288
MAX_NAME_BYTES: Final = 1_000
"""Of what becomes a key of the table of anomalies; DynamoDB's limit is 1,024."""
MAX_VALUE_CHARACTERS: Final = 1_024
"""Of a dimension's value; ingest lets no longer one through, intervals of other producers may have any."""
_KEPT: Final = 1_000
_OMISSION_BYTES: Final = 40


def told_value(value: str) -> str:
    """A dimension's value as events have it: a longer one is its beginning and a fingerprint, the same each time."""
    if len(value) <= MAX_VALUE_CHARACTERS:
        return value
    fingerprint = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{value[:_KEPT]}...{fingerprint[:16]}"


def fitted(event: AlertEvent) -> AlertEvent:
    """The event itself, or with less in its lists, each cut at its end: contributions and root causes, then series.

    Short lists stay whole: each dimension has a share of its own. Series left out are counted in the extra field
    `seriesOmitted`; seriesHit stays. MalformedAlert when it is too large even so, or cannot be written as JSON at all
    (half a surrogate pair, NaN in a field that we do not know).
    """
    for place, name in (("anomalyDetectorArn", event.detector_arn), ("alertEventId", event.alert_event_id)):
        if len(name) > MAX_NAME_BYTES or not name.isascii():
            raise MalformedAlert(place, f"must be at most {MAX_NAME_BYTES} ASCII characters")
    if _size(event) <= MAX_EVENT_BYTES:
        return event
    event = _with_causes(_with_contributions(event))
    if _size(event) > MAX_EVENT_BYTES:
        event = _with_series(event)
    if (size := _size(event)) > MAX_EVENT_BYTES:
        raise MalformedAlert("event", f"has {size} bytes without its series; the limit is {MAX_EVENT_BYTES}")
    return event


def fitting(documents: Sequence[object], room: int) -> int:
    """How many of the first documents have room together. room: bytes of JSON."""
    sizes = accumulate(len(_json(document)) + 1 for document in documents)
    return sum(1 for _ in takewhile(lambda size: size <= room, sizes))


def _with_contributions(event: AlertEvent) -> AlertEvent:
    share = CONTRIBUTION_BYTES // max(len(event.contributions), 1)

    def cut(item: DimensionContribution) -> DimensionContribution:
        documents = [value_document(value, percent) for value, percent in item.values]
        return replace(item, values=item.values[: fitting(documents, share)])

    return replace(event, contributions=tuple(map(cut, event.contributions)))


def _with_causes(event: AlertEvent) -> AlertEvent:
    if event.facts is None:
        return event
    documents = [cause_document(cause) for cause in event.facts.root_causes]
    causes = event.facts.root_causes[: fitting(documents, CAUSE_BYTES)]
    return replace(event, facts=replace(event.facts, root_causes=causes))


def _with_series(event: AlertEvent) -> AlertEvent:
    """The event with as many of its first series as there is room for."""
    documents = [series.to_document() for series in event.series]
    for document, facts in zip(documents, event.facts.series if event.facts else (), strict=False):
        document["tidegate"] = facts.to_document()
    room = MAX_EVENT_BYTES - _size(_first_series(event, 0)) - _OMISSION_BYTES
    return _first_series(event, fitting(documents, room))


def _first_series(event: AlertEvent, count: int) -> AlertEvent:
    omitted = event.extra.get("seriesOmitted", 0)
    before = omitted if isinstance(omitted, int) else 0
    return replace(
        event,
        series=event.series[:count],
        facts=replace(event.facts, series=event.facts.series[:count]) if event.facts else None,
        extra={**event.extra, "seriesOmitted": before + len(event.series) - count},
    )


def _size(event: AlertEvent) -> int:
    try:
        return len(event.to_json().encode())
    except ValueError as error:
        raise MalformedAlert("event", f"cannot be written as JSON: {error}") from None


def _json(document: object) -> bytes:
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")
