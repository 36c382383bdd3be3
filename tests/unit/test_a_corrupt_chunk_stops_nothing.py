"""A chunk that does not decode: its interval is published without it and says so, it is kept, and flush goes on."""

from dataclasses import replace

import pytest

from tests.flush_world import MIDNIGHT, STEP, Event, World, interval
from tidegate.config import Output
from tidegate.contracts.chunk import Chunk
from tidegate.flush import snapshot
from tidegate.flush.stores import BrokenChunk

JUNK = b"\x01junk"


def spoil(world: World, number: int, place: int = 0) -> None:
    """Change the bytes of a chunk of an interval."""
    items = world.buffer._chunks[interval(number).start, 0]
    items[sorted(items)[place]].payload = JUNK


def broken_in(world: World, number: int) -> list[BrokenChunk]:
    found: list[BrokenChunk] = []
    list(world.buffer.chunks(interval(number).start, [0], found.append))
    return found


def world_with_a_corrupt_chunk() -> World:
    """Two deliveries of interval 0, of which the first does not decode, and one of interval 1."""
    world = World()
    world.take([Event(1, 10, 10), Event(2, 11, 11)])
    world.take([Event(3, 20, 20, "de,7")])
    world.take([Event(4, STEP + 10, STEP + 10)])
    spoil(world, 0)
    return world


@pytest.mark.parametrize("kept", [snapshot.KEPT_RECORDS, 0])
def test_the_interval_is_published_without_it_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    monkeypatch.setattr(snapshot, "KEPT_RECORDS", kept)
    world, broken = world_with_a_corrupt_chunk(), list[BrokenChunk]()
    report = world.flush(2 * STEP + 60, tell=lambda _, publication: broken.extend(publication.broken))
    assert [line.interval for line in report.closed] == [interval(0), interval(1)]
    assert world.rows(0)[1:] == [f"{MIDNIGHT + 20},de,7"]
    line = world.buffer.ledger_line(interval(0))
    assert line is not None
    assert (line.received, line.stored, line.corrupt, line.balanced) == (3, 1, 1, False)
    assert (world.line(1).corrupt, len(report.mismatched)) == (0, 1)
    ((start, problem, received),) = [(one.interval_start, one.problem, one.received) for one in broken]
    assert (start, received) == (interval(0).start, 2)
    assert problem.startswith("chunk does not decode")


def test_it_does_not_expire() -> None:
    world = world_with_a_corrupt_chunk()
    world.flush(2 * STEP + 60)
    world.buffer.expire(MIDNIGHT + 10**9)
    assert len(broken_in(world, 0)) == 1
    assert list(world.buffer.chunks(interval(1).start, [0])) == []


@pytest.mark.parametrize("output", Output)
def test_the_records_read_again_make_the_next_revision(output: Output) -> None:
    world = world_with_a_corrupt_chunk()
    world.config = replace(world.config, output=output)
    world.flush(2 * STEP + 60)
    world.deliver([Event(1, 10, 10), Event(2, 11, 11)])  # the very same batch: its key is taken by the corrupt chunk
    report = world.flush(2 * STEP + 120)
    assert [line.stored for line in report.revised] == [3]
    assert len(world.rows(0)) == (4 if output is Output.RECORDS else 3)
    world.buffer._chunks[interval(0).start, 0] = {
        place: item for place, item in world.buffer._chunks[interval(0).start, 0].items() if item.payload != JUNK
    }
    world.take([Event(5, 30, 2 * STEP + 130)])
    world.flush(2 * STEP + 180)
    assert (world.line(0).stored, world.line(0).received) == (4, 4)


def test_an_object_that_was_published_with_its_records_is_left_alone() -> None:
    world = World()
    world.take([Event(1, 10, 10), Event(2, 11, 11)])
    world.take([Event(3, STEP, STEP)])
    world.flush(2 * STEP + 60)
    before = world.bodies()
    spoil(world, 0)
    world.take([Event(4, 20, 2 * STEP + 61)])
    report = world.flush(2 * STEP + 120)
    assert (len(report.shrunk), len(report.mismatched), world.bodies()) == (1, 1, before)


def test_what_a_changed_program_reads_again_counts_again() -> None:
    world = world_with_a_corrupt_chunk()
    world.flush(2 * STEP + 60)
    good = Chunk(interval(0).start, "shard-1", world.config.record_columns, (Event(1, 10, 10).identity,), "1,us,1\n")
    items = world.buffer._chunks[interval(0).start, 0]
    items[sorted(items)[0]].payload = good.encode()
    world.buffer.mark_late(interval(0).start, has_records=True)
    report = world.flush(2 * STEP + 120)
    assert [(line.stored, line.corrupt, line.balanced) for line in report.revised] == [(2, 0, True)]
