"""Chunks above some size in S3, only their line in DynamoDB: what a million records cost in the two designs.

Counted are the chunk's requests, which is all that differs between them but for storage: written once and read twice,
as flush reads an interval of more than 50,000 records.
"""

from collections.abc import Iterator
from typing import Any, Final, cast

from benchmarks import ingest
from benchmarks.billing import item_bytes, write_units
from benchmarks.lines import Line, rounded
from benchmarks.prices import usd
from benchmarks.processes import alone
from benchmarks.sample import START
from benchmarks.scale import Scale
from tidegate.aws.buffer import DynamoBuffer
from tidegate.aws.kinesis_event import stream_records
from tidegate.ingest.process import Ingest
from tidegate.memory.quarantine import MemoryQuarantine

ROW = "chunks"
FIGURE = "a chunk's write and two reads, per million records"
BATCHES: Final = (100, 250, 500, 750, 1_000, 2_000, 4_000, 7_000)
READS: Final = 2


class _Chunks(ingest.Scales):
    """Keeps the items of chunks."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Any] = []

    def put_item(self, **request: Any) -> None:
        super().put_item(**request)
        if "p" in request["Item"]:
            self.items.append(request["Item"])


def measure(scale: Scale) -> Iterator[Line]:
    """By records a batch."""
    for size in BATCHES:
        chunk_bytes, in_dynamodb, in_s3 = alone(costs, size, max(1, scale.records_measured // size))
        case = f"batches of {size:,}, chunks of {chunk_bytes / 1024:.1f} KB"
        yield Line(ROW, case, size, FIGURE, "USD", rounded(in_s3), "all in DynamoDB", rounded(in_dynamodb))


def costs(size: int, count: int) -> tuple[float, float, float]:
    """Mean bytes of a chunk; USD per million records of both designs."""
    scales = _Chunks()
    stage = Ingest(ingest.CONFIG, DynamoBuffer(cast(Any, scales), "tidegate-buffer", "tidegate"), MemoryQuarantine())
    for event in ingest.batches(size, 1_000.0, count):
        stage.process(stream_records(event), START)
    sizes = [item_bytes(item) for item in scales.items]
    lines = [
        item_bytes({**item, "p": {"B": b""}, "o": {"S": item["pk"]["S"] + item["sk"]["S"]}}) for item in scales.items
    ]
    objects = usd("put", len(sizes)) + usd("get", READS * len(sizes))
    millions = size * count / 1e6
    return sum(sizes) / len(sizes), _items_usd(sizes) / millions, (_items_usd(lines) + objects) / millions


def _items_usd(sizes: list[int]) -> float:
    """USD of writing items once and reading them READS times, a query for many."""
    return usd("write unit", sum(map(write_units, sizes))) + usd("read unit", READS * sum(sizes) / 4096)
