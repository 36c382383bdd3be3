"""The same expectations of the published intervals in memory and of those in S3 (moto), whoever wrote them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from tidegate.aws.objects import S3Objects
from tidegate.aws.published import S3PublishedIntervals
from tidegate.contracts.errors import InputError
from tidegate.contracts.interval import Interval, IntervalGrid, zone_named
from tidegate.detect.stores import PublishedIntervals, PublishedObject
from tidegate.flush.stores import Published
from tidegate.memory.published import MemoryPublishedIntervals

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

type Publish = Callable[..., PublishedIntervals]

GRID = IntervalGrid(5)
NOTHING: Mapping[str, bool] = {}
BUCKETS = iter(range(10**6))


@pytest.fixture(scope="module")
def client() -> Iterator["S3Client"]:
    with mock_aws():
        yield boto3.client("s3", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture(params=["memory", "s3"])
def publish(request: pytest.FixtureRequest) -> Publish:
    """Makes published intervals of some keys, each object holding its key; some say whether they are incomplete."""

    def in_memory(
        *keys: str, grid: IntervalGrid = GRID, incomplete: Mapping[str, bool] = NOTHING
    ) -> PublishedIntervals:
        said = [key for key, is_incomplete in incomplete.items() if is_incomplete]
        return MemoryPublishedIntervals({key: key.encode() for key in keys}, grid, said)

    def in_s3(*keys: str, grid: IntervalGrid = GRID, incomplete: Mapping[str, bool] = NOTHING) -> PublishedIntervals:
        client: S3Client = request.getfixturevalue("client")
        bucket = f"bucket-{next(BUCKETS)}"
        client.create_bucket(Bucket=bucket)
        for key in keys:
            facts = Published(1, 1, 1, 0, incomplete.get(key, False), "")
            if key in incomplete:
                S3Objects(client, bucket).put(key, [key.encode()], facts, None)
            else:
                client.put_object(Bucket=bucket, Key=key, Body=key.encode())
        return S3PublishedIntervals(client, bucket, "a/intervals", grid)

    return in_memory if request.param == "memory" else in_s3


def key(clock: str, name: str = "interval.csv") -> str:
    date, _, time = clock.partition(" ")
    return f"a/intervals/intvl_date={date}/intvl_hhmm={time}/{name}"


def walk(published: PublishedIntervals, grid: IntervalGrid = GRID) -> list[str]:
    """The local starts of all intervals, one after the other."""
    found = []
    last: Interval | None = None
    while (following := published.next_after(last)) is not None:
        assert following.keys
        last = following.interval
        found.append(f"{grid.local_start(last):%m-%d %H:%M %z}")
    return found


def test_nothing_is_published_at_first(publish: Publish) -> None:
    assert publish().next_after(None) is None
    assert publish().next_after(GRID.containing(1e9)) is None


def test_intervals_come_in_order_across_midnight_and_gaps(publish: Publish) -> None:
    clocks = ["2026-06-01 2350", "2026-06-01 2355", "2026-06-02 0000", "2026-06-02 0010", "2026-08-01 1200"]
    assert walk(publish(*map(key, reversed(clocks)))) == [
        *("06-01 23:50 +0000", "06-01 23:55 +0000", "06-02 00:00 +0000", "06-02 00:10 +0000"),
        "08-01 12:00 +0000",
    ]


def test_all_objects_of_a_folder_belong_to_the_interval(publish: Publish) -> None:
    names = ("b.csv", "a.csv.gz", "run-1/part-0")
    published = publish(*(key("2026-06-01 0915", name) for name in names))
    following = published.next_after(None)
    assert following
    assert following.keys == tuple(key("2026-06-01 0915", name) for name in sorted(names))
    assert published.read(following.keys[0]) == PublishedObject(following.keys[0].encode())
    with pytest.raises(InputError, match=r"gone\.csv: is gone"):
        published.read(key("2026-06-01 0915", "gone.csv"))


def test_an_object_tells_when_records_may_be_missing(publish: Publish) -> None:
    clocks = {"2026-06-01 0915": True, "2026-06-01 0920": False}
    said = {key(clock): is_incomplete for clock, is_incomplete in clocks.items()}
    published = publish(*said, key("2026-06-01 0925"), incomplete=said)
    read = [published.read(key(clock)).is_incomplete for clock in (*clocks, "2026-06-01 0925")]
    assert read == [True, False, False]


def test_what_holds_no_rows_is_passed_over(publish: Publish) -> None:
    keys = [key("2026-06-01 0915", ""), key("2026-06-01 0920", "_SUCCESS"), key("2026-06-01 0925", ".crc")]
    others = ["a/intervals/readme.txt", "a/intervals/intvl_date=2026-06-01/intvl_hhmm=0933/x.csv"]
    assert walk(publish(*keys, *others, key("2026-06-01 0930"))) == ["06-01 09:30 +0000"]


BERLIN = zone_named("Europe/Berlin")


@pytest.mark.parametrize("minutes", [30, 60])
def test_a_repeated_hour_comes_after_the_first_one(publish: Publish, minutes: int) -> None:
    grid = IntervalGrid(minutes, BERLIN)
    at = datetime.fromisoformat("2026-10-25T01:00:00+02:00").timestamp()
    intervals = [grid.containing(at)]
    while intervals[-1].end < at + 4 * 3600:
        intervals.append(grid.after(intervals[-1]))
    published = publish(*(grid.key("a/intervals", interval) for interval in intervals), grid=grid)
    assert walk(published, grid) == [f"{grid.local_start(interval):%m-%d %H:%M %z}" for interval in intervals]


QUARTERS = st.sets(st.integers(0, 17), min_size=1, max_size=8)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(quarters={7, 9, 13}, day="2026-10-25")  # the earliest one has not the first name
@example(quarters={7, 13}, day="2026-10-25")  # the next one has a name before this one's
@given(quarters=QUARTERS, day=st.sampled_from(["2026-10-25", "2026-03-29", "2026-10-24"]))
def test_any_gaps_around_a_clock_change(publish: Publish, quarters: set[int], day: str) -> None:
    grid = IntervalGrid(15, BERLIN)
    at = datetime.fromisoformat(day).replace(hour=1, tzinfo=BERLIN).timestamp()
    intervals = sorted({grid.containing(at + quarter * 900) for quarter in quarters})
    published = publish(*(grid.key("a/intervals", interval) for interval in intervals), grid=grid)
    assert walk(published, grid) == [f"{grid.local_start(interval):%m-%d %H:%M %z}" for interval in intervals]


def test_asking_costs_one_list_where_the_next_interval_is_there_and_two_where_none_is(client: "S3Client") -> None:
    calls: list[str] = []
    client.create_bucket(Bucket="counted")
    client.put_object(Bucket="counted", Key=key("2026-06-01 0915"))
    client.put_object(Bucket="counted", Key=key("2026-06-01 0920"))
    client.meta.events.register("before-call.s3", lambda model, **_: calls.append(model.name))
    published = S3PublishedIntervals(client, "counted", "a/intervals/", GRID)
    first = GRID.containing(datetime.fromisoformat("2026-06-01T09:15:00+00:00").timestamp())
    following = published.next_after(first)
    assert following
    assert calls == ["ListObjectsV2"]
    assert published.next_after(following.interval) is None
    assert calls == 3 * ["ListObjectsV2"]


def test_a_backlog_of_pages_is_walked(client: "S3Client", monkeypatch: pytest.MonkeyPatch) -> None:
    client.create_bucket(Bucket="long")
    grid = IntervalGrid(1)
    start = int(datetime.fromisoformat("2026-06-01T00:00:00+00:00").timestamp())
    for minute in (0, 3, 7, 1439, 1445):
        client.put_object(Bucket="long", Key=grid.key("a/intervals", Interval(start + 60 * minute, 0)))
    pages = client.get_paginator("list_objects_v2").paginate

    def small_pages(**arguments: Any) -> Any:
        return pages(**arguments, PaginationConfig={"PageSize": 2})

    monkeypatch.setattr(client, "get_paginator", lambda _: type("P", (), {"paginate": staticmethod(small_pages)}))
    published = S3PublishedIntervals(client, "long", "a/intervals", grid)
    assert walk(published, grid) == [
        *("06-01 00:00 +0000", "06-01 00:03 +0000", "06-01 00:07 +0000", "06-01 23:59 +0000", "06-02 00:05 +0000")
    ]
