"""The ingest function on moto's DynamoDB and S3, with the environment that the template gives it."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from functions.ingest import app
from local.kinesis_event import kinesis_event
from tests.function_output import logged
from tests.ingesting import NOON, PARAMETERS, SHARD, line, record
from tests.tables import make_table
from tidegate.aws.buffer import DynamoBuffer
from tidegate.aws.clients import dynamodb_client, s3_client
from tidegate.aws.quarantine import S3Quarantine
from tidegate.config import DetectorConfig
from tidegate.contracts.chunk import split_rows
from tidegate.contracts.errors import ConfigurationError, InputError, TransientError
from tidegate.contracts.quarantine import read_rejected
from tidegate.ingest.process import Ingest
from tidegate.memory.quarantine import MemoryQuarantine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
EVENTS = Path(__file__).parents[2] / "events"
STREAM = "arn:aws:kinesis:eu-central-1:123456789012:stream/tidegate"
ROLE = "arn:aws:iam::123456789012:role/tidegate-ingest"


@dataclass(frozen=True)
class Account:
    """A table and a bucket."""

    dynamodb: "DynamoDBClient"
    s3: "S3Client"
    name: str

    @property
    def buffer(self) -> DynamoBuffer:
        return DynamoBuffer(self.dynamodb, self.name, "shop")

    def rows(self, start: int) -> list[str]:
        chunks = [stored.chunk for stored in self.buffer.chunks(start, [0])]
        return [row for chunk in chunks for row in split_rows(chunk.rows, len(chunk.identities))]

    def quarantine(self) -> dict[str, bytes]:
        keys = [one["Key"] for one in self.s3.list_objects_v2(Bucket=self.name).get("Contents", [])]
        return {key: self.s3.get_object(Bucket=self.name, Key=key)["Body"].read() for key in keys}


@pytest.fixture(scope="module")
def empty_account() -> Iterator[Account]:
    with pytest.MonkeyPatch.context() as patched, mock_aws():
        for name, value in CREDENTIALS.items():
            patched.setenv(name, value)
        yield Account(dynamodb_client(), s3_client(), "")


@pytest.fixture(autouse=True)
def account(
    empty_account: Account, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Account]:
    made = replace(empty_account, name=f"t{id(request.node)}")
    make_table(made.dynamodb, made.name)
    made.s3.create_bucket(Bucket=made.name)
    places = {"DetectorName": "shop", "BUFFER_TABLE": made.name, "OPERATIONS_BUCKET": made.name}
    for name, value in (PARAMETERS | places).items():
        monkeypatch.setenv(name, value)
    app.dependencies.cache_clear()
    yield made
    app.dependencies.cache_clear()


def invoke(*datas: bytes) -> dict[str, list[object]]:
    records = [record(data, 10**55 + place, NOON + place / 10) for place, data in enumerate(datas)]
    return app.handler(kinesis_event(records, STREAM, ROLE), LambdaContext())


def metrics(printed: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in printed.splitlines() if '"_aws"' in text]


def test_now_is_the_clocks_unless_the_event_says_what_time_it_is(account: Account) -> None:
    event = kinesis_event([record(line())], STREAM, ROLE)
    before = time.time()
    app.handler(event, LambdaContext())
    app.handler({**kinesis_event([record(line(), 2)], STREAM, ROLE), "time": "2026-06-02T00:00:00Z"}, LambdaContext())
    read, simulated = (stored.expires for stored in account.buffer.chunks(NOON, [0]))
    kept = (48 + 7 * 24) * 3600
    assert int(before) <= read - kept <= time.time()
    assert simulated - kept == NOON + 12 * 3600


def test_good_records_are_buffered_and_bad_ones_quarantined(account: Account) -> None:
    assert invoke(line(), b"bad", line(NOON + 300)) == {"batchItemFailures": []}
    assert account.rows(NOON) == ["2026-06-01 12:00:00,pc_web,us,12,15.6\n"]
    assert account.rows(NOON + 300) == ["2026-06-01 12:05:00,pc_web,us,12,15.6\n"]
    ((key, body),) = account.quarantine().items()
    assert key.startswith(f"quarantine/date=2026-06-01/orders-shardId-000000000000-{10**55 + 1}.0-1-")
    one = read_rejected(body)
    assert (one.shard, one.identity, one.reason, one.data) == (SHARD, (10**55 + 1, 0), "not_json", b"bad")
    cursor = account.buffer.cursor(SHARD)
    assert cursor is not None
    assert (cursor.sequence, cursor.arrival) == (10**55 + 2, NOON + 0.2)


def test_what_became_of_the_batch_is_published(capsys: pytest.CaptureFixture[str]) -> None:
    with logged(app.logger) as log:
        invoke(line(), b"bad", line())
        invoke(line(), b"bad", line())
    first, again = metrics(capsys.readouterr().out)
    (directive,) = first["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Tidegate", [["DetectorName"]])
    assert first["DetectorName"] == "shop"
    assert (first["RecordsStored"], first["RecordsQuarantined"]) == ([2], [1])
    assert (again["RecordsStored"], again["RecordsQuarantined"]) == ([0], [1])
    names = ("received", "stored", "quarantined", "filtered", "duplicates")
    lines = [json.loads(text) for text in log.getvalue().splitlines()]
    assert [[line[name] for name in names] for line in lines] == [[3, 2, 1, 0, 0], [3, 0, 0, 0, 3]]


def test_the_canonical_bad_records_are_kept_with_their_bytes(account: Account) -> None:
    event = json.loads((EVENTS / "ingest-bad-records.json").read_text())
    assert app.handler(event, LambdaContext()) == {"batchItemFailures": []}
    (body,) = account.quarantine().values()
    assert len([read_rejected(text) for text in body.splitlines()]) == 14


def test_both_quarantines_keep_the_same(account: Account) -> None:
    memory = MemoryQuarantine()
    config = DetectorConfig.from_parameters(PARAMETERS)
    for kept in (memory, S3Quarantine(account.s3, account.name)):
        Ingest(config, account.buffer, kept).process([record(b"bad", 3), record(b"\xff", 4)], NOON)
    assert account.quarantine() == memory.objects


def test_an_error_that_passes_fails_the_invocation_as_a_whole(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def throttled(*_: object) -> None:
        raise TransientError("slow down")

    with monkeypatch.context() as patched:
        patched.setattr(DynamoBuffer, "advance", throttled)
        with pytest.raises(TransientError):
            invoke(line())
    assert len(account.rows(NOON)) == 1
    invoke(line())
    assert len(account.rows(NOON)) == 1


def test_what_went_to_quarantine_is_told_although_the_first_delivery_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(DynamoBuffer, "advance", lambda *_: (_ for _ in ()).throw(TransientError("slow down")))
        with pytest.raises(TransientError):
            invoke(line(), b"bad")
    invoke(line(), b"bad")
    assert sum(sum(told.get("RecordsQuarantined", ())) for told in metrics(capsys.readouterr().out)) == 1


@pytest.mark.parametrize(
    ("event", "place"),
    [
        ({}, "Records"),
        ({"Records": [{"eventSource": "aws:sqs", "body": "{}"}]}, r"Records\[0\]"),
        ({"Records": [{"eventID": "s:1", "kinesis": {"sequenceNumber": "one"}}]}, r"Records\[0\]"),
    ],
)
def test_an_event_of_another_kind_is_refused(event: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError, match=place):
        app.handler(event, LambdaContext())


def test_a_record_that_is_no_base64_is_named() -> None:
    event = kinesis_event([record(line()), record(line(), 2)], STREAM, ROLE)
    event["Records"][1]["kinesis"]["data"] = "no base64!"
    with pytest.raises(InputError, match=r"Records\[1\]"):
        app.handler(event, LambdaContext())


def test_a_wrong_parameter_is_named_at_the_first_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IntervalMinutes", "7")
    with pytest.raises(ConfigurationError, match="IntervalMinutes"):
        app.handler({"Records": []}, LambdaContext())


def test_no_log_line_holds_what_a_record_holds(capsys: pytest.CaptureFixture[str]) -> None:
    with logged(app.logger) as log:
        invoke(line(), line(platform='"secret-value"', views='"secret-value"'))
    assert json.loads(log.getvalue())["reasons"] == {"not_a_number": 1}
    assert "secret-value" not in log.getvalue() + capsys.readouterr().out
