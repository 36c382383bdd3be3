"""An alert event cut to a size that fits everywhere it goes: SNS takes 256 KB, a DynamoDB item 400 KB."""

from dataclasses import replace
from typing import Final

from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.errors import MalformedAlert

MAX_EVENT_BYTES: Final = 98_304
"""As JSON. Quoted once more inside SNS' own JSON it may double."""
MAX_VALUES: Final = 20
MAX_NAME_BYTES: Final = 1_000
"""Of what becomes a key of the table of anomalies; DynamoDB's limit is 1,024."""


def fitted(event: AlertEvent) -> AlertEvent:
    """The event itself, or with the least series (the last ones) left out; then only the main contributors.

    What was left out is counted in the extra field `seriesOmitted`. MalformedAlert when it is too large even so, or
    cannot be written as JSON at all (half a surrogate pair, NaN in a field that we do not know).
    """
    for place, name in (("anomalyDetectorArn", event.detector_arn), ("alertEventId", event.alert_event_id)):
        if len(name) > MAX_NAME_BYTES or not name.isascii():
            raise MalformedAlert(place, f"must be at most {MAX_NAME_BYTES} ASCII characters")
    size = _size(event)
    while size > MAX_EVENT_BYTES and event.series:
        event = _with_series(event, len(event.series) * MAX_EVENT_BYTES // size)
        size = _size(event)
    if size > MAX_EVENT_BYTES:
        contributions = tuple(replace(item, values=item.values[:MAX_VALUES]) for item in event.contributions)
        event = replace(event, contributions=contributions)
        size = _size(event)
    if size > MAX_EVENT_BYTES:
        raise MalformedAlert("event", f"has {size} bytes without its series; the limit is {MAX_EVENT_BYTES}")
    return event


def _with_series(event: AlertEvent, count: int) -> AlertEvent:
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
