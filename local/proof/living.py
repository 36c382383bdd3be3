"""A live run: records onto a deployed stream, an alert out of its topic, through the functions as deployed."""

import json
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import boto3

from local.proof.deploying import Stack
from local.proof.ledger import Failed, Ledger
from tidegate.aws.buffer import DynamoBuffer

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import PutRecordsRequestEntryTypeDef
    from mypy_boto3_lambda import LambdaClient

DAY: Final = 86_400
DAYS: Final = 24
"""More than the 14 points that the detector learns an interval of a day from, less than the buffer's retention."""
LEVEL: Final = 1_000
SPIKE: Final = 6_000
PATIENCE_SECONDS: Final = 180


def prove(ledger: Ledger, stack: Stack) -> None:
    """Send the records; see the intervals, then the alert."""
    live = _Live(stack)
    if ledger.step("live: records through ingest", live.send) and ledger.step("live: intervals on S3", live.publish):
        ledger.step("live: anomaly, alert, SNS message", live.alert)


class _Live:
    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._lambda: LambdaClient = boto3.client("lambda")
        self._buffer = DynamoBuffer(boto3.client("dynamodb"), stack.resources["BufferTable"], stack.name)
        self._end = int(time.time()) // DAY * DAY
        self._views = _views(self._end)
        self._queue = self._subscribe()

    def send(self) -> str:
        """One record for each of the days that lie behind; waits until ingest has them."""
        records: list[PutRecordsRequestEntryTypeDef] = [
            {"PartitionKey": "live", "Data": json.dumps(_record(day, views)).encode()}
            for day, views in self._views.items()
        ]
        stream = self._stack.resources["Stream"]
        answers = boto3.client("kinesis").put_records(StreamName=stream, Records=records)["Records"]
        shard, last = answers[-1]["ShardId"], max(int(answer["SequenceNumber"]) for answer in answers)

        def arrived() -> bool:
            cursor = self._buffer.cursor(shard)
            return cursor is not None and cursor.sequence >= last

        _wait("ingest to buffer the records", arrived)
        return f"{len(records)} records in the buffer"

    def publish(self) -> str:
        """Flush until the last day is closed; each day's object holds its record and no other."""

        def closed() -> bool:
            self._invoke("FlushFunction")
            watermark = self._buffer.watermark()
            return watermark is not None and watermark.first <= min(self._views) and watermark.next >= self._end

        _wait("flush to close the intervals", closed)
        s3, bucket = boto3.client("s3"), self._stack.resources["DataBucket"]
        for day, views in self._views.items():
            folder = datetime.fromtimestamp(day, UTC).strftime("intervals/intvl_date=%Y-%m-%d/intvl_hhmm=%H%M/")
            keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix=folder).get("Contents", ())]
            if len(keys) != 1:
                raise Failed(f"{folder} holds {len(keys)} objects")
            rows = s3.get_object(Bucket=bucket, Key=keys[0])["Body"].read().decode().splitlines()[1:]
            if rows != [_row(day, views)]:
                raise Failed(f"{keys[0]} holds {rows}")
        return f"{len(self._views)} intervals, each with its own record"

    def alert(self) -> str:
        """Detect until the topic has the message."""
        sqs = boto3.client("sqs")
        messages: list[str] = []

        def notified() -> bool:
            self._invoke("DetectFunction")
            answer = sqs.receive_message(QueueUrl=self._queue, WaitTimeSeconds=1)
            messages.extend(message["Body"] for message in answer.get("Messages", ()))
            return bool(messages)

        _wait("the alert to be published", notified)
        if "views" not in messages[0]:
            raise Failed(f"the message does not name the measure: {messages[0]}")
        return messages[0].strip().splitlines()[0]

    def _invoke(self, logical: str) -> None:
        """As the schedule does."""
        event: Mapping[str, str] = {"time": datetime.fromtimestamp(int(time.time()), UTC).isoformat()}
        answer = self._lambda.invoke(FunctionName=self._stack.resources[logical], Payload=json.dumps(event).encode())
        if "FunctionError" in answer:
            raise Failed(f"{logical}: {answer['Payload'].read().decode()}")

    def _subscribe(self) -> str:
        sqs = boto3.client("sqs")
        queue = sqs.create_queue(QueueName="proof-alerts")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        boto3.client("sns").subscribe(
            TopicArn=self._stack.resources["AlertTopic"],
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"RawMessageDelivery": "true"},
        )
        return queue


def _views(end: int) -> dict[int, int]:
    """Start of a day -> its views: noise about a level, and a spike on the last day."""
    noise = random.Random(7)
    quiet = {day: LEVEL + noise.randint(-30, 30) for day in range(end - DAYS * DAY, end, DAY)}
    return quiet | {end - DAY: SPIKE}


def _record(day: int, views: int) -> dict[str, object]:
    return {"event_time": _text(day), "platform": "pc_web", "marketplace": "us", "views": views, "revenue": 1.5}


def _row(day: int, views: int) -> str:
    return f"{_text(day)},pc_web,us,{views},1.5"


def _text(day: int) -> str:
    return datetime.fromtimestamp(day, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _wait(what: str, done: Callable[[], bool]) -> None:
    """Try again until it is done; Failed when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise Failed(f"waited {PATIENCE_SECONDS} s for {what}")
        time.sleep(0.5)
