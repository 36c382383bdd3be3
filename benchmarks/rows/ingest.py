"""Ingest: CPU a record from Lambda's event to the chunk, against the floor and against an item a record."""

from collections.abc import Iterator
from typing import Any

from benchmarks import ingest, naive
from benchmarks.lines import Line, rounded
from benchmarks.processes import alone
from benchmarks.sample import START
from benchmarks.scale import Scale
from benchmarks.stub_dynamodb import stub_dynamodb
from benchmarks.timing import least_seconds
from tidegate.aws.buffer import DynamoBuffer
from tidegate.aws.clients import dynamodb_client
from tidegate.aws.kinesis_event import stream_records
from tidegate.ingest.process import Ingest
from tidegate.memory.quarantine import MemoryQuarantine

ROW = "ingest"
RATE = 1_000.0
"""Records a second of the stream that the batches come from."""


def measure(scale: Scale) -> Iterator[Line]:
    """CPU a record by size of batch: to DynamoDB's client, and with boto3 in front of a stub of DynamoDB."""
    for size in scale.batches:
        ours, floor, whole, item_a_record = alone(microseconds, size, max(1, scale.records_measured // size))
        case = f"batches of {size:,}"
        yield Line(ROW, case, size, "CPU to the client", "us/record", ours, "floor", floor)
        yield Line(ROW, case, size, "CPU with boto3", "us/record", whole, "an item a record", item_a_record)


def microseconds(size: int, count: int) -> tuple[float, ...]:
    """Of the stage, its floor, the stage with boto3, and the naive handler, a record."""
    events = ingest.batches(size, RATE, count)
    few = events[: max(1, 2_000 // size)]
    with stub_dynamodb() as table:
        buffer = DynamoBuffer(dynamodb_client(), "tidegate-buffer", "tidegate")
        seconds = least_seconds((lambda: ingest.ingest(events), lambda: ingest.floor(events)))
        seconds += least_seconds((lambda: _with_boto3(events, buffer), lambda: _naive(few, table)), repeats=3)
    records = (size * count, size * count, size * count, size * len(few))
    return tuple(rounded(1e6 * spent / of) for spent, of in zip(seconds, records, strict=True))


def _with_boto3(events: list[dict[str, Any]], buffer: DynamoBuffer) -> None:
    stage = Ingest(ingest.CONFIG, buffer, MemoryQuarantine())
    for event in events:
        stage.process(stream_records(event), START)


def _naive(events: list[dict[str, Any]], table: Any) -> None:
    for event in events:
        naive.handler(event, table)
