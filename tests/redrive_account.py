"""A stack on moto's account for `tidegate redrive`, with the real ingest function behind Lambda's Invoke."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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
from tests.ingesting import NOON, PARAMETERS, line
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


@contextmanager
def redrive_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """The account, as long as the block runs."""
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
    """Run the command on the stack; returns its exit code."""
    return cli.main(["redrive", "--stack-name", NAME, *arguments])
