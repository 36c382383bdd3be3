"""An interval's object depends on its records alone: not on how they were delivered, batched, repeated or spread."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flush_world import CONFIG, MIDNIGHT, SEQUENCES, Event, World, interval
from tidegate.config import Output
from tidegate.contracts.chunk import Chunk
from tidegate.contracts.errors import Conflict
from tidegate.contracts.identity import Identity
from tidegate.contracts.rows import lines_of
from tidegate.flush import snapshot
from tidegate.flush.merging import Tally, merged_rows
from tidegate.flush.rendering import render
from tidegate.flush.stores import StoredChunk

DUE = 360
CELLS = ["us,1", "de,2.5", "", '"a ""quoted"" one",3', '"two\nlines",4', "r\x0bow\x1c,5", "ü\u2028,6", '"",', "de,"]


def records(count: int) -> list[Event]:
    return [Event(n, 1, 1, CELLS[n % len(CELLS)] or "us,", is_bad=n % 7 == 3) for n in range(count)]


@st.composite
def deliveries(draw: st.DrawFn) -> list[tuple[str, int, list[Event]]]:
    """(shard, bucket, batch): every record of two shards at least once, in any batches, some of them again."""
    made: list[tuple[str, int, list[Event]]] = []
    for shard in ("shard-1", "shard-2"):
        events = records(draw(st.integers(1, 40)))
        batches: list[list[Event]] = []
        for _ in range(draw(st.integers(1, 3))):
            cuts = sorted(draw(st.lists(st.integers(0, len(events)), max_size=6)))
            batches += [events[low:high] for low, high in zip([0, *cuts], [*cuts, len(events)], strict=True)]
        batches += draw(st.lists(st.lists(st.sampled_from(events), unique=True), max_size=4))
        made += [(shard, draw(st.integers(0, 2)), batch) for batch in batches if batch]
    return draw(st.permutations(made))


def straight(world: World) -> World:
    """The records in one delivery a shard."""
    fresh = World(config=world.config)
    for shard in ("shard-1", "shard-2"):
        known = {
            e for stored in world.buffer.chunks(MIDNIGHT, range(3)) if stored.chunk.shard == shard for e in ids(stored)
        }
        batch = [event for event in records(40) if event.identity in known]
        fresh.take(batch, shard)
    fresh.flush(DUE)
    return fresh


def ids(stored: StoredChunk) -> Sequence[Identity]:
    return [*stored.chunk.identities, *stored.chunk.rejected]


@pytest.mark.parametrize("output", Output)
@settings(deadline=None)
@given(made=deliveries())
def test_the_object_is_the_same_byte_for_byte(output: Output, made: list[tuple[str, int, list[Event]]]) -> None:
    world = World(config=replace(CONFIG, output=output, buffer_shards=3))
    for shard, bucket, batch in made:
        world.deliver(batch, shard, bucket)
    world.shards = straight(world).shards
    world.flush(DUE)
    expected = straight(world)
    assert world.bodies() == expected.bodies()
    line, other = world.line(0), expected.line(0)
    assert (line.stored, line.quarantined, line.rows) == (other.stored, other.quarantined, other.rows)
    assert line.received == sum(len(batch) for _, _, batch in made)
    assert (other.duplicates, line.duplicates) == (0, line.received - other.received)


def identity(number: int) -> Identity:
    return Identity(SEQUENCES + number, 0)


def chunk(
    numbers: Sequence[int], rows: str | None = None, rejected: Sequence[int] = (), filtered: int = 0
) -> StoredChunk:
    text = "".join(f"t,us,{number}\n" for number in numbers) if rows is None else rows
    accepted, refused = (tuple(map(identity, some)) for some in (numbers, rejected))
    return StoredChunk(Chunk(MIDNIGHT, "s", CONFIG.record_columns, accepted, text, refused, filtered), deliveries=1)


def merged(chunks: Sequence[StoredChunk]) -> tuple[list[int], Tally]:
    tally = Tally()
    text = "".join(map(lines_of, merged_rows(chunks, CONFIG.record_columns, tally)))
    return [int(line.rpartition(",")[2]) for line in text.splitlines()], tally


def test_overlapping_chunks_are_merged_row_by_row() -> None:
    found, tally = merged([chunk([1, 4, 9]), chunk([2, 4, 6]), chunk([5, 20]), chunk([7]), chunk([30, 31])])
    assert found == [1, 2, 4, 5, 6, 7, 9, 20, 30, 31]
    assert tally == Tally(received=11, stored=10, duplicates=1)


def test_a_record_that_was_once_refused_and_once_accepted_is_stored() -> None:
    found, tally = merged([chunk([1], rejected=[2, 3]), chunk([2, 4])])
    assert found == [1, 2, 4]
    assert tally == Tally(received=5, stored=3, quarantined=1, duplicates=1)


def test_filtered_records_count_at_every_delivery() -> None:
    filtered = replace(chunk([], filtered=5), deliveries=3)
    both = replace(chunk([1], rejected=[2], filtered=1), deliveries=2)
    assert merged([filtered, both])[1] == Tally(received=21, stored=1, quarantined=1, filtered=17, duplicates=2)


def test_chunks_that_overlap_nothing_go_through_as_they_are() -> None:
    chunks = [chunk([1, 2]), chunk([3]), chunk([4, 5])]
    assert list(merged_rows(chunks, CONFIG.record_columns, Tally())) == [stored.chunk.rows for stored in chunks]


class Growing:
    """Chunks of an interval to which others are added before each reading but the first."""

    def __init__(self, *more: StoredChunk) -> None:
        self.chunks = [chunk(range(100 * n, 100 * n + 60)) for n in range(20)]
        self.more = list(more)
        self.readings = 0

    def read(self) -> list[StoredChunk]:
        self.readings += 1
        if self.readings > 1:
            self.chunks = sorted([*self.chunks, *self.more], key=lambda stored: (stored.chunk.key, stored.number))
        return self.chunks


@pytest.mark.parametrize(("kept", "readings"), [(10_000, 1), (500, 2)])
def test_what_is_written_is_what_was_counted(monkeypatch: pytest.MonkeyPatch, kept: int, readings: int) -> None:
    monkeypatch.setattr(snapshot, "KEPT_RECORDS", kept)
    growing = Growing(chunk([65, 66]), replace(chunk([1, 2]), number=1))
    rendering = render(interval(0), lambda: iter(growing.read()), CONFIG)
    lines = b"".join(rendering.body).splitlines()
    assert (rendering.rows, len(lines) - 1, growing.readings) == (1200, 1200, readings)


def test_chunks_that_vanish_while_they_are_written_stop_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "KEPT_RECORDS", 500)
    growing = Growing()
    rendering = render(interval(0), lambda: iter(growing.read()), CONFIG)
    del growing.chunks[3]
    with pytest.raises(Conflict, match="1200 records were counted, 1140 written"):
        b"".join(rendering.body)
