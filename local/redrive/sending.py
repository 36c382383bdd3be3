"""Sending: the ingest function is invoked with events in which every record is who it was.

The order makes any death harmless. Records are sent first and their objects moved afterwards; who dies in between
sends them again the next time, and a record that comes again under its own identity is counted once.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from local.account import aws_problems
from local.kinesis_event import EventSize, kinesis_event
from local.redrive.entries import Batch, Quarantined, Selection
from local.redrive.places import REDRIVEN, Bucket
from tidegate.contracts.errors import InputError
from tidegate.contracts.quarantine import quarantine_lines, quarantine_object
from tidegate.contracts.record import Rejected, StreamRecord

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

MAX_EVENT_BYTES: Final = 5_500_000
"""Lambda takes 6 MB in one synchronous call."""
MAX_EVENT_RECORDS: Final = 10_000
_ENVELOPE_BYTES: Final = 600
"""About what a record of an event takes beside its data."""


class Invoke(Protocol):
    """Calls a function and waits."""

    def __call__(self, event: str) -> None:
        """Raises InputError when the function fails."""


def invoker(client: "LambdaClient", function: str) -> Invoke:
    """Call the deployed function of this name."""

    def invoke(event: str) -> None:
        with aws_problems(function):
            answer = client.invoke(FunctionName=function, Payload=event.encode())
        if "FunctionError" in answer:
            error: dict[str, Any] = json.loads(answer["Payload"].read())
            problem = f"{error.get('errorType')}: {error.get('errorMessage')}"
            raise InputError(
                function, f"failed ({problem}); what was taken before is done, run redrive again for the rest"
            )

    return invoke


def send_batches(
    batches: Iterable[Batch], selection: Selection, bucket: Bucket, invoke: Invoke, advance: Callable[[int], None]
) -> int:
    """Send the chosen batches, each with its own event; returns how many records they held."""
    sent = 0
    for batch in batches:
        if batch.payload is None or not selection.takes_batch(batch):
            continue
        invoke(batch.payload)
        bucket.copy(batch.place, REDRIVEN + batch.place.key)
        bucket.remove(batch.place)
        sent += batch.records
        advance(batch.records)
    return sent


def send_quarantined(
    found: Iterable[Quarantined],
    selection: Selection,
    bucket: Bucket,
    send: Callable[[Sequence[Rejected]], None],
    advance: Callable[[int], None],
) -> int:
    """Send the chosen records; returns how many. send: see `sender`."""
    sent = 0
    for group in _groups(found, selection):
        records = [source.coming(record) for source, chosen, _ in group for record in chosen]
        send(records)
        for source, chosen, kept in group:
            _move(bucket, source, chosen, kept)
        sent += len(records)
        advance(len(records))
    return sent


def sender(invoke: Invoke, stream_arn: str, role_arn: str) -> Callable[[Sequence[Rejected]], None]:
    """Sends records in as few events as hold them."""
    size = EventSize(stream_arn, role_arn)

    def send(records: Sequence[Rejected]) -> None:
        for event in _events([_again(record) for record in records], size):
            invoke(json.dumps(kinesis_event(event, stream_arn, role_arn), separators=(",", ":")))

    return send


def _again(record: Rejected) -> StreamRecord:
    sequence, sub = record.identity
    return StreamRecord(record.shard, sequence, record.partition_key, record.arrival, record.data, sub)


def _events(records: Sequence[StreamRecord], size: EventSize) -> Iterator[list[StreamRecord]]:
    event: list[StreamRecord] = []
    used = size.of_envelope()
    for record in sorted(records):
        weight = size.of(record)
        if event and (len(event) == MAX_EVENT_RECORDS or used + weight > MAX_EVENT_BYTES):
            yield event
            event, used = [], size.of_envelope()
        event.append(record)
        used += weight
    if event:
        yield event


type _Part = tuple[Quarantined, list[Rejected], list[Rejected]]


def _groups(found: Iterable[Quarantined], selection: Selection) -> Iterator[list[_Part]]:
    """Objects with something to send, together as many as about fill an event."""
    group: list[_Part] = []
    used = 0
    for source in found:
        chosen, kept = source.split(selection)
        if not chosen:
            continue
        group.append((source, chosen, kept))
        used += sum(len(record.data) + _ENVELOPE_BYTES for record in chosen)
        if used > MAX_EVENT_BYTES:
            yield group
            group, used = [], 0
    if group:
        yield group


def _move(bucket: Bucket, source: Quarantined, chosen: Sequence[Rejected], kept: Sequence[Rejected]) -> None:
    """Take what was sent out of quarantine; what stays, stays in an object of its own."""
    if kept:
        bucket.put(REDRIVEN + source.place.key, quarantine_lines(chosen))
        rest = quarantine_object(kept)
        bucket.put(rest.key, rest.body)
    else:
        bucket.copy(source.place, REDRIVEN + source.place.key)
    bucket.remove(source.place)
