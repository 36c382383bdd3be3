"""The flush function on moto's DynamoDB, Kinesis and S3, with the environment that the template gives it."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.client import BaseClient
from moto import mock_aws

from functions.flush import app
from tests.function_output import logged
from tests.tables import make_table
from tidegate.aws.buffer import DynamoBuffer
from tidegate.aws.clients import dynamodb_client, kinesis_client, s3_client
from tidegate.aws.objects import S3Objects
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import InputError, TransientError
from tidegate.contracts.record import StreamRecord
from tidegate.flush.stores import Published
from tidegate.ingest.process import Ingest
from tidegate.memory.quarantine import MemoryQuarantine

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_s3 import S3Client

PARAMETERS = {"DetectorName": "shop", "Measures": "views:SUM", "Dimensions": "market"}
PLACES = {"BUFFER_TABLE": "buffer", "DATA_BUCKET": "data", "STREAM_NAME": "orders"}
SHARD_ID = "shardId-000000000000"
SHARD = f"orders/{SHARD_ID}"


class Context(LambdaContext):
    """An invocation with so many milliseconds left."""

    def __init__(self, left: int = 60_000) -> None:
        self.left = left

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override]  # a static method there
        return self.left


@dataclass
class Account:
    kinesis: "KinesisClient"
    s3: "S3Client"
    ingest: Ingest

    def put(self, happened: float, cells: str) -> None:
        """A record onto the stream."""
        text = f'{{"event_time":"{datetime.fromtimestamp(happened, UTC):%Y-%m-%d %H:%M:%S}",{cells}}}'
        self.kinesis.put_record(StreamName="orders", Data=text.encode(), PartitionKey="a")

    def records(self) -> list[StreamRecord]:
        iterator = self.kinesis.get_shard_iterator(
            StreamName="orders", ShardId=SHARD_ID, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        return [
            StreamRecord(
                SHARD,
                int(found["SequenceNumber"]),
                found["PartitionKey"],
                found["ApproximateArrivalTimestamp"].timestamp(),
                found["Data"],
            )
            for found in self.kinesis.get_records(ShardIterator=iterator)["Records"]
        ]

    def objects(self) -> dict[str, str]:
        listed = self.s3.list_objects_v2(Bucket="data").get("Contents", [])
        return {one["Key"]: self.s3.get_object(Bucket="data", Key=one["Key"])["Body"].read().decode() for one in listed}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in (credentials | PARAMETERS | PLACES).items():
        monkeypatch.setenv(name, value)
    app.dependencies.cache_clear()
    with mock_aws():
        kinesis, s3 = kinesis_client(), s3_client()
        kinesis.create_stream(StreamName="orders", ShardCount=1)
        s3.create_bucket(Bucket="data")
        make_table(dynamodb_client(), "buffer")
        config = DetectorConfig.from_parameters(PARAMETERS)
        yield Account(
            kinesis, s3, Ingest(config, DynamoBuffer(dynamodb_client(), "buffer", "shop"), MemoryQuarantine())
        )
    app.dependencies.cache_clear()


def event(now: float) -> dict[str, str]:
    return {"time": datetime.fromtimestamp(now, UTC).isoformat()}


def current_interval() -> int:
    """The start of the interval that records arrive in now."""
    return int(datetime.now(UTC).timestamp()) // 300 * 300


def emitted(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "_aws" in line)
    metrics: dict[str, Any] = json.loads(line)
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Tidegate"
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["DetectorName"]]
    return metrics


def test_an_interval_is_published_once_its_records_are_buffered(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    start = current_interval() - 600
    account.put(start + 299, '"market":"us","views":3')
    account.ingest.process(account.records(), time.time())
    account.put(start + 1, '"market":"de","views":4.5')
    now = start + 360
    assert app.handler(event(now), Context())["closed"] == 1
    capsys.readouterr()

    account.ingest.process(account.records(), time.time())
    summary = app.handler(event(now + 60), Context())
    assert (summary["closed"], summary["revised"], summary["next"]) == (0, 1, start + 300)
    ((key, body),) = account.objects().items()
    assert key == f"intervals/intvl_date={datetime.fromtimestamp(start, UTC):%Y-%m-%d/intvl_hhmm=%H%M}/interval.csv"
    header, *rows = body.splitlines()
    assert (header, [row.partition(",")[2] for row in rows]) == ("event_time,market,views", ["us,3", "de,4.5"])
    metrics = emitted(capsys)
    assert metrics["DetectorName"] == "shop"
    sent = {name: values[0] for name, values in metrics.items() if isinstance(values, list)}
    assert sent == {"IntervalsRevised": 1, "OverdueIntervals": 0, "WatermarkLag": 0}


def test_an_unread_record_holds_its_interval(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    start = current_interval()
    account.put(start, '"market":"us","views":3')
    account.ingest.process(account.records(), time.time())
    account.put(start, '"market":"us","views":4')
    due = start + 360
    waiting = app.handler(event(due), Context())
    assert (waiting["closed"], waiting["waiting"], waiting["overdue"]) == (0, [SHARD], 0)
    metrics = emitted(capsys)
    assert (metrics["OverdueIntervals"], metrics["WatermarkLag"]) == ([0], [0])
    for lag, overdue in ((179, 0), (180, 1), (479, 1), (480, 2)):
        assert app.handler(event(due + lag), Context())["waiting"] == [SHARD]
        metrics = emitted(capsys)
        assert (metrics["OverdueIntervals"], metrics["WatermarkLag"]) == ([overdue], [lag])
    account.ingest.process(account.records(), time.time())
    done = app.handler(event(due + 60), Context())
    assert (done["closed"], done["waiting"], done["next"]) == (1, [], start + 300)
    metrics = emitted(capsys)
    assert metrics["CloseDelay"] == [120]
    again = app.handler(event(due + 60), Context())
    assert (again["closed"], again["revised"]) == (0, 0)


def test_a_shard_without_which_an_interval_was_closed_is_named(account: Account) -> None:
    start = current_interval()
    account.put(start, '"market":"us","views":3')
    account.ingest.process(account.records(), time.time())
    (read,) = account.records()
    app.handler(event(start + 60), Context())
    account.put(start, '"market":"us","views":4')
    with logged(app.logger) as log:
        assert app.handler(event(start + 360 + 900), Context())["closed"] == 1
    (said,) = (line for line in map(json.loads, log.getvalue().splitlines()) if line["level"] == "WARNING")
    assert (said["message"], said["shard"], said["read_until"]) == ("closed without a shard", SHARD, read.arrival)


def test_no_interval_is_begun_without_time_to_finish_it(account: Account) -> None:
    start = current_interval()
    account.put(start - 3600, '"market":"us","views":3')
    account.ingest.process(account.records(), time.time())
    stopped = app.handler(event(start + 60), Context(left=19_999))
    assert (stopped["closed"], stopped["outOfTime"]) == (0, True)
    assert account.objects() == {}
    assert app.handler(event(start + 60), Context(left=20_000))["closed"] == 12


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The AWS calls, as they are made."""
    made: list[str] = []
    call: Any = vars(BaseClient)["_make_api_call"]

    def counted(client: BaseClient, operation_name: str, api_params: dict[str, object]) -> object:
        made.append(operation_name)
        return call(client, operation_name, api_params)

    monkeypatch.setattr(BaseClient, "_make_api_call", counted)
    return made


def test_a_minute_in_which_nothing_is_due_takes_one_call(account: Account, calls: list[str]) -> None:
    start = current_interval()
    account.put(start, '"market":"us","views":3')
    account.ingest.process(account.records(), time.time())
    assert app.handler(event(start + 360), Context())["closed"] == 1
    calls.clear()
    app.handler(event(start + 420), Context())
    assert calls == ["Query"]
    calls.clear()
    assert app.handler(event(start + 660), Context())["closed"] == 1
    look = ["ListShards", "GetShardIterator", "GetRecords"]
    publication = ["HeadObject", "GetItem", "Query", "PutObject", "PutItem"]
    assert calls == ["Query", *look, "PutItem", *publication, "PutItem"]


def test_a_quiet_stream_is_no_error(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    summary = app.handler({"time": "2026-06-01T09:16:00Z"}, Context())
    assert (summary["closed"], summary["next"], summary["overdue"]) == (0, None, 0)
    metrics = emitted(capsys)
    assert (metrics["OverdueIntervals"], metrics["WatermarkLag"]) == ([0], [0])
    assert "CloseDelay" not in metrics
    assert account.objects() == {}


def test_what_a_run_did_before_it_failed_is_told(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    start = current_interval() - 1800
    for at in (start, start + 300):
        account.put(at, '"market":"us","views":3')
    account.ingest.process(account.records(), time.time())
    put, puts = S3Objects.put, iter(range(9))

    def fails(*arguments: Any) -> Published:
        if next(puts) == 1:
            raise TransientError("503")
        return put(*arguments)

    monkeypatch.setattr(S3Objects, "put", fails)
    now = start + 660
    with pytest.raises(TransientError):
        app.handler(event(now), Context())
    failed = emitted(capsys)
    assert failed["CloseDelay"] == [360]
    assert "WatermarkLag" not in failed
    app.handler(event(now), Context())
    ended = emitted(capsys)
    assert (ended["CloseDelay"], ended["WatermarkLag"]) == ([60], [0])


def test_a_run_that_did_nothing_and_failed_tells_nothing(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(DynamoBuffer, "control", lambda _: (_ for _ in ()).throw(TransientError("503")))
    with pytest.raises(TransientError):
        app.handler(event(current_interval()), Context())
    assert "_aws" not in capsys.readouterr().out


def test_an_event_without_a_time_is_refused() -> None:
    with pytest.raises(InputError, match='event: needs a "time"'):
        app.handler({}, Context())
