"""The Kinesis twin: who a record is, where it lies, what a read gives."""

from itertools import pairwise

import pytest

from local.clock import SimulatedClock
from local.shard import HASH_KEYS, StreamError
from local.stream import MEBIBYTE, Stream

START = 1_750_000_000.0
SHARD = "shardId-000000000000"


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(START)


def test_sequence_numbers_have_56_digits_and_ascend_in_irregular_gaps(clock: SimulatedClock) -> None:
    stream = Stream("s", clock)
    numbers = []
    for second in range(200):
        clock.advance_to(START + second)
        numbers.append(stream.put("p", b"x").sequence)
    assert {len(str(number)) for number in numbers} == {56}
    gaps = [after - before for before, after in pairwise(numbers)]
    assert min(gaps) > 0
    assert len(set(gaps)) == len(gaps)


def test_the_same_seed_gives_the_same_numbers(clock: SimulatedClock) -> None:
    assert Stream("s", clock, seed=5).put("p", b"x") == Stream("s", clock, seed=5).put("p", b"x")
    assert Stream("s", clock, seed=5).put("p", b"x") != Stream("s", clock, seed=6).put("p", b"x")


def test_a_partition_key_lies_in_the_shard_of_its_md5(clock: SimulatedClock) -> None:
    stream = Stream("s", clock, shards=4)
    # md5("a") begins with 0x0c, md5("b") with 0x92, md5("e") with 0xe1
    places = {key: stream.put(key, b"x").shard[-1] for key in ("a", "b", "e")}
    assert places == {"a": "0", "b": "2", "e": "3"}
    assert stream.put("a", b"x", explicit_hash_key=HASH_KEYS - 1).shard[-1] == "3"


def test_a_read_goes_on_where_the_last_one_ended_and_tells_how_far_behind_it_is(clock: SimulatedClock) -> None:
    stream = Stream("s", clock)
    for second in range(5):
        clock.advance_to(START + second)
        stream.put("p", bytes([second]))
    clock.advance_to(START + 10)
    first = stream.read(SHARD, 0, limit=3)
    assert [record.data for record in first.records] == [b"\x00", b"\x01", b"\x02"]
    assert first.milliseconds_behind == 7000
    assert first.next is not None
    rest = stream.read(SHARD, first.next)
    assert [record.data for record in rest.records] == [b"\x03", b"\x04"]
    assert (rest.next, rest.milliseconds_behind) == (5, 0)


def test_a_read_holds_ten_megabytes_but_always_one_record(clock: SimulatedClock) -> None:
    stream = Stream("s", clock, max_record_bytes=10 * MEBIBYTE)
    for size in (6, 4, 9):
        stream.put("p", b"x" * (size * MEBIBYTE))
    assert len(stream.read(SHARD, 0).records) == 2
    assert len(stream.read(SHARD, 0, max_bytes=1).records) == 1


def test_positions_by_sequence_and_by_time(clock: SimulatedClock) -> None:
    stream = Stream("s", clock)
    records = []
    for second in range(4):
        clock.advance_to(START + second)
        records.append(stream.put("p", b"x"))
    shard = stream.shard(SHARD)
    assert shard.position_of(records[2].sequence, after=False) == 2
    assert shard.position_of(records[2].sequence, after=True) == 3
    assert shard.position_of(shard.starting_sequence, after=True) == 0
    assert shard.oldest(START + 1.5) == 2
    with pytest.raises(StreamError, match="did not come from shard"):
        shard.position_of(records[3].sequence + 1, after=True)


def test_records_past_the_retention_are_gone(clock: SimulatedClock) -> None:
    stream = Stream("s", clock, retention_hours=24)
    old = [stream.put("p", b"old") for _ in range(1500)]
    clock.advance_to(START + 86_401)
    new = stream.put("p", b"new")
    assert stream.read(SHARD, 0).records == (new,)
    assert stream.shard(SHARD).position_of(old[-1].sequence, after=True) == 1500
    assert stream.shard(SHARD).position_of(new.sequence, after=False) == 1500


def test_a_record_that_is_too_large_is_refused(clock: SimulatedClock) -> None:
    stream = Stream("s", clock)
    stream.put("p", b"x" * (MEBIBYTE - 1))
    with pytest.raises(StreamError, match="at most 1048576 bytes") as refused:
        stream.put("p", b"x" * MEBIBYTE)
    assert refused.value.code == "ValidationException"


def test_a_throttled_shard_takes_a_megabyte_a_second(clock: SimulatedClock) -> None:
    stream = Stream("s", clock, throttled=True)
    stream.put("p", b"x" * (MEBIBYTE - 1))
    with pytest.raises(StreamError, match="Rate exceeded"):
        stream.put("p", b"x")
    clock.advance_to(START + 1)
    stream.put("p", b"x")


def test_a_split_ends_the_parent_and_shares_its_keys(clock: SimulatedClock) -> None:
    stream = Stream("s", clock)
    before = stream.put("a", b"x")
    low, high = stream.split(SHARD, HASH_KEYS // 2)
    parent = stream.shard(SHARD)
    assert not parent.is_open
    assert stream.put("a", b"x").shard == low.id
    assert stream.put("b", b"x").shard == high.id
    assert (low.low, low.high, high.low, high.high) == (0, HASH_KEYS // 2 - 1, HASH_KEYS // 2, HASH_KEYS - 1)
    assert low.parents == high.parents == (SHARD,)
    read = stream.read(SHARD, 0)
    assert (read.records, read.next) == ((before,), None)
    assert parent.ending_sequence is not None
    assert parent.ending_sequence < min(low.starting_sequence, high.starting_sequence)


def test_a_merge_has_both_parents_and_only_neighbours_merge(clock: SimulatedClock) -> None:
    stream = Stream("s", clock, shards=3)
    with pytest.raises(StreamError, match="not adjacent"):
        stream.merge("shardId-000000000000", "shardId-000000000002")
    child = stream.merge("shardId-000000000001", "shardId-000000000000")
    assert child.low == 0
    assert set(child.parents) == {"shardId-000000000000", "shardId-000000000001"}
    with pytest.raises(StreamError, match="is closed"):
        stream.split("shardId-000000000000", 1)


def test_an_ended_shard_is_listed_until_its_records_are_gone(clock: SimulatedClock) -> None:
    stream = Stream("s", clock)
    low, high = stream.split(SHARD, HASH_KEYS // 2)
    clock.advance_to(START + 86_400)
    assert [shard.id for shard in stream.shards()] == [SHARD, low.id, high.id]
    clock.advance_to(START + 86_401)
    assert [shard.id for shard in stream.shards()] == [low.id, high.id]
    with pytest.raises(StreamError, match="does not exist"):
        stream.read(SHARD, 0)


def test_the_clock_never_goes_back(clock: SimulatedClock) -> None:
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance_to(START - 1)
