"""`tidegate redrive` on moto's account, with the real ingest function behind Lambda's Invoke."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from functions.ingest import app
from local import cli
from local.invocation_record import Condition, FailedBatch
from local.kinesis_event import kinesis_event
from local.local_response import Request, answer_locally, body_bytes, body_response, json_response
from tests.documentation import printed, shown
from tests.ingesting import NOON, PARAMETERS, SHARD, line, record
from tests.tables import make_table
from tidegate.aws.buffer import DynamoBuffer
from tidegate.contracts.quarantine import read_rejected
from tidegate.contracts.record import StreamRecord
from tidegate.contracts.rows import lines_of
from tidegate.flush.merging import Tally, merged_rows

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/tidegate-Stream"
ROLE = "arn:aws:iam::123456789012:role/tidegate-ingest"
NAME = "shop"
BAD = line(views='"many"')
MENDED = {"Measures": "views:COUNT,revenue:SUM"}
OUTPUTS = {
    "OperationsBucketName": f"{NAME}-operations",
    "StreamName": "tidegate-Stream",
    "IngestFunctionName": "ingest",
    "AlertFunctionName": "alert",
    "AlertFailuresUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/failures",
}
IOT_KEY = "iot-errors/1780315200123-0b1e7a52-3c7d-4b36-9a1f-2f0f2f6a1c55.json"


@dataclass
class Account:
    """The stack's stores, and its ingest function. fails: what happens instead of the next invocations."""

    s3: "S3Client"
    sqs: "SQSClient"
    buffer: DynamoBuffer
    monkeypatch: pytest.MonkeyPatch
    parameters: dict[str, str] = field(default_factory=lambda: dict(PARAMETERS))
    fails: Callable[[], None] = lambda: None
    events: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)

    def deploy(self, **parameters: str) -> None:
        """Change parameters of the ingest function."""
        self.parameters |= parameters
        for name, value in self.parameters.items():
            self.monkeypatch.setenv(name, value)
        app.dependencies.cache_clear()

    def ingest(self, *records: StreamRecord) -> None:
        app.handler(kinesis_event(records, STREAM, ROLE), LambdaContext())

    def answer(self, request: Request, **_: object) -> AWSResponse:
        """Lambda's API."""
        if request.method == "GET":
            return json_response(request, {"Environment": {"Variables": self.parameters}, "Role": ROLE})
        event = json.loads(body_bytes(request))
        if "/alert/" in request.url:
            return self._alert(request, event)
        self.events.append(event)
        try:
            self.fails()
            return json_response(request, app.handler(event, LambdaContext()))
        except RuntimeError as error:
            fault = {"errorType": "RuntimeError", "errorMessage": str(error)}
            return json_response(request, fault, headers={"X-Amz-Function-Error": "Unhandled"})

    def _alert(self, request: Request, event: dict[str, Any]) -> AWSResponse:
        if event["score"] < 0:
            fault = {"errorType": "MalformedAlert", "errorMessage": "anomalyScore: is negative"}
            return json_response(request, fault, headers={"X-Amz-Function-Error": "Unhandled"})
        self.alerts.append(event)
        return json_response(request, {})

    def fail_alert(self, score: int, error: str = "MalformedAlert") -> None:
        """Leave what Lambda leaves of an alert event that it gives up."""
        document = {
            "version": "1.0",
            "timestamp": "2026-06-01T12:00:00.000Z",
            "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
            "requestPayload": {"score": score},
            "responsePayload": {"errorMessage": "no", "errorType": error} if error else None,
        }
        self.sqs.send_message(QueueUrl=OUTPUTS["AlertFailuresUrl"], MessageBody=json.dumps(document))

    def waiting(self) -> tuple[int, int]:
        """Messages of the failure queue that anybody may take, and those that somebody holds."""
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=OUTPUTS["AlertFailuresUrl"], AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])

    def fail_iot(self, message: bytes, key: str = IOT_KEY) -> None:
        """Leave what an IoT rule leaves of a message that the stream did not take."""
        failure = {"failedAction": "KinesisAction", "failedResource": "stream", "errorMessage": "throttled"}
        document = {
            "ruleName": "rule",
            "topic": "shop/orders",
            "base64OriginalPayload": b64encode(message).decode(),
            "failures": [failure],
        }
        self.s3.put_object(Bucket=f"{NAME}-operations", Key=key, Body=json.dumps(document).encode())

    def fail_batch(self, *records: StreamRecord) -> None:
        """Leave what Lambda leaves of a batch that it gives up."""
        mapping, request = UUID(int=1), UUID(int=records[0].sequence)
        event = kinesis_event(records, STREAM, ROLE)
        exhausted = Condition.RETRY_ATTEMPTS_EXHAUSTED
        batch = FailedBatch(records, event, exhausted, 101, mapping, request, NOON, STREAM, "ingest")
        self.s3.put_object(Bucket=f"{NAME}-operations", Key=batch.key, Body=batch.body())

    def version(self, status: Literal["Enabled", "Suspended"]) -> None:
        """Whether the bucket keeps versions."""
        self.s3.put_bucket_versioning(Bucket=f"{NAME}-operations", VersioningConfiguration={"Status": status})

    def keys(self, prefix: str) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=f"{NAME}-operations", Prefix=prefix).get("Contents", [])
        return [item["Key"] for item in found]

    def quarantined(self, prefix: str = "quarantine/") -> list[int]:
        """The sequence numbers of the records there."""
        bodies = [self.s3.get_object(Bucket=f"{NAME}-operations", Key=key)["Body"].read() for key in self.keys(prefix)]
        return sorted(read_rejected(text).identity.sequence for body in bodies for text in body.splitlines())

    def tally(self) -> Tally:
        tally, rows = Tally(), 0
        for table in merged_rows(self.buffer.chunks(NOON, [0]), ("event_time", "views"), tally):
            rows += lines_of(table).count("\n")
        assert rows == tally.stored
        assert tally.received == tally.stored + tally.quarantined + tally.filtered + tally.duplicates
        return tally


def describe_stacks(request: Request, **_: object) -> AWSResponse:
    """CloudFormation's API: one stack, or its error."""
    if f"StackName={NAME}".encode() not in body_bytes(request):
        fault = "<Code>ValidationError</Code><Message>there is no such stack</Message>"
        return body_response(request, f"<ErrorResponse><Error>{fault}</Error></ErrorResponse>".encode(), 400)
    outputs = "".join(
        f"<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>"
        for key, value in OUTPUTS.items()
    )
    arn = f"arn:aws:cloudformation:us-east-1:123456789012:stack/{NAME}/1"
    stack = f"<member><StackName>{NAME}</StackName><StackId>{arn}</StackId><Outputs>{outputs}</Outputs></member>"
    result = f"<DescribeStacksResult><Stacks>{stack}</Stacks></DescribeStacksResult>"
    return body_response(request, f"<DescribeStacksResponse>{result}</DescribeStacksResponse>".encode())


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    places = {"DetectorName": NAME, "BUFFER_TABLE": NAME, "OPERATIONS_BUCKET": f"{NAME}-operations"}
    for name, value in (credentials | places).items():
        monkeypatch.setenv(name, value)
    with mock_aws(config={"core": {"passthrough": {"services": ["cloudformation", "lambda"]}}}):
        session = boto3.Session()
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
        dynamodb = session.client("dynamodb")
        make_table(dynamodb, NAME)
        sqs = session.client("sqs")
        sqs.create_queue(QueueName="failures")
        made = Account(session.client("s3"), sqs, DynamoBuffer(dynamodb, NAME, NAME), monkeypatch)
        made.s3.create_bucket(Bucket=f"{NAME}-operations")
        made.version("Enabled")
        answer_locally(session.events, "before-send.lambda", made.answer)
        answer_locally(session.events, "before-send.cloudformation", describe_stacks)
        made.deploy()
        monkeypatch.setattr("local.redrive.alert_queue.WAIT_SECONDS", 0)
        yield made
    app.dependencies.cache_clear()


def redrive(*arguments: str) -> int:
    return cli.main(["redrive", "--stack-name", NAME, *arguments])


def test_a_dry_run_says_what_there_is_and_changes_nothing(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.ingest(record(line(), 1), record(BAD, 2), record(b"{", 3), record(b"", 4))
    account.fail_batch(record(line(), 5), record(line(), 6))
    account.deploy(**MENDED)
    before = account.keys("")
    assert redrive() == 0
    rows = [text.split() for text in capsys.readouterr().out.splitlines()]
    assert ["not_a_number", "1", "1", "1"] in rows
    assert ["not_json", "1", "1", "0"] in rows
    assert ["empty", "1", "0", "0", "no", "configuration", "reads", "them:", "they", "stay"] in rows
    assert ["RetryAttemptsExhausted", "2", "2", "in", "1", "failed", "batch"] in rows
    assert rows[-1] == ["Nothing", "was", "sent.", "With", "--yes", "4", "records", "go", "to", "ingest", "again."]
    assert account.keys("") == before
    assert not account.events


def test_mended_records_are_stored_and_bad_ones_stay(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.ingest(record(line(), 1), record(BAD, 2), record(b"{", 3), record(b"", 4))
    account.ingest(record(b"[", 8))
    account.deploy(**MENDED)
    assert redrive("--yes") == 0
    rows = [text.split() for text in capsys.readouterr().out.splitlines()]
    assert ["not_a_number", "1", "1", "0"] in rows
    assert ["all", "4", "3", "3"] in rows
    assert account.tally().stored == 2
    assert account.quarantined() == [3, 4, 8]
    assert account.quarantined("redriven/") == [2, 3, 8]


def test_failed_batches_come_again_with_their_own_event(account: Account) -> None:
    account.fail_batch(record(line(), 5), record(BAD, 6))
    assert redrive("--yes") == 0
    assert account.events == [kinesis_event([record(line(), 5), record(BAD, 6)], STREAM, ROLE)]
    assert account.keys("aws/") == []
    assert len(account.keys("redriven/aws/lambda/")) == 1
    assert account.tally() == Tally(received=2, stored=1, quarantined=1)


def test_a_batch_and_its_quarantined_records_are_no_two_records(account: Account) -> None:
    account.ingest(record(line(), 5), record(BAD, 6))
    account.fail_batch(record(line(), 5), record(BAD, 6))
    account.deploy(**MENDED)
    assert redrive("--yes") == 0
    assert account.tally().stored == 2


def test_death_between_sending_and_moving_doubles_nothing(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    account.ingest(record(BAD, 2), record(b"{", 3))
    account.deploy(**MENDED)
    with monkeypatch.context() as patched:
        patched.setattr("local.redrive.sending._move", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert redrive("--yes") == 130
    assert 2 in account.quarantined()
    assert redrive("--yes") == 0
    assert account.tally().stored == 1
    assert set(account.quarantined()) == {3}
    capsys.readouterr()


def test_only_what_is_chosen_is_sent(account: Account) -> None:
    account.ingest(record(BAD, 2), record(b"{", 3, arrival=NOON + 60))
    account.deploy(**MENDED)
    assert redrive("--yes", "--reason", "not_json", "--until", "2026-06-01T12:00:30") == 0
    assert not account.events
    assert redrive("--yes", "--until", "2026-06-01T12:00:30+00:00") == 0
    assert account.quarantined() == [3]
    assert account.quarantined("redriven/") == [2]


def test_a_function_that_fails_is_an_error_and_loses_nothing(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.ingest(record(BAD, 2))

    def fails() -> None:
        raise RuntimeError("table is gone")

    account.fails = fails
    assert redrive("--yes") == 2
    assert "tidegate redrive: ingest: failed (RuntimeError: table is gone)" in capsys.readouterr().err
    assert account.quarantined() == [2]


def test_a_bucket_without_versions_is_refused(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.version("Suspended")
    account.ingest(record(BAD, 2))
    assert redrive("--yes") == 2
    assert "keeps no versions" in capsys.readouterr().err


def test_a_stack_that_is_not_there_is_named(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["redrive", "--stack-name", "nowhere"]) == 2
    assert "tidegate redrive: stack nowhere: DescribeStacks says ValidationError" in capsys.readouterr().err


def test_a_replays_folder_is_only_looked_at(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account.ingest(record(BAD, 2), record(b"{", 3))
    (key,) = account.keys("quarantine/")
    place = tmp_path / key
    place.parent.mkdir(parents=True)
    place.write_bytes(account.s3.get_object(Bucket=f"{NAME}-operations", Key=key)["Body"].read())
    exported = tmp_path / "bad.jsonl"
    arguments = ["redrive", "--local", str(tmp_path), "--set", "Measures=views:COUNT", "--reason", "not_a_number"]
    assert cli.main([*arguments, "--export", str(exported)]) == 0
    assert ["not_a_number", "1", "1", "1"] in [text.split() for text in capsys.readouterr().out.splitlines()]
    assert exported.read_bytes() == BAD + b"\n"
    assert cli.main([*arguments, "--yes"]) == 2
    assert "a folder has no function to send to" in capsys.readouterr().err


def test_the_shard_is_the_records_own(account: Account) -> None:
    account.ingest(record(BAD, 2))
    assert redrive("--yes") == 0
    (event,) = account.events
    assert event["Records"][0]["eventID"] == f"{SHARD}:2"
    assert event["Records"][0]["kinesis"]["subSequenceNumber"] == 0


@pytest.mark.parametrize("arguments", [(), ("--reason", "iot_error", "--since", "2026-06-01T12:00:00")])
def test_messages_that_the_iot_rule_could_not_put_come_once(
    account: Account, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    account.deploy(TimestampFormat="UNIX")
    monkeypatch.setattr("local.commands.redrive.time.time", lambda: NOON + 300.0)
    account.fail_iot(b'{"views": 3, "platform": "pc_web"}')
    account.fail_iot(b"no json", IOT_KEY.replace("0b1e", "0b1f"))
    assert redrive(*arguments) == 0
    rows = [text.split() for text in capsys.readouterr().out.splitlines()]
    assert ["iot_error", "2", "2", "1"] in [row[:4] for row in rows]
    with monkeypatch.context() as patched:
        patched.setattr("local.redrive.sending._move", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert redrive("--yes", *arguments) == 130
    assert redrive("--yes", *arguments) == 0
    assert account.tally().stored == 1
    (stored,) = [one.chunk for one in account.buffer.chunks(NOON, [0]) if one.chunk.identities]
    assert stored.rows == "1780315200123,pc_web,,3,\n"
    assert account.keys("iot-errors/") == []
    assert len(account.keys("redriven/iot-errors/")) == 2
    assert len(account.keys("quarantine/")) == 1


@pytest.mark.parametrize(
    ("key", "body", "problem"),
    [
        ("iot-errors/x.json", b'{"base64OriginalPayload": "", "failures": []}', "is not named as the IoT rule names"),
        (IOT_KEY, b"[]", "is no message of an IoT rule's error action"),
    ],
)
def test_something_else_among_the_iot_errors_is_named(
    account: Account, key: str, body: bytes, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    account.s3.put_object(Bucket=f"{NAME}-operations", Key=key, Body=body)
    assert redrive() == 2
    assert f"tidegate redrive: {key}: {problem}" in capsys.readouterr().err


def test_alert_events_in_the_failure_queue_are_taken_again(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    for score in [*range(12), -1]:
        account.fail_alert(score)
    account.fail_alert(50, error="")
    assert redrive("--reason", "MalformedAlert") == 0
    rows = [text.split() for text in capsys.readouterr().out.splitlines()]
    assert ["MalformedAlert", "13", "13"] in rows
    assert ["RetriesExhausted", "1", "0"] in rows
    assert rows[-1][4:7] == ["--yes", "13", "events"]
    assert (account.alerts, account.waiting()) == ([], (14, 0))
    assert redrive("--yes", "--reason", "MalformedAlert") == 0
    out = capsys.readouterr().out
    assert ["all", "14", "13", "2"] in [text.split() for text in out.splitlines()]
    assert "MalformedAlert: failed (MalformedAlert: anomalyScore: is negative)" in out
    assert sorted(event["score"] for event in account.alerts) == list(range(12))
    assert account.waiting() == (2, 0)


def test_a_message_that_lambda_did_not_write_stays_and_keeps_no_other(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.sqs.send_message(QueueUrl=OUTPUTS["AlertFailuresUrl"], MessageBody="hello")
    account.fail_alert(1)
    assert redrive("--yes") == 0
    assert ["unreadable", "1", "0", "1"] in [text.split() for text in capsys.readouterr().out.splitlines()]
    assert (len(account.alerts), account.waiting()) == (1, (1, 0))


def test_death_between_telling_and_removing_tells_again(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    account.fail_alert(1)
    with monkeypatch.context() as patched:
        patched.setattr(
            "local.redrive.alert_queue.AlertQueue.remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        patched.setattr("local.redrive.alert_queue.HIDDEN_SECONDS", 1)
        assert redrive("--yes") == 130
    sleep(1.1)
    assert redrive("--yes") == 0
    assert [event["score"] for event in account.alerts] == [1, 1]
    assert account.waiting() == (0, 0)


def test_the_page_shows_what_the_command_prints(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    good = [record(line(), sequence) for sequence in range(1, 98)]
    bad = [record(BAD, 98), record(BAD, 99), record(b"{", 100), record(b"", 101)]
    account.ingest(*good, *bad)
    account.fail_batch(record(line(), 102), record(line(), 103))
    account.deploy(**MENDED)
    for arguments in ([], ["--yes"]):
        capsys.readouterr()
        assert redrive(*arguments) == 0
        out = "".join(text for text in capsys.readouterr().out.splitlines(keepends=True) if not text.startswith("{"))
        assert printed(out) == shown("operations.md", " ".join(["tidegate redrive --stack-name shop", *arguments]))
