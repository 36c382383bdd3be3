"""The Kinesis twin behind real clients: what boto3 sends and reads is what AWS's API says."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from mypy_boto3_kinesis import KinesisClient
from mypy_boto3_kinesis.type_defs import PutRecordsRequestEntryTypeDef, RecordTypeDef

from local.clock import SimulatedClock
from local.kinesis_api import KinesisApi
from local.local_response import answer_locally
from local.shard import HASH_KEYS
from local.stream import Stream

START = 1_750_000_000.0


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(START)


@pytest.fixture
def stream(clock: SimulatedClock) -> Stream:
    return Stream("orders", clock, shards=2)


@pytest.fixture
def kinesis(stream: Stream) -> KinesisClient:
    session = boto3.Session("none", "none", region_name="eu-central-1")
    answer_locally(session.events, "before-send.kinesis", KinesisApi(stream))
    return session.client("kinesis")


def test_records_put_are_records_got(kinesis: KinesisClient, clock: SimulatedClock) -> None:
    entries: list[PutRecordsRequestEntryTypeDef] = [
        {"PartitionKey": key, "Data": key.encode() * 3} for key in ("a", "b", "c")
    ]
    put = kinesis.put_records(StreamName="orders", Records=entries)
    assert put["FailedRecordCount"] == 0
    clock.advance_to(START + 1.25)
    kinesis.put_record(StreamName="orders", PartitionKey="a", Data=b"last", ExplicitHashKey="0")
    shards = kinesis.list_shards(StreamName="orders")["Shards"]
    got: list[RecordTypeDef] = []
    for shard in shards:
        iterator = kinesis.get_shard_iterator(
            StreamName="orders", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        answer = kinesis.get_records(ShardIterator=iterator)
        assert answer["MillisBehindLatest"] == 0
        got += answer["Records"]
    assert sorted(record["Data"] for record in got) == [b"aaa", b"bbb", b"ccc", b"last"]
    assert {record["ApproximateArrivalTimestamp"].timestamp() for record in got} == {START, START + 1.25}


def test_iterators_of_every_type(kinesis: KinesisClient, stream: Stream, clock: SimulatedClock) -> None:
    first = stream.put("a", b"1")
    clock.advance_to(START + 5)
    stream.put("a", b"2")

    def read(**iterator: Any) -> list[bytes]:
        found = kinesis.get_shard_iterator(StreamName="orders", ShardId=first.shard, **iterator)
        return [record["Data"] for record in kinesis.get_records(ShardIterator=found["ShardIterator"])["Records"]]

    sequence = str(first.sequence)
    assert read(ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=sequence) == [b"1", b"2"]
    assert read(ShardIteratorType="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=sequence) == [b"2"]
    assert read(ShardIteratorType="AT_TIMESTAMP", Timestamp=START + 1) == [b"2"]
    assert read(ShardIteratorType="LATEST") == []


def test_a_part_of_the_records_can_fail(kinesis: KinesisClient, stream: Stream) -> None:
    turns: Iterator[bool] = iter((False, True, False))
    stream.rejects = lambda: next(turns)
    entries: list[PutRecordsRequestEntryTypeDef] = [{"PartitionKey": "a", "Data": bytes([i])} for i in range(3)]
    put = kinesis.put_records(StreamName="orders", Records=entries)
    assert put["FailedRecordCount"] == 1
    assert put["Records"][1]["ErrorCode"] == "ProvisionedThroughputExceededException"
    assert "SequenceNumber" in put["Records"][2]


def test_resharding_shows_parents_children_and_ends(kinesis: KinesisClient, stream: Stream) -> None:
    kinesis.merge_shards(
        StreamName="orders", ShardToMerge="shardId-000000000000", AdjacentShardToMerge="shardId-000000000001"
    )
    kinesis.split_shard(
        StreamName="orders", ShardToSplit="shardId-000000000002", NewStartingHashKey=str(HASH_KEYS // 2)
    )
    shards = {shard["ShardId"][-1]: shard for shard in kinesis.list_shards(StreamName="orders")["Shards"]}
    assert shards["2"]["AdjacentParentShardId"] == "shardId-000000000001"
    assert "EndingSequenceNumber" in shards["2"]["SequenceNumberRange"]
    assert "EndingSequenceNumber" not in shards["4"]["SequenceNumberRange"]
    iterator = kinesis.get_shard_iterator(
        StreamName="orders", ShardId="shardId-000000000002", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    ended = kinesis.get_records(ShardIterator=iterator)
    assert ended.get("NextShardIterator") is None
    assert [child["ShardId"][-1] for child in ended["ChildShards"]] == ["3", "4"]
    open_ones = kinesis.list_shards(StreamName="orders", ShardFilter={"Type": "AT_LATEST"})["Shards"]
    assert [shard["ShardId"][-1] for shard in open_ones] == ["3", "4"]
    summary = kinesis.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 2


def test_shards_are_listed_page_by_page_and_a_token_comes_alone(kinesis: KinesisClient, stream: Stream) -> None:
    first = kinesis.list_shards(StreamName="orders", MaxResults=1)
    assert [shard["ShardId"] for shard in first["Shards"]] == ["shardId-000000000000"]
    with pytest.raises(ClientError, match="InvalidArgumentException"):
        kinesis.list_shards(StreamName="orders", NextToken=first["NextToken"])
    rest = kinesis.list_shards(NextToken=first["NextToken"])
    assert [shard["ShardId"] for shard in rest["Shards"]] == ["shardId-000000000001"]
    assert "NextToken" not in rest
    with pytest.raises(ClientError, match="InvalidArgumentException"):
        kinesis.list_shards(NextToken="token")


def test_a_listing_of_open_shards_goes_on_as_one(kinesis: KinesisClient, stream: Stream) -> None:
    stream.split("shardId-000000000000", HASH_KEYS // 4)
    first = kinesis.list_shards(StreamName="orders", ShardFilter={"Type": "AT_LATEST"}, MaxResults=1)
    stream.merge("shardId-000000000002", "shardId-000000000003")
    rest = kinesis.list_shards(NextToken=first["NextToken"])
    assert [shard["ShardId"][-1] for shard in [*first["Shards"], *rest["Shards"]]] == ["1", "4"]


def test_an_iterator_expires_after_five_minutes(kinesis: KinesisClient, clock: SimulatedClock) -> None:
    iterator = kinesis.get_shard_iterator(
        StreamName="orders", ShardId="shardId-000000000000", ShardIteratorType="LATEST"
    )["ShardIterator"]
    clock.advance_to(START + 301)
    with pytest.raises(ClientError, match="ExpiredIteratorException"):
        kinesis.get_records(ShardIterator=iterator)


def test_errors_have_the_names_that_aws_gives_them(kinesis: KinesisClient) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        kinesis.list_shards(StreamName="other")
    with pytest.raises(ClientError, match="ValidationException"):
        kinesis.put_record(StreamName="orders", PartitionKey="a", Data=b"x" * (1 << 20))
    with pytest.raises(ClientError, match="UnknownOperationException"):
        kinesis.describe_limits()
