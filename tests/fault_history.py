"""A day at a shop, from its first records to the alert, and what must be left of it whatever went wrong."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from random import Random
from typing import Any, Final

from local.parameters import Deployment
from tests.fault_account import Fault, FaultAccount, fault_account
from tidegate.aws.items import read_ledger_line
from tidegate.contracts.identity import shard_name
from tidegate.contracts.interval import Interval

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400
START: Final = 1_780_272_000
"""2026-06-01T00:00:00Z: the day's beginning, at which the detector has learned the days before."""
LEARNED_DAYS: Final = 16
PLATFORMS: Final = ("pc_web", "mobile_web", "mobile_app")
HEADER: Final = "event_time,platform,marketplace,views\n"
GIVEN: Final = Deployment(
    "shop",
    {
        "Measures": "views:SUM",
        "Dimensions": "platform,marketplace",
        "DimensionFilters": "marketplace=us",
        "IntervalMinutes": "1440",
        "BatchingWindowSeconds": "10",
        "BufferShards": "1",
        "DeployGenerator": "ecommerce",
        "AlertFormat": "JSON",
        "DeployEventBus": "true",
        "ShadowThingName": "lamp",
        "WebhookSecretArn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:pager-AbCdEf",
    },
    is_quiet=True,
)


@contextmanager
def taught_account() -> Iterator[FaultAccount]:
    """An account whose detector knows what ordinary days are like."""
    with fault_account(GIVEN) as account:
        random = Random(1)
        for day in range(-LEARNED_DAYS, 0):
            interval = Interval(START + day * DAY, START + (day + 1) * DAY)
            account.s3.put_object(
                Bucket=account.template.name("DataBucket"),
                Key=account.config.grid.key(account.config.output_prefix, interval),
                Body=(HEADER + "".join(_row(interval, platform, random) for platform in PLATFORMS)).encode(),
            )
        account.clock.advance_to(START + HOUR)
        assert account.schedule("detect")
        account.save()
        yield account


def _row(interval: Interval, platform: str, random: Random) -> str:
    date = _text(interval.start)
    return f"{date},{platform},us,{random.gauss(500_000, 5000):.0f}\n"


def play(account: FaultAccount, fault: Fault | None = None) -> None:
    """The day. A minute's records and bad ones come, the interval is closed and alerted, a late record revises it."""
    account.begin(START + 12 * HOUR, fault)
    for data in (b"no record", b'{"platform":"pc_web","marketplace":"us","views":3}'):
        account.stream.put("bad", data)
    for _ in range(2):  # Lambda tries an asynchronous invocation that failed again
        if account.schedule("generate"):
            break
    account.wait_until(START + 12 * HOUR + MINUTE)
    account.schedule("flush")
    for minute in (2, 3):
        account.wait_until(START + DAY + minute * MINUTE)
        account.schedule("flush")
        account.schedule("detect")
    late = {"event_time": _text(START + 5), "platform": "pc_web", "marketplace": "us", "views": 7}
    account.stream.put("late", json.dumps(late).encode())
    for minute in (5, 6, 7):
        account.wait_until(START + DAY + minute * MINUTE)
        account.schedule("flush")
        account.schedule("detect")
    account.wait_until(START + DAY + 12 * MINUTE)


def _text(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%d %H:%M:%S}"


class Left:
    """What a history left, read back.

    told: how often each incident was notified, by measure and state.
    """

    def __init__(self, account: FaultAccount) -> None:
        interval = Interval(START, START + DAY)
        self._account = account
        self.key: Final = account.config.grid.key(account.config.output_prefix, interval)
        keys = [key for key in self._keys("DataBucket", "") if key >= self.key[: self.key.rindex("/")]]
        self.objects: Final = {key: self._body("DataBucket", key) for key in keys}
        self.quarantine: Final = [
            json.loads(line)
            for key in self._keys("OperationsBucket", "quarantine/")
            for line in self._body("OperationsBucket", key).splitlines()
        ]
        items = account.dynamodb.scan(TableName=account.template.name("BufferTable"))["Items"]
        self.ledger: Final = [read_ledger_line(item) for item in items if item["pk"]["S"].startswith("ledger#")]
        self.markers: Final = [item["sk"]["S"] for item in items if item["sk"]["S"].startswith("late#")]
        (self.cursor,) = (item for item in items if item["pk"]["S"].startswith("detect#"))
        messages = [json.loads(sent["Message"])["default"] for sent in account.published]
        events = [json.loads(message) for message in messages]
        self.told: Final = Counter((event["alertEventId"], event["tidegate"]["state"]) for event in events)

    def rows(self) -> list[dict[str, str]]:
        """The rows of the day's object."""
        return list(csv.DictReader(StringIO(self.objects[self.key].decode())))

    def _keys(self, bucket: str, prefix: str) -> list[str]:
        found = self._account.s3.list_objects_v2(Bucket=self._account.template.name(bucket), Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", ())]

    def _body(self, bucket: str, key: str) -> bytes:
        return self._account.s3.get_object(Bucket=self._account.template.name(bucket), Key=key)["Body"].read()


def assert_nothing_lost_nor_doubled(account: FaultAccount, left: Left) -> None:
    """Every record of the stream is once in the object, in quarantine or kept out; the ledger adds up."""
    good: Counter[tuple[str, ...]] = Counter()
    bad, filtered = set(), 0
    for record in account.stream.everything():
        fields = _fields(record.data)
        if fields is None:
            bad.add((shard_name(account.stream.name, record.shard), str(record.sequence)))
        elif fields["marketplace"] != "us":
            filtered += 1
        else:
            good[tuple(str(fields[name]) for name in HEADER.strip().split(","))] += 1
    assert Counter(tuple(row.values()) for row in left.rows()) == good
    assert list(left.objects) == [left.key]
    assert {(one["shard"], str(one["sequence"])) for one in left.quarantine} == bad
    (line,) = left.ledger
    assert line.balanced
    assert (line.stored, line.rows, line.quarantined) == (good.total(), good.total(), len(bad))
    assert line.filtered >= filtered
    assert not line.incomplete
    assert not left.markers
    assert not account.given_up
    assert not account.queue.failed


def _fields(data: bytes) -> dict[str, Any] | None:
    try:
        fields: dict[str, Any] = json.loads(data)
    except ValueError:
        return None
    return fields if "event_time" in fields else None
