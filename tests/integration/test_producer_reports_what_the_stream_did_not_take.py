"""KinesisProducer against moto's stream, and against answers that moto never gives."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from tidegate.aws.stream import KinesisProducer
from tidegate.contracts.errors import TransientError
from tidegate.generate.stores import Entry

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

STREAM = "orders"
ENTRIES = [Entry("de", b"1"), Entry("uk", b"2"), Entry("de", b"3")]


@pytest.fixture
def client() -> "Iterator[KinesisClient]":
    with mock_aws():
        client = boto3.client("kinesis", "eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")
        client.create_stream(StreamName=STREAM, ShardCount=1)
        yield client


def test_records_arrive_with_their_keys_in_order(client: "KinesisClient") -> None:
    assert KinesisProducer(client, STREAM).put(ENTRIES) == []
    shard = client.list_shards(StreamName=STREAM)["Shards"][0]["ShardId"]
    iterator = client.get_shard_iterator(StreamName=STREAM, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    found = client.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    assert [(one["PartitionKey"], one["Data"]) for one in found] == [("de", b"1"), ("uk", b"2"), ("de", b"3")]


def test_entries_with_an_error_code_are_given_back(client: "KinesisClient") -> None:
    taken = {"SequenceNumber": "49650000000000000000000000000000000000000000000000000001", "ShardId": "shardId-0"}
    throttled = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow down"}
    failed = {"ErrorCode": "InternalFailure", "ErrorMessage": "try again"}
    with Stubber(client) as stub:
        stub.add_response("put_records", {"FailedRecordCount": 2, "Records": [throttled, taken, failed]})
        assert KinesisProducer(client, STREAM).put(ENTRIES) == [ENTRIES[0], ENTRIES[2]]


def test_a_throttled_call_is_transient_and_a_missing_stream_is_not(client: "KinesisClient") -> None:
    with Stubber(client) as stub:
        stub.add_client_error("put_records", "ProvisionedThroughputExceededException", http_status_code=400)
        with pytest.raises(TransientError):
            KinesisProducer(client, STREAM).put(ENTRIES)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        KinesisProducer(client, "elsewhere").put(ENTRIES)
