"""Batches of the event source mapping: order, size, window, the 6 MB of an event, shards that split and merge.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
"""

import json

import pytest

from local.invocation_record import Condition
from local.kinesis_event import EventSize
from local.shard import HASH_KEYS
from local.shard_poller import MAX_EVENT_BYTES
from local.stream import MEBIBYTE
from tests.event_sources import ROLE_ARN, STREAM_ARN, Bench, fails_on

SHARD = "shardId-000000000000"


def test_records_come_in_order_in_batches_of_the_batch_size() -> None:
    bench = Bench(batch_size=2)
    bench.put("1", "2", "3", "4", "5")
    bench.run()
    assert bench.seen == [["1", "2"], ["3", "4"], ["5"]]


def test_a_batch_holds_one_shard() -> None:
    bench = Bench(shards=2)
    bench.put("1", key="a")
    bench.put("2", key="b")
    bench.put("3", key="a")
    bench.run()
    assert sorted(bench.seen) == [["1", "3"], ["2"]]


def test_a_window_gathers_until_it_ends_and_the_next_begins_then() -> None:
    bench = Bench(maximum_batching_window_in_seconds=60)
    bench.put("1")
    bench.run(59)
    bench.put("2")
    assert bench.seen == []
    bench.run(1)
    assert bench.seen == [["1", "2"]]
    bench.run(30)
    bench.put("3")
    bench.run(29)
    assert bench.seen == [["1", "2"]]
    bench.run(1)
    assert bench.seen == [["1", "2"], ["3"]]


def test_windows_that_ended_without_a_record_are_followed_by_others() -> None:
    bench = Bench(maximum_batching_window_in_seconds=60)
    bench.run(150)
    bench.put("1")
    assert bench.source.next_due() is not None
    bench.run(29)
    assert bench.seen == []
    bench.run(1)
    assert bench.seen == [["1"]]


def test_a_full_batch_does_not_wait_for_the_window() -> None:
    bench = Bench(maximum_batching_window_in_seconds=60, batch_size=2)
    bench.put("1", "2", "3")
    bench.run()
    assert bench.seen == [["1", "2"]]


def test_an_event_holds_six_megabytes() -> None:
    bench = Bench(batch_size=10_000, maximum_batching_window_in_seconds=300)
    for _ in range(10):
        bench.put("x" * (MEBIBYTE - 100))
    bench.run()
    # a record of one MiB is 1.34 MiB in base64: four fit, and ten make two full batches and a rest that waits
    assert [len(texts) for texts in bench.seen] == [4, 4]
    bench.run(300)
    assert [len(texts) for texts in bench.seen] == [4, 4, 2]
    assert all(len(json.dumps(event, separators=(",", ":"))) <= MAX_EVENT_BYTES for event in bench.events)


@pytest.mark.parametrize("text", ["", "a", "ab", "a" * 3000])
def test_the_size_of_an_event_is_known_without_making_it(text: str) -> None:
    bench = Bench(batch_size=10_000)
    bench.clock.advance_to(bench.clock.now + 0.123)
    for key in ("a", "schlüssel", 'quo"te'):
        bench.put(text, key=key)
    records = bench.stream.read(SHARD, 0).records
    bench.run()
    size = EventSize(STREAM_ARN, ROLE_ARN)
    predicted = size.of_envelope() + sum(size.of(record) for record in records) - 1
    assert predicted == len(json.dumps(bench.events[0], separators=(",", ":")))


def test_a_record_larger_than_an_event_goes_to_the_destination_and_its_neighbours_to_the_function() -> None:
    bench = Bench(max_record_bytes=10 * MEBIBYTE)
    bench.put("before", "x" * (5 * MEBIBYTE), "after")
    bench.run()
    assert bench.seen == [["before"], ["after"]]
    assert [(len(batch.records), batch.condition, batch.invocations) for batch in bench.failed] == [
        (1, Condition.PAYLOAD_TOO_LARGE, 0)
    ]


def test_children_of_a_split_wait_for_their_parent() -> None:
    bench = Bench(bisect_batch_on_function_error=False, maximum_retry_attempts=2)
    bench.answer = fails_on("parent")
    bench.put("parent")
    bench.stream.split(SHARD, HASH_KEYS // 2)
    bench.put("low", key="a")
    bench.put("high", key="b")
    bench.run()
    assert bench.seen == [["parent"]]
    bench.run(600)
    assert bench.seen == [["parent"], ["parent"], ["parent"], ["low"], ["high"]]


def test_a_child_of_a_merge_waits_for_both_parents() -> None:
    bench = Bench(shards=2, maximum_batching_window_in_seconds=10)
    bench.put("1", key="a")
    bench.put("2", key="b")
    child = bench.stream.merge("shardId-000000000000", "shardId-000000000001")
    bench.put("3", key="b")
    bench.run(60)
    assert bench.seen == [["1"], ["2"], ["3"]]
    assert bench.events[-1]["Records"][0]["eventID"].startswith(child.id)


def test_shards_that_split_twice_are_read_generation_by_generation() -> None:
    bench = Bench()
    bench.put("1")
    low, _ = bench.stream.split(SHARD, HASH_KEYS // 2)
    bench.put("2")
    bench.stream.split(low.id, HASH_KEYS // 4)
    bench.put("3")
    bench.run()
    assert bench.seen == [["1"], ["2"], ["3"]]


def test_a_shard_that_the_stream_has_forgotten_ends() -> None:
    bench = Bench()
    bench.run()
    bench.stream.split(SHARD, HASH_KEYS // 2)
    bench.clock.advance_to(bench.clock.now + 90_000)
    bench.put("1")
    bench.run()
    assert bench.seen == [["1"]]


def test_starting_at_the_latest_leaves_out_what_lies_there_but_no_later_shard() -> None:
    bench = Bench(starting_position="LATEST")
    bench.put("old")
    bench.source = bench.mapping()
    bench.run()
    bench.put("1")
    bench.stream.split(SHARD, HASH_KEYS // 2)
    bench.put("2")
    bench.run()
    assert bench.seen == [["1"], ["2"]]


def test_a_new_mapping_goes_on_from_checkpoints_and_without_them_from_the_beginning() -> None:
    bench = Bench(batch_size=2)
    bench.put("1", "2", "3")
    bench.run()
    bench.put("4")
    checkpoints = bench.source.checkpoints
    bench.source = bench.mapping(checkpoints)
    bench.run()
    assert bench.seen == [["1", "2"], ["3"], ["4"]]
    assert bench.source.checkpoints[SHARD] > checkpoints[SHARD]
    bench.source = bench.mapping()
    bench.run()
    assert bench.seen[3:] == [["1", "2"], ["3", "4"]]


def test_an_event_looks_like_lambdas() -> None:
    bench = Bench()
    bench.put("1", key="customer")
    bench.run()
    (record,) = bench.events[0]["Records"]
    sequence = record["kinesis"].pop("sequenceNumber")
    assert len(sequence) == 56
    assert record == {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "customer",
            "data": "MQ==",
            "approximateArrivalTimestamp": bench.clock.now,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{SHARD}:{sequence}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": ROLE_ARN,
        "awsRegion": "eu-central-1",
        "eventSourceARN": STREAM_ARN,
    }
