"""Shard ids, and perhaps sequence numbers, are the same in every stream: records and cursors of two are told apart."""

from typing import Any, Final

import pytest

from local.kinesis_event import kinesis_event
from tests.flush_world import CONFIG, MIDNIGHT, never
from tidegate.aws.kinesis_event import stream_records
from tidegate.contracts.errors import InputError
from tidegate.contracts.record import StreamRecord
from tidegate.flush.run import flush
from tidegate.ingest.process import Ingest
from tidegate.memory.buffer import MemoryBuffer
from tidegate.memory.objects import MemoryObjects
from tidegate.memory.quarantine import MemoryQuarantine
from tidegate.memory.shards import MemoryShards

SHARD: Final = "shardId-000000000000"
NEWER, OLDER = 49_700 * 10**52, 49_600 * 10**52


def arn(stream: str) -> str:
    return f"arn:aws:kinesis:us-east-1:123456789012:stream/{stream}"


def event(stream: str, sequence: int, second: int) -> dict[str, Any]:
    data = f'{{"event_time":"2025-11-21 00:{second // 60:02d}:{second % 60:02d}","market":"us","views":1}}'
    record = StreamRecord(SHARD, sequence, "key", MIDNIGHT + second + 0.5, data.encode())
    return kinesis_event([record], arn(stream), "arn:aws:iam::123456789012:role/ingest")


def test_an_older_stream_has_cursors_of_its_own_and_its_intervals_close_whole() -> None:
    buffer, objects = MemoryBuffer(), MemoryObjects()
    ingest = Ingest(CONFIG, buffer, MemoryQuarantine())
    for second in range(0, 300, 10):
        ingest.process(stream_records(event("newer", NEWER + second, second)), MIDNIGHT)
    shards = MemoryShards(f"older/{SHARD}")
    for second in range(300, 1200, 10):
        read = stream_records(event("older", OLDER + second, second))
        ingest.process(read, MIDNIGHT + second)
        shards.add(read[0].shard, read[0].sequence, read[0].arrival)
    cursors = {cursor.shard: cursor.sequence for cursor in buffer.control().cursors}
    assert cursors == {f"newer/{SHARD}": NEWER + 290, f"older/{SHARD}": OLDER + 1190}
    flush(MIDNIGHT + 1000, CONFIG, buffer, shards, objects, out_of_time=never)
    lines = buffer.ledger()
    assert [(line.stored, line.incomplete) for line in lines] == [(30, False)] * 3


def test_one_sequence_number_in_two_streams_is_two_records() -> None:
    buffer = MemoryBuffer()
    ingest = Ingest(CONFIG, buffer, MemoryQuarantine())
    for stream in ("newer", "older", "older"):
        ingest.process(stream_records(event(stream, NEWER, 1)), MIDNIGHT)
    flush(MIDNIGHT + 1000, CONFIG, buffer, MemoryShards(), MemoryObjects(), out_of_time=never)
    line = buffer.ledger()[0]
    assert (line.received, line.stored, line.duplicates) == (3, 2, 1)


def test_a_consumers_records_are_its_streams() -> None:
    found = event("orders", NEWER, 1)
    found["Records"][0]["eventSourceARN"] = arn("orders") + "/consumer/tidegate:1750000000"
    assert stream_records(found)[0].shard == f"orders/{SHARD}"


def test_records_of_several_streams_in_one_event_keep_theirs() -> None:
    both = {"Records": [*event("newer", NEWER, 1)["Records"], *event("older", OLDER, 2)["Records"]]}
    assert stream_records(both).shards == [f"newer/{SHARD}", f"older/{SHARD}"]


def test_a_record_of_no_stream_is_refused_by_name() -> None:
    found = event("orders", NEWER, 1)
    found["Records"][0]["eventSourceARN"] = "arn:aws:sqs:us-east-1:123456789012:queue"
    with pytest.raises(InputError, match=r"Records\[0\]"):
        stream_records(found)


def test_what_comes_again_comes_from_the_stream_it_was_in() -> None:
    (quarantined,) = stream_records(event("older", OLDER, 1))
    again = kinesis_event([quarantined], arn("newer"), "role")
    assert again["Records"][0]["eventSourceARN"] == arn("older")
    assert list(stream_records(again)) == [quarantined]
