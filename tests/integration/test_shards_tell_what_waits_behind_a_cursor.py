"""The stream's shards, in memory and in Kinesis (moto), and answers that moto never gives."""

from collections.abc import Iterator
from datetime import UTC, datetime
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
from tidegate.aws.shards import KinesisShards
from tidegate.contracts.errors import TransientError
from tidegate.flush.stores import ShardPosition, Shards
from tidegate.memory.shards import MemoryShards

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

STREAM, SHARD = "orders", "shardId-000000000000"
IDLE, UNKNOWN = ShardPosition(idle=True, next_arrival=None), ShardPosition(idle=False, next_arrival=None)
SEQUENCE = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898


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
    shards = MemoryShards(SHARD, "shardId-000000000001")
    arrivals = [100.0, 100.5, 101.0, 102.0]
    for place, arrival in enumerate(arrivals):
        shards.add("shardId-000000000001", SEQUENCE + place, arrival)
    return shards, [SEQUENCE + place for place in range(4)], arrivals


@pytest.mark.parametrize("kind", ["memory", "kinesis"])
def test_the_next_arrival_or_that_nothing_waits(kind: str, client: "KinesisClient") -> None:
    shards, sequences, arrivals = in_memory() if kind == "memory" else in_kinesis(client)
    assert shards.names() == (SHARD, "shardId-000000000001")
    (used,) = (shard for shard in shards.names() if not shards.look(shard, None).idle)
    for after, arrival in zip([None, *sequences], arrivals, strict=False):
        assert shards.look(used, after) == ShardPosition(idle=False, next_arrival=arrival)
    assert shards.look(used, sequences[-1]) == IDLE


def test_every_shard_of_a_large_stream_is_named() -> None:
    stream = Stream(STREAM, SimulatedClock(1_750_000_000.0), shards=2_001)
    session = boto3.Session("none", "none", region_name="eu-central-1")
    answer_locally(session.events, "before-send.kinesis", KinesisApi(stream))
    shards = KinesisShards(session.client("kinesis"), STREAM)
    assert shards.names() == tuple(shard.id for shard in stream.shards())


def answer(records: int = 0, behind: int = 0, following: str | None = "next") -> dict[str, Any]:
    record = {
        "SequenceNumber": str(SEQUENCE),
        "Data": b"",
        "PartitionKey": "a",
        "ApproximateArrivalTimestamp": datetime(2025, 11, 21, tzinfo=UTC),
    }
    found: dict[str, Any] = {"Records": [record] * records, "MillisBehindLatest": behind}
    return found | ({"NextShardIterator": following} if following else {})


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param([answer(behind=9), answer(behind=5), answer(behind=0)], IDLE, id="empty until the tip"),
        pytest.param([answer(behind=9)] * 3, UNKNOWN, id="empty and never at the tip"),
        pytest.param([answer(behind=9), answer(behind=9, following=None)], IDLE, id="a closed shard, read out"),
        pytest.param(
            [answer(behind=9), answer(records=1, behind=9)],
            ShardPosition(idle=False, next_arrival=datetime(2025, 11, 21, tzinfo=UTC).timestamp()),
            id="a record behind a gap",
        ),
    ],
)
def test_empty_answers_are_followed(
    client: "KinesisClient", answers: list[dict[str, Any]], expected: ShardPosition
) -> None:
    with Stubber(client) as stub:
        asked = {"StreamName": STREAM, "ShardId": SHARD, "ShardIteratorType": "AFTER_SEQUENCE_NUMBER"}
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
