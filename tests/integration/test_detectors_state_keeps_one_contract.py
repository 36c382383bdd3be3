"""The same expectations of a detector's state in memory and of that in DynamoDB and S3 (moto)."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.tables import make_table
from tidegate.aws.model_store import AwsModelStore
from tidegate.contracts.anomaly import Kind
from tidegate.contracts.errors import Conflict, CorruptState
from tidegate.contracts.feedback import Form, Peak, Verdict
from tidegate.contracts.interval import Interval
from tidegate.detect.feedback import Tolerance
from tidegate.detect.incidents import Incident
from tidegate.detect.stores import DetectCursor, Failure, ModelStore
from tidegate.memory.model_store import MemoryModelStore

INTERVAL = Interval(1_763_674_800, 1_763_675_100)
MEMBERS = frozenset({("it", ""), ("é", "x")})
INCIDENT = Incident("5554f647", "é=1", 1_763_674_500, INTERVAL, 91.25, Kind.SILENCE, MEMBERS, age=3, quiet=1)
FIRST = DetectCursor(
    INTERVAL, "state/a", ("state/b", "state/c"), "f1", (INCIDENT, replace(INCIDENT, group_id="6", measure="b")), 1
)
VERDICT = Verdict("e1", "views", Peak((("market", "it" * 200),), Form.BELOW, 2.5, 3.0), False, 1_763_000_000)
FAILURE = Failure(INTERVAL, "key, line 3, column views", "is not a number")
NAMES = iter(range(10**6))


@pytest.fixture(scope="module")
def clients() -> Iterator[tuple[Any, Any]]:
    with mock_aws():
        session = boto3.Session("test", "test", region_name="us-east-1")
        yield session.client("dynamodb"), session.client("s3")


@pytest.fixture(params=["memory", "aws"])
def store(request: pytest.FixtureRequest) -> ModelStore:
    if request.param == "memory":
        return MemoryModelStore()
    return aws_store(request.getfixturevalue("clients"))


def aws_store(clients: tuple[Any, Any]) -> AwsModelStore:
    dynamodb, s3 = clients
    name = f"store-{next(NAMES)}"
    make_table(dynamodb, name)
    s3.create_bucket(Bucket=name)
    return AwsModelStore(dynamodb, name, s3, name, detector_name="shop")


def test_the_cursor_comes_back_as_it_was_written(store: ModelStore) -> None:
    assert store.cursor() is None
    store.advance(FIRST)
    assert store.cursor() == FIRST
    second = DetectCursor(INTERVAL, "", (), "f2", (), 2)
    store.advance(second)
    assert store.cursor() == second


def test_an_outbox_larger_than_an_item_comes_back_and_goes(store: ModelStore) -> None:
    events = tuple(f'{{"alertEventId": "é {number}", "text": "{"x" * 98_304}"}}' for number in range(20))
    full = replace(FIRST, outbox=events)
    store.advance(full)
    assert store.cursor() == full
    emptied = replace(full, version=2, outbox=events[19:])
    store.advance(emptied)
    assert store.cursor() == emptied


@pytest.mark.parametrize("version", [2, 3])
def test_a_cursor_that_is_not_the_next_is_a_conflict(store: ModelStore, version: int) -> None:
    with pytest.raises(Conflict):
        store.advance(replace(FIRST, version=version))
    store.advance(FIRST)
    store.advance(replace(FIRST, version=2))
    other = replace(FIRST, version=version if version == 2 else 1, snapshot="other")
    with pytest.raises(Conflict):
        store.advance(other)
    assert store.cursor() == replace(FIRST, version=2)


def test_a_snapshot_comes_back_under_a_key_of_its_content(store: ModelStore) -> None:
    key = store.put_snapshot(INTERVAL, b"state" * 1000)
    assert store.snapshot(key) == b"state" * 1000
    assert store.put_snapshot(INTERVAL, b"state" * 1000) == key
    assert store.put_snapshot(INTERVAL, b"other") != key
    assert store.put_snapshot(Interval(0, 1), b"state" * 1000) != key


def test_forgotten_snapshots_are_gone(store: ModelStore) -> None:
    one, two = store.put_snapshot(INTERVAL, b"1"), store.put_snapshot(INTERVAL, b"2")
    store.forget((one, "never"))
    with pytest.raises(CorruptState, match="is gone"):
        store.snapshot(one)
    assert store.snapshot(two) == b"2"
    store.forget((one,))


def test_a_failure_that_is_put_again_is_kept_once_in_memory() -> None:
    store = MemoryModelStore()
    for _ in range(2):
        store.put_failure(FAILURE, 1_800_000_000)
    assert store.failures == {INTERVAL: FAILURE}


def test_a_failure_that_is_put_again_is_one_item(clients: tuple[Any, Any]) -> None:
    store, (dynamodb, _) = aws_store(clients), clients
    for _ in range(2):
        store.put_failure(FAILURE, 1_800_000_000)
    assert dynamodb.scan(TableName=store._table)["Items"] == [
        {
            "pk": {"S": "detect#shop"},
            "sk": {"S": "failed#1763674800"},
            "end": {"N": "1763675100"},
            "place": {"S": "key, line 3, column views"},
            "problem": {"S": "is not a number"},
            "expires": {"N": "1800000000"},
        }
    ]


def test_items_and_keys_are_as_documented(clients: tuple[Any, Any]) -> None:
    store, (dynamodb, s3) = aws_store(clients), clients
    name = store._table
    store.put_failure(FAILURE, 1_800_000_000)
    store.advance(FIRST)
    items = {item["sk"]["S"]: item for item in dynamodb.scan(TableName=name)["Items"]}
    assert {item["pk"]["S"] for item in items.values()} == {"detect#shop"}
    assert set(items) == {"failed#1763674800", "cursor"}
    assert items["cursor"]["version"] == {"N": "1"}
    key = store.put_snapshot(INTERVAL, b"state")
    found = {one["Key"] for one in s3.list_objects_v2(Bucket=name)["Contents"]}
    assert found == {key, items["cursor"]["notes"]["S"]}
    assert all(each.startswith("state/shop/1763674800-") for each in found)


def test_a_damaged_snapshot_is_refused(clients: tuple[Any, Any]) -> None:
    store, (_, s3) = aws_store(clients), clients
    key = store.put_snapshot(INTERVAL, b"state")
    s3.put_object(Bucket=store._bucket, Key=key, Body=b"stale")
    with pytest.raises(CorruptState, match="is damaged"):
        store.snapshot(key)


WIDE = replace(INCIDENT, members=frozenset((f"{'m' * 200}{place}", "x" * 200) for place in range(20_000)))


def test_incidents_of_very_many_series_and_long_names_fit(clients: tuple[Any, Any]) -> None:
    store, (_, s3) = aws_store(clients), clients
    many = tuple(Tolerance(replace(VERDICT, given=number)) for number in range(5_000))
    cursor = replace(FIRST, incidents=(WIDE,), tolerated=many)
    store.advance(cursor)
    assert store.cursor() == cursor
    assert another(store).cursor() == cursor
    quiet = replace(cursor, version=2, incidents=(), tolerated=())
    store.advance(quiet)
    assert store.cursor() == quiet
    assert "Contents" not in s3.list_objects_v2(Bucket=store._bucket)


def another(store: AwsModelStore) -> AwsModelStore:
    """The same state, as another process reads it."""
    return AwsModelStore(store._dynamodb, store._table, store._s3, store._bucket, detector_name=store._detector)


def test_what_is_noted_is_written_again_only_when_it_is_new(clients: tuple[Any, Any]) -> None:
    store, (_, s3) = aws_store(clients), clients
    store.advance(FIRST)
    (noted,) = s3.list_objects_v2(Bucket=store._bucket)["Contents"]
    later = replace(FIRST, version=2, last=Interval(INTERVAL.end, INTERVAL.end + 300))
    other = another(store)
    assert other.cursor() == FIRST
    other.advance(later)
    assert store.cursor() == later
    store.advance(replace(later, version=3))
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=store._bucket)["Contents"]] == [noted["Key"]]


def test_notes_that_are_gone_are_said(clients: tuple[Any, Any]) -> None:
    store, (_, s3) = aws_store(clients), clients
    store.advance(FIRST)
    (noted,) = s3.list_objects_v2(Bucket=store._bucket)["Contents"]
    s3.delete_object(Bucket=store._bucket, Key=noted["Key"])
    cursor = another(store).cursor()
    assert cursor is not None
    assert cursor.fault == f"{noted['Key']}: the snapshot is gone"
    assert [incident.group_id for incident in cursor.incidents] == [one.group_id for one in FIRST.incidents]


def test_notes_that_another_run_has_replaced_meanwhile_are_read_from_its_cursor(clients: tuple[Any, Any]) -> None:
    store, (_, s3) = aws_store(clients), clients
    store.advance(FIRST)
    second = replace(FIRST, version=2, incidents=(replace(INCIDENT, members=frozenset({("us", "")})),))
    slow: Any = another(store)

    def goes_on_first(**arguments: str) -> Any:
        slow._s3 = s3
        store.advance(second)
        return s3.get_object(**arguments)

    slow._s3 = SimpleNamespace(get_object=goes_on_first, exceptions=s3.exceptions)
    assert slow.cursor() == second


def test_a_cursor_whose_first_answer_was_lost_is_no_conflict(clients: tuple[Any, Any]) -> None:
    store = aws_store(clients)
    store.advance(FIRST)
    store.advance(FIRST)
    with pytest.raises(Conflict):
        store.advance(replace(FIRST, snapshot="another run's"))
