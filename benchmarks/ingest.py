"""Ingest: CPU time, stored bytes and DynamoDB write units a record, for a stream like the e-commerce sample.

`python -m benchmarks.ingest` measures from the event that Lambda gives to the items that DynamoDB would get; the client
that would send them only weighs them, as AWS bills them: names and values, one unit for each kilobyte begun, and the
cursor beside the chunks. Beside it the floor: base64, typed JSON decoding, CSV text and one compression of the same
columns, with no identity, no check and no key. Results go to benchmarks/results/ingest.json.

Sequence numbers are those of local/sequence_numbers.py, whose differences are 60 random bits, more than real ones are
likely to have; one scenario has them as published events show them.
"""

import csv
import io
import json
import os
import platform
import zlib
from binascii import a2b_base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Any, Final, cast

import msgspec

from benchmarks.billing import Item, item_bytes, write_units
from benchmarks.sample import START, record
from benchmarks.sequence_numbers import PublishedNumbers
from benchmarks.timing import least_seconds
from local.kinesis_event import kinesis_event
from local.sequence_numbers import SequenceNumbers
from tidegate.aws.buffer import DynamoBuffer
from tidegate.aws.items import CURSOR, WATERMARK, watermark_item
from tidegate.aws.kinesis_event import stream_records
from tidegate.config import DetectorConfig
from tidegate.contracts.buffer import Watermark
from tidegate.contracts.interval import DAY_SECONDS
from tidegate.contracts.record import StreamRecord
from tidegate.ingest.process import Ingest
from tidegate.memory.quarantine import MemoryQuarantine

type _Numbers = type[SequenceNumbers] | type[PublishedNumbers]

RESULTS: Final = Path(__file__).parent / "results" / "ingest.json"
CONFIG: Final = DetectorConfig.from_parameters(
    {"Measures": "views:SUM,revenue:SUM", "Dimensions": "platform,marketplace"}
)
SHARD: Final = "shardId-000000000000"
STREAM: Final = "arn:aws:kinesis:eu-central-1:123456789012:stream/tidegate"
ROLE: Final = "arn:aws:iam::123456789012:role/tidegate-IngestRole"
SCENARIOS: Final = (
    ("batches of 500, 100 records a second", 500, 100.0, 20, SequenceNumbers),
    ("the same, sequence numbers as published", 500, 100.0, 20, PublishedNumbers),
    ("batches of 7000, 1000 records a second", 7000, 1000.0, 3, SequenceNumbers),
    ("the same, sequence numbers as published", 7000, 1000.0, 3, PublishedNumbers),
    ("batches of 500 across five intervals", 500, 0.35, 20, SequenceNumbers),
)
"""Name, records a batch, records a second, batches, sequence numbers."""


@dataclass(frozen=True, slots=True)
class Result:
    """Means over all records of a scenario. floor: as the module says; microseconds are CPU time."""

    scenario: str
    records: int
    microseconds: float
    floor_microseconds: float
    bytes: float
    floor_bytes: float
    write_units: float

    @property
    def ratio(self) -> float:
        return self.microseconds / self.floor_microseconds


class Scales:
    """Stands for DynamoDB: weighs what is written. Flush has closed all intervals before the first record's."""

    def __init__(self) -> None:
        self.chunk_bytes = 0
        self.units = 0
        watermark = Watermark(0, START - 3600, START, grid="5 minutes, UTC", version=1)
        self._control: dict[str, Item] = {WATERMARK: watermark_item(watermark)}

    def get_item(self, **request: Any) -> dict[str, object]:
        found = self._control.get(request["Key"]["sk"]["S"])
        return {"Item": found} if found else {}

    def put_item(self, **request: Any) -> None:
        item, place = request["Item"], request["Item"]["sk"]["S"]
        size = self._weigh(item)
        if place.startswith(CURSOR):
            self._control[place] = item
        else:
            self.chunk_bytes += size

    def update_item(self, **request: Any) -> None:
        key = request["Key"]
        item = {
            **key,
            **{name.removeprefix(":"): value for name, value in request["ExpressionAttributeValues"].items()},
        }
        self._weigh(item)
        if key["sk"]["S"].startswith(CURSOR):
            self._control[key["sk"]["S"]] = item

    def _weigh(self, item: Item) -> int:
        size = item_bytes(item)
        self.units += write_units(size)
        return size


def batches(size: int, rate: float, count: int, numbers_of: _Numbers = SequenceNumbers) -> list[dict[str, Any]]:
    """Events of a stream of records of the e-commerce sample, some of them a little out of order."""
    random, numbers = Random(1), numbers_of(0, START - DAY_SECONDS, Random(2))
    arrivals = (START + place / rate for place in range(size * count))
    records = [
        StreamRecord(SHARD, numbers.next(arrival), "pc_web|us", round(arrival, 3), record(random, arrival))
        for arrival in arrivals
    ]
    return [kinesis_event(records[at : at + size], STREAM, ROLE) for at in range(0, len(records), size)]


def ingest(events: Sequence[dict[str, Any]]) -> Scales:
    scales = Scales()
    buffer = DynamoBuffer(cast(Any, scales), "tidegate-buffer", "tidegate")
    stage = Ingest(CONFIG, buffer, MemoryQuarantine())
    for event in events:
        report = stage.process(stream_records(event), START)
        if report.stored != len(event["Records"]):
            raise SystemExit(f"{len(event['Records'])} records were put, ingest says {report}")
    return scales


def floor(events: Sequence[dict[str, Any]]) -> int:
    """The least that anything must do: the bytes of the compressed columns."""
    columns = CONFIG.record_columns
    kinds = (str, str, str, int, float)
    decode = msgspec.json.Decoder(msgspec.defstruct("Columns", list(zip(columns, kinds, strict=True)))).decode
    values = attrgetter(*columns)
    size = 0
    for event in events:
        text = io.StringIO()
        rows = [values(decode(a2b_base64(record["kinesis"]["data"]))) for record in event["Records"]]
        csv.writer(text, lineterminator="\n").writerows(rows)
        size += len(zlib.compress(text.getvalue().encode(), 6))
    return size


def measure(scenario: str, size: int, rate: float, count: int, numbers_of: _Numbers) -> Result:
    events, records = batches(size, rate, count, numbers_of), size * count
    scales, floor_bytes = ingest(events), floor(events)
    seconds, floor_seconds = least_seconds((lambda: ingest(events), lambda: floor(events)), repeats=12)
    return Result(
        scenario,
        records,
        microseconds=round(1e6 * seconds / records, 2),
        floor_microseconds=round(1e6 * floor_seconds / records, 2),
        bytes=round(scales.chunk_bytes / records, 2),
        floor_bytes=round(floor_bytes / records, 2),
        write_units=round(scales.units / records, 4),
    )


def results() -> list[Result]:
    return [measure(*scenario) for scenario in SCENARIOS]


def main() -> None:
    found = results()
    print(
        f"{'':<40} {'us/record':>10} {'floor':>7} {'ratio':>6} {'bytes/record':>13} {'floor':>6} {'units/record':>13}"
    )
    for one in found:
        print(
            f"{one.scenario:<40} {one.microseconds:>10.2f} {one.floor_microseconds:>7.2f} {one.ratio:>6.2f}"
            f" {one.bytes:>13.2f} {one.floor_bytes:>6.2f} {one.write_units:>13.4f}"
        )
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
    RESULTS.parent.mkdir(exist_ok=True)
    document = {"machine": machine, "results": [asdict(one) | {"ratio": round(one.ratio, 2)} for one in found]}
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
