"""A live run: records onto a deployed stream, an alert out of its topic, through the functions as deployed; and a bad
record that is mended and sent again."""

import json
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import boto3

from local.proof.deploying import Stack
from local.proof.ledger import Failed, Ledger
from local.proof.shell import run
from tidegate.aws.buffer import DynamoBuffer
from tidegate.contracts.identity import shard_name
from tidegate.contracts.interval import DAY_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import PutRecordsRequestEntryTypeDef
    from mypy_boto3_lambda import LambdaClient

DAYS: Final = 24
"""More than the 14 points that the detector learns an interval of a day from, less than the buffer's retention."""
LEVEL: Final = 1_000
SPIKE: Final = 6_000
LATER_SECONDS: Final = 1_800
"""After the end of today; what ended longer than an hour before a detector begins is history to it."""
PATIENCE_SECONDS: Final = 180


MENDED: Final = {"TimestampFormat": "ISO8601"}
"""Reads what the configuration before read, and the bad record too."""


def prove(ledger: Ledger, stack: Stack, mend: Callable[[], Stack]) -> None:
    """Send the records; see the intervals, then the alert; then a bad record's way. mend: deploys with MENDED."""
    live = _Live(stack)
    if ledger.step("live: records through ingest", live.send) and ledger.step("live: intervals on S3", live.publish):
        ledger.step("live: anomaly, alert, SNS message", live.alert)
        if ledger.step("live: a bad record in quarantine", live.spoil):
            ledger.step("live: mended and redriven", lambda: live.redrive(mend))


class _Live:
    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._lambda: LambdaClient = boto3.client("lambda")
        self._buffer = DynamoBuffer(boto3.client("dynamodb"), stack.resources["BufferTable"], stack.name)
        self._end = int(time.time()) // DAY_SECONDS * DAY_SECONDS + DAY_SECONDS
        self._views = _views(self._end)
        self._queue = self._subscribe()

    def send(self) -> str:
        """One record for each of the days that lie behind, and for today; waits until ingest has them."""
        records: list[PutRecordsRequestEntryTypeDef] = [
            {"PartitionKey": "live", "Data": json.dumps(_record(day, views)).encode()}
            for day, views in self._views.items()
        ]
        stream = self._stack.resources["Stream"]
        answers = boto3.client("kinesis").put_records(StreamName=stream, Records=records)["Records"]
        shard, last = answers[-1]["ShardId"], max(int(answer["SequenceNumber"]) for answer in answers)

        def arrived() -> bool:
            cursor = self._buffer.cursor(shard_name(stream, shard))
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
        for day, views in self._views.items():
            if (rows := self._rows(day)) != [_row(day, views)]:
                raise Failed(f"{_text(day)} holds {rows}")
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

    def spoil(self) -> str:
        """A record whose time this configuration cannot read, onto the stream; waits for it in quarantine."""
        day = self._end - DAY_SECONDS
        data = json.dumps({**_record(day, LEVEL), "event_time": _text(day).replace(" ", "T")}).encode()
        boto3.client("kinesis").put_record(StreamName=self._stack.resources["Stream"], PartitionKey="live", Data=data)
        reasons: list[str] = []

        def quarantined() -> bool:
            reasons.extend(record["reason"] for record in self._quarantine())
            return bool(reasons)

        _wait("the bad record to be in quarantine", quarantined)
        if reasons != ["bad_timestamp"]:
            raise Failed(f"in quarantine for {reasons}")
        return reasons[0]

    def redrive(self, mend: Callable[[], Stack]) -> str:
        """Deploy what reads it, redrive as people do, and see it in its interval's next revision."""
        mend()
        told = run(["tidegate", "redrive", "--stack-name", self._stack.name, "--yes"])
        if left := self._quarantine():
            raise Failed(f"{told}\nstill in quarantine: {left}")
        day = self._end - DAY_SECONDS
        rows = [_row(day, self._views[day]), _row(day, LEVEL).replace(" ", "T", 1)]

        def published() -> bool:
            self._invoke("FlushFunction")
            return self._rows(day) == rows

        _wait("flush to publish the interval again", published)
        return "1 record sent, its interval published again"

    def _quarantine(self) -> list[dict[str, str]]:
        s3, bucket = boto3.client("s3"), self._stack.resources["OperationsBucket"]
        found = s3.list_objects_v2(Bucket=bucket, Prefix="quarantine/").get("Contents", ())
        bodies = [s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in found]
        return [json.loads(line) for body in bodies for line in body.splitlines()]

    def _rows(self, day: int) -> list[str]:
        """The rows of a day's only object. Raises Failed when it has another number of objects."""
        s3, bucket = boto3.client("s3"), self._stack.resources["DataBucket"]
        folder = datetime.fromtimestamp(day, UTC).strftime("intervals/intvl_date=%Y-%m-%d/intvl_hhmm=%H%M/")
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix=folder).get("Contents", ())]
        if len(keys) != 1:
            raise Failed(f"{folder} holds {len(keys)} objects")
        return s3.get_object(Bucket=bucket, Key=keys[0])["Body"].read().decode().splitlines()[1:]

    def _invoke(self, logical: str) -> None:
        """As the schedule does when today is over: of days before a detector begins it learns, and tells nobody."""
        event: Mapping[str, str] = {"time": datetime.fromtimestamp(self._end + LATER_SECONDS, UTC).isoformat()}
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
    quiet = {day: LEVEL + noise.randint(-30, 30) for day in range(end - DAYS * DAY_SECONDS, end, DAY_SECONDS)}
    return quiet | {end - DAY_SECONDS: SPIKE}


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
