"""detect-config's samples on moto: a live stream with everything that producers put on it, and S3 objects."""

import gzip
from collections.abc import Iterator

import pytest
from moto import mock_aws

from local import cli
from local.kpl_encoder import kpl_aggregate
from local.sample.source import read_sample
from tests.ingesting import DAY, NOON, line
from tidegate.aws.clients import kinesis_client, s3_client
from tidegate.aws.shards import KinesisShards
from tidegate.contracts.errors import InputError, TransientError


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


def test_a_stream_is_read_through_aggregation_and_gzip_of_every_shard(capsys: pytest.CaptureFixture[str]) -> None:
    client = kinesis_client()
    client.create_stream(StreamName="orders", ShardCount=2)
    aggregate = kpl_aggregate([("key", line(NOON + 60 * at)) for at in range(1, 5)])
    zipped = gzip.compress(b"\n".join(line(NOON + DAY + 60 * at) for at in range(6)))
    for place, data in enumerate([line(), aggregate, zipped, b"\xf3\x89\x9a\xc2broken"]):
        client.put_record(StreamName="orders", Data=data, PartitionKey=str(place))
    sample = read_sample("orders")
    assert len(sample.records) >= 11
    assert sample.stream_arn == "arn:aws:kinesis:us-east-1:123456789012:stream/orders"
    assert read_sample(sample.stream_arn).records == sample.records
    assert cli.main(["detect-config", "orders"]) == 0
    assert f"StreamArn={sample.stream_arn}" in capsys.readouterr().out


def test_a_streams_csv_is_split_where_its_quotes_end() -> None:
    client = kinesis_client()
    client.create_stream(StreamName="orders", ShardCount=1)
    row = b'2026-03-01 10:00:00,web,"left at\ndoor",1'
    for key in ("a", "b"):
        client.put_record(StreamName="orders", Data=row + b"\n" + row, PartitionKey=key)
    assert [data for _, data in read_sample("orders").records] == [row] * 4


def test_an_empty_stream_and_one_that_is_not_there_are_refused() -> None:
    kinesis_client().create_stream(StreamName="quiet", ShardCount=1)
    with pytest.raises(InputError, match="stream quiet: has no record"):
        read_sample("quiet")
    with pytest.raises(InputError, match="stream nowhere: DescribeStreamSummary says ResourceNotFoundException"):
        read_sample("nowhere")


def test_a_stream_whose_shards_cannot_be_listed_now_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    kinesis_client().create_stream(StreamName="quiet", ShardCount=1)

    def throttled(_: KinesisShards) -> tuple[str, ...]:
        raise TransientError("LimitExceededException")

    monkeypatch.setattr(KinesisShards, "names", throttled)
    with pytest.raises(InputError, match="stream quiet: LimitExceededException; try again"):
        read_sample("quiet")


def test_an_object_is_read_from_its_beginning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = s3_client()
    client.create_bucket(Bucket="data")
    lines = b"\n".join(line(views=str(at)) for at in range(3000))
    client.put_object(Bucket="data", Key="a/orders.jsonl.gz", Body=gzip.compress(lines))
    assert len(read_sample("s3://data/a/orders.jsonl.gz").records) == 3000
    monkeypatch.setattr("local.sample.source._MOST_BYTES", 2_000)
    sample = read_sample("s3://data/a/orders.jsonl.gz")
    assert 0 < len(sample.records) < 3000
    assert cli.main(["detect-config", "s3://data/a/orders.jsonl.gz"]) == 0
    assert f"json, the first {len(sample.records):,} records looked at" in capsys.readouterr().out
    client.put_object(Bucket="data", Key="plain.jsonl", Body=lines)
    plain = read_sample("s3://data/plain.jsonl")
    assert plain.records[-1][1].endswith(b"}")


def test_an_object_that_is_not_there_is_refused() -> None:
    s3_client().create_bucket(Bucket="data")
    with pytest.raises(InputError, match="s3://data/none: HeadObject says 404"):
        read_sample("s3://data/none")
