"""The stream's shards, in memory and in Kinesis (moto), and answers that moto never gives."""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import inf
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber
from moto import mock_aws

from local.clock import SimulatedClock
from local.kinesis_api import KinesisApi
from local.local_response import answer_locally
from local.stream import Stream
from tidegate.aws.shards import MAX_READS, KinesisShards
from tidegate.contracts.errors import TransientError
from tidegate.flush.stores import ShardPosition, Shards
from tidegate.memory.shards import MemoryShards

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

STREAM, SHARD_ID = "orders", "shardId-000000000000"
SHARD, OTHER = f"{STREAM}/{SHARD_ID}", f"{STREAM}/shardId-000000000001"
IDLE, UNKNOWN = ShardPosition(idle=True, next_arrival=None), ShardPosition(idle=False, next_arrival=None)
NOW, HOUR = 1_750_000_000.0, 3600.0
MIDNIGHT = datetime(2025, 11, 21, tzinfo=UTC)
PASSED = ShardPosition(idle=False, next_arrival=MIDNIGHT.timestamp() - 0.009)
SEQUENCE = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898

type _Answer = dict[str, Any]


@pytest.fixture
def client() -> "Iterator[KinesisClient]":
    with mock_aws():
        client = boto3.client("kinesis", "eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")
        client.create_stream(StreamName=STREAM, ShardCount=2)
        yield client


def in_kinesis(client: "KinesisClient") -> tuple[Shards, list[int], list[float]]:
    sequences = [
        int(client.put_record(StreamName=STREAM, Data=b"1", PartitionKey="a")["SequenceNumber"]) for _ in range(3)
    ]
    used = client.put_record(StreamName=STREAM, Data=b"1", PartitionKey="a")
    sequences.append(int(used["SequenceNumber"]))
    iterator = client.get_shard_iterator(StreamName=STREAM, ShardId=used["ShardId"], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    records = client.get_records(ShardIterator=iterator)["Records"]
    return KinesisShards(client, STREAM), sequences, [r["ApproximateArrivalTimestamp"].timestamp() for r in records]


def in_memory() -> tuple[Shards, list[int], list[float]]:
    shards = MemoryShards(SHARD, OTHER)
    arrivals = [100.0, 100.5, 101.0, 102.0]
    for place, arrival in enumerate(arrivals):
        shards.add(OTHER, SEQUENCE + place, arrival)
    return shards, [SEQUENCE + place for place in range(4)], arrivals


@pytest.mark.parametrize("kind", ["memory", "kinesis"])
def test_the_next_arrival_or_that_nothing_waits(kind: str, client: "KinesisClient") -> None:
    shards, sequences, arrivals = in_memory() if kind == "memory" else in_kinesis(client)
    assert shards.names() == (SHARD, OTHER)
    (used,) = (shard for shard in shards.names() if not shards.look(shard, None).idle)
    for after, arrival in zip([None, *sequences], arrivals, strict=False):
        assert shards.look(used, after) == ShardPosition(idle=False, next_arrival=arrival)
    assert shards.look(used, sequences[-1]) == IDLE


def of_twin(stream: Stream, reach: float = inf) -> KinesisShards:
    session = boto3.Session("none", "none", region_name="eu-central-1")
    answer_locally(session.events, "before-send.kinesis", KinesisApi(stream, reach))
    return KinesisShards(session.client("kinesis"), STREAM)


def test_every_shard_of_a_large_stream_is_named() -> None:
    stream = Stream(STREAM, SimulatedClock(NOW), shards=2_001)
    assert of_twin(stream).names() == tuple(f"{STREAM}/{shard.id}" for shard in stream.shards())


def test_a_shard_that_was_quiet_for_hours_is_followed_from_look_to_look() -> None:
    stream = Stream(STREAM, SimulatedClock(NOW))
    shards = of_twin(stream, reach=HOUR)
    last = stream.put("a", b"1").sequence
    stream.clock.advance_to(NOW + 11.5 * HOUR)
    for hours in (4, 8):
        assert shards.look(SHARD, last) == ShardPosition(idle=False, next_arrival=NOW + hours * HOUR)
    assert shards.look(SHARD, last) == IDLE
    stream.clock.advance_to(NOW + 14.5 * HOUR)
    assert shards.look(SHARD, last) == IDLE
    stream.put("a", b"2")
    stream.clock.advance_to(NOW + 20 * HOUR)
    assert shards.look(SHARD, last) == ShardPosition(idle=False, next_arrival=NOW + 14.5 * HOUR)


def test_a_record_that_comes_after_what_was_passed_over_is_found() -> None:
    stream = Stream(STREAM, SimulatedClock(NOW))
    shards = of_twin(stream, reach=HOUR)
    last = stream.put("a", b"1").sequence
    stream.clock.advance_to(NOW + 7 * HOUR)
    assert shards.look(SHARD, last) == ShardPosition(idle=False, next_arrival=NOW + 4 * HOUR)
    newest = stream.put("a", b"2").sequence
    assert shards.look(SHARD, last) == ShardPosition(idle=False, next_arrival=NOW + 7 * HOUR)
    assert shards.look(SHARD, newest) == IDLE


def test_a_shard_without_a_cursor_is_followed_from_its_beginning() -> None:
    stream = Stream(STREAM, SimulatedClock(NOW))
    shards = of_twin(stream, reach=5 * HOUR)
    looks = [shards.look(SHARD, None) for _ in range(2)]
    assert looks == [ShardPosition(idle=False, next_arrival=NOW - 4 * HOUR), IDLE]


def test_what_clocks_make_of_a_cursors_own_record_is_no_record_behind_it(client: "KinesisClient") -> None:
    with Stubber(client) as stub:
        asked = {"StreamName": STREAM, "ShardId": SHARD_ID}
        after = {**asked, "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": str(SEQUENCE)}
        first = {"ShardIterator": "first"}
        stub.add_response("get_shard_iterator", first, after)
        for _ in range(MAX_READS):
            stub.add_response("get_records", answer(behind=9))
        stub.add_response("get_shard_iterator", first, {**asked, "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": ANY})
        stub.add_response("get_records", answer(records=1))
        stub.add_response("get_shard_iterator", first, after)
        stub.add_response("get_records", answer())
        shards = KinesisShards(client, STREAM)
        assert [shards.look(SHARD, SEQUENCE) for _ in range(2)] == [PASSED, IDLE]


def test_how_far_a_look_came_before_it_was_throttled_is_known(client: "KinesisClient") -> None:
    with Stubber(client) as stub:
        stub.add_response("get_shard_iterator", {"ShardIterator": "first"})
        stub.add_response("get_records", answer(behind=9))
        stub.add_client_error("get_records", "ProvisionedThroughputExceededException", http_status_code=400)
        assert KinesisShards(client, STREAM).look(SHARD, SEQUENCE) == PASSED


def answer(records: int = 0, behind: int = 0, following: str | None = "next", sequence: int = SEQUENCE) -> _Answer:
    record = {
        "SequenceNumber": str(sequence),
        "Data": b"",
        "PartitionKey": "a",
        "ApproximateArrivalTimestamp": MIDNIGHT,
    }
    headers = {"date": "Fri, 21 Nov 2025 00:00:00 GMT"}
    found: _Answer = {"Records": [record] * records, "MillisBehindLatest": behind}
    found["ResponseMetadata"] = {"HTTPHeaders": headers}
    return found | ({"NextShardIterator": following} if following else {})


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param([answer(behind=9), answer(behind=5), answer(behind=0)], IDLE, id="empty until the tip"),
        pytest.param([answer(behind=9)] * MAX_READS, PASSED, id="empty and never at the tip"),
        pytest.param([answer(behind=9), answer(behind=9, following=None)], IDLE, id="a closed shard, read out"),
        pytest.param(
            [answer(behind=9), answer(records=1, behind=9, sequence=SEQUENCE + 1)],
            ShardPosition(idle=False, next_arrival=MIDNIGHT.timestamp()),
            id="a record behind a gap",
        ),
    ],
)
def test_empty_answers_are_followed(client: "KinesisClient", answers: list[_Answer], expected: ShardPosition) -> None:
    with Stubber(client) as stub:
        asked = {"StreamName": STREAM, "ShardId": SHARD_ID, "ShardIteratorType": "AFTER_SEQUENCE_NUMBER"}
        stub.add_response(
            "get_shard_iterator", {"ShardIterator": "first"}, {**asked, "StartingSequenceNumber": str(SEQUENCE)}
        )
        for one in answers:
            stub.add_response("get_records", one, {"ShardIterator": ANY, "Limit": 1})
        assert KinesisShards(client, STREAM).look(SHARD, SEQUENCE) == expected
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("call", "code", "expected"),
    [
        ("get_shard_iterator", "ProvisionedThroughputExceededException", UNKNOWN),
        ("get_records", "ProvisionedThroughputExceededException", UNKNOWN),
        ("get_records", "ExpiredIteratorException", UNKNOWN),
        ("get_shard_iterator", "InvalidArgumentException", UNKNOWN),
        ("get_shard_iterator", "ResourceNotFoundException", IDLE),
    ],
)
def test_a_look_that_fails_for_a_known_reason_is_an_answer(
    client: "KinesisClient", call: str, code: str, expected: ShardPosition
) -> None:
    with Stubber(client) as stub:
        if call == "get_records":
            stub.add_response("get_shard_iterator", {"ShardIterator": "first"})
        stub.add_client_error(call, code, http_status_code=400)
        assert KinesisShards(client, STREAM).look(SHARD, None) == expected


def test_other_failures_are_raised(client: "KinesisClient") -> None:
    for code, status, expected in (("InternalFailure", 500, TransientError), ("AccessDenied", 400, ClientError)):
        with Stubber(client) as stub:
            stub.add_client_error("get_shard_iterator", code, http_status_code=status)
            with pytest.raises(expected):
                KinesisShards(client, STREAM).look(SHARD, None)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        KinesisShards(client, "elsewhere").names()
