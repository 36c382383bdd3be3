"""What the functions get at most in daily work, laid into an emulated account: events, buffered rows, intervals."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Final

import boto3

from local.embedded import create_resources
from local.kinesis_event import kinesis_event
from local.sequence_numbers import SequenceNumbers
from local.template import ROOT, Template
from tidegate.aws.buffer import DynamoBuffer
from tidegate.aws.quarantine import S3Quarantine
from tidegate.config import DetectorConfig
from tidegate.contracts.interval import DAY_SECONDS, IntervalGrid
from tidegate.contracts.record import StreamRecord
from tidegate.generate.ecommerce import MARKETPLACES, PLATFORMS
from tidegate.ingest.process import Ingest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

START: Final = 1_780_315_200
"""2026-06-01 12:00 UTC."""
END: Final = START + 300
DAYS: Final = 20
SHARD: Final = "shardId-000000000000"
STREAM: Final = "arn:aws:kinesis:us-east-1:000000000000:stream/tidegate"
ROLE: Final = "arn:aws:iam::000000000000:role/tidegate-IngestRole"
EVENT_BYTES: Final = 6 * 1024 * 1024
ASYNCHRONOUS_BYTES: Final = 1024 * 1024
BATCH: Final = 7_000


def records(count: int, seconds: float) -> Iterator[StreamRecord]:
    """Records of the e-commerce sample, 108 bytes each, that arrive at an even pace from START on."""
    random, numbers = Random(1), SequenceNumbers(0, START - DAY_SECONDS, Random(2))
    platforms, marketplaces = list(PLATFORMS), list(MARKETPLACES)
    for place in range(count):
        arrival = START + place * seconds / count
        views = max(0, round(random.gauss(300, 90)))
        fields = {
            "platform": random.choice(platforms),
            "marketplace": random.choice(marketplaces),
            "event_time": f"{datetime.fromtimestamp(arrival, UTC):%Y-%m-%d %H:%M:%S}",
            "views": views,
            "revenue": round(views * 1.3, 2),
        }
        data = json.dumps(fields, separators=(",", ":")).encode()
        yield StreamRecord(SHARD, numbers.next(arrival), "pc_web|us", round(arrival, 3), data)


def full_event() -> bytes:
    """What Lambda gives to ingest when the window is not over: 6 MB, or 10,000 records of small ones."""
    event = kinesis_event(list(records(10_000, 300)), STREAM, ROLE)
    whole = len(json.dumps(event))
    event["Records"] = event["Records"][: 10_000 * EVENT_BYTES // whole]
    return json.dumps(event).encode()


def account(template: Template) -> None:
    """The template's resources, and functions that do nothing under the names of its own."""
    session = boto3.Session()
    create_resources(session, template)
    for logical in template.resources("AWS::Kinesis::Stream"):
        session.client("kinesis").create_stream(StreamName=template.name(logical), ShardCount=1)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", "def handler(event, context):\n    return None\n")
    session.client("lambda").create_function(
        FunctionName=template.name("AlertFunction"),
        Runtime="python3.13",
        Handler="app.handler",
        Role=ROLE,
        Code={"ZipFile": archive.getvalue()},
    )


def buffered(template: Template, config: DetectorConfig, rows: int) -> bytes:
    """An interval of so many rows in the buffer, as ingest packs them; gives flush's event that closes it."""
    dynamodb: DynamoDBClient = boto3.client("dynamodb")
    s3: S3Client = boto3.client("s3")
    buffer = DynamoBuffer(dynamodb, template.name("BufferTable"), config.detector_name)
    ingest = Ingest(config, buffer, S3Quarantine(s3, template.name("OperationsBucket")))
    batch: list[StreamRecord] = []
    for one in records(rows, 299):
        batch.append(one)
        if len(batch) == BATCH:
            ingest.process(batch, END)
            batch = []
    last = next(records(1, 0))
    ingest.process([*batch, last._replace(sequence=last.sequence + 2**110, arrival=END + 120.0)], END + 120)
    return scheduled(END + 120)


def published(
    template: Template, config: DetectorConfig, series: int, day: int, *, is_half_down: bool = False
) -> bytes:
    """A day's object with a row for each series; gives detect's event that scores it. is_half_down: an incident."""
    random = Random(day)
    grid = IntervalGrid(1440)
    start = START // DAY_SECONDS * DAY_SECONDS + day * DAY_SECONDS
    text = ["event_time,shop,product,orders\n"]
    moment = f"{datetime.fromtimestamp(start, UTC):%Y-%m-%d %H:%M:%S}"
    for place in range(series):
        value = 5 if is_half_down and place % 2 else random.randint(900, 1100)
        text.append(f"{moment},shop-{place % 50:02d},product-{place // 50:04d},{value}\n")
    key = grid.key(config.output_prefix, grid.containing(start))
    boto3.client("s3").put_object(Bucket=template.name("DataBucket"), Key=key, Body="".join(text).encode())
    return scheduled(start + DAY_SECONDS + 120)


def wide_alert() -> bytes:
    """An alert event of 1 MB, which is the most that Lambda takes of an asynchronous one: thousands of series."""
    event = json.loads((ROOT / "events" / "alert-tidegate.json").read_text())
    one = event["impactedMetric"]["relevantTimeSeries"][0]
    event["impactedMetric"]["relevantTimeSeries"] = [one] * (ASYNCHRONOUS_BYTES // (len(json.dumps(one)) + 2) - 10)
    return json.dumps(event).encode()


def scheduled(instant: float) -> bytes:
    return json.dumps({"time": datetime.fromtimestamp(instant, UTC).isoformat()}).encode()
