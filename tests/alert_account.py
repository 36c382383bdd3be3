"""An account on moto for detect and alert: buckets, tables, a topic with a queue behind it, detect's calls to alert."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

import boto3
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from local.local_response import answer_locally, json_response
from tests.mortal import Died
from tests.tables import make_table

if TYPE_CHECKING:
    from _pytest.monkeypatch import MonkeyPatch

DAY = 86_400
FIRST = 1_748_736_000
"""2025-06-01 00:00:00 UTC."""
MARKETS = ("us", "uk", "de")
BUFFER, ANOMALIES, DATA, OPERATIONS, ALERT = "buffer", "anomalies", "data", "operations", "shop-alert"
PARAMETERS = {
    "DetectorName": "shop",
    "Measures": "views:SUM,orders:SUM",
    "Dimensions": "market",
    "IntervalMinutes": "1440",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "BUFFER_TABLE": BUFFER,
    "ANOMALY_TABLE": ANOMALIES,
    "DATA_BUCKET": DATA,
    "OPERATIONS_BUCKET": OPERATIONS,
    "ALERT_FUNCTION_NAME": ALERT,
    "DASHBOARD_NAME": "shop-business",
}
LEARNED = 20
"""Days after which the model of daily intervals alerts."""


@dataclass
class Calls:
    """Counts the AWS calls of a process, and ends it at one: before it takes effect, or after."""

    fatal: int = -1
    takes_effect: bool = False
    names: list[str] = field(default_factory=list)

    def before(self, model: Any, **_: object) -> None:
        self.names.append(model.name)
        if len(self.names) - 1 == self.fatal and not self.takes_effect:
            raise Died(model.name)

    def after(self, model: Any, **_: object) -> None:
        if len(self.names) - 1 == self.fatal and self.takes_effect:
            raise Died(model.name)


@dataclass
class Account:
    """The account, and what detect sent to alert."""

    session: boto3.Session
    queue: str
    sent: list[dict[str, Any]] = field(default_factory=list)
    calls: Calls = field(default_factory=Calls)

    def publish(
        self, day: int, *, low: tuple[str, ...] = (), body: str | None = None, is_incomplete: bool = False
    ) -> Self:
        """The object of a day: about 1000 views in each market, a tenth where it is low."""
        random = Random(day)
        lines = ["event_time,market,views,orders"]
        for market in MARKETS:
            views = random.gauss(1000, 20) * (0.1 if market in low else 1)
            lines.append(f"{clock(day)},{market},{views:.0f},{random.gauss(100, 5):.0f}")
        key = f"intervals/intvl_date={clock(day)[:10]}/intvl_hhmm=0000/interval.csv"
        text = "\n".join(lines) + "\n" if body is None else body
        metadata = {"tidegate-incomplete": "true"} if is_incomplete else {}
        self.session.client("s3").put_object(Bucket=DATA, Key=key, Body=text.encode(), Metadata=metadata)
        return self

    def messages(self) -> list[dict[str, Any]]:
        """What the topic's subscriber got since it was asked last."""
        client = self.session.client("sqs")
        found: list[dict[str, Any]] = []
        while batch := client.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                found.append(json.loads(message["Body"]))
                client.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return sorted(found, key=lambda message: str(message["Message"]))

    def cursor(self) -> dict[str, Any]:
        key = {"pk": {"S": "detect#shop"}, "sk": {"S": "cursor"}}
        item: dict[str, Any] = self.session.client("dynamodb").get_item(TableName=BUFFER, Key=key)["Item"]
        return item

    def state(self) -> bytes:
        """The model's stored state."""
        key = self.cursor()["snapshot"]["S"]
        return self.session.client("s3").get_object(Bucket=OPERATIONS, Key=key)["Body"].read()

    def invoke(self, request: Any, **_: object) -> AWSResponse:
        """In Lambda's place: the event is taken into the function's queue."""
        assert f"/functions/{ALERT}/" in request.url
        assert request.headers["X-Amz-Invocation-Type"] == b"Event"
        self.sent.append(json.loads(request.body))
        return json_response(request, {}, 202)


@contextmanager
def account(patched: "MonkeyPatch", *caches: Callable[[], None]) -> Iterator[Account]:
    """An account with the functions' environment set; `caches` are cleared before and after.

    Its clients are made by boto3's default session, so that `calls` sees each call of the handlers and no other.
    """
    with mock_aws():
        for name, value in PARAMETERS.items():
            patched.setenv(name, value)
        session = boto3.Session()
        sns, sqs = session.client("sns"), session.client("sqs")
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        queue = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        patched.setenv("ALERT_TOPIC_ARN", topic)
        for bucket in (DATA, OPERATIONS):
            session.client("s3").create_bucket(Bucket=bucket)
        make_table(session.client("dynamodb"), BUFFER)
        make_table(session.client("dynamodb"), ANOMALIES, "AnomalyTable")
        made = Account(session, queue)
        handlers = boto3.Session()
        handlers.events.register("before-call", made.calls.before)
        handlers.events.register("after-call", made.calls.after)
        answer_locally(handlers.events, "before-send.lambda.Invoke", made.invoke)
        patched.setattr(boto3, "DEFAULT_SESSION", handlers)
        for clear in caches:
            clear()
        yield made
        for clear in caches:
            clear()


def clock(day: int) -> str:
    """The start of a day, in the records' format."""
    return f"{datetime.fromtimestamp(FIRST + day * DAY, UTC):%Y-%m-%d %H:%M:%S}"


def context(remaining: int = 300_000) -> Any:
    """What Lambda tells a handler. remaining: milliseconds."""
    arn = "arn:aws:lambda:us-east-1:123456789012:function:shop-detect"
    return SimpleNamespace(invoked_function_arn=arn, get_remaining_time_in_millis=lambda: remaining)
