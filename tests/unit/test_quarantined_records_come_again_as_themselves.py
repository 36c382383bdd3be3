"""A record that comes again out of quarantine keeps its identity: it is stored once, and moves no cursor."""

from local.kpl_encoder import kpl_aggregate
from tests.ingesting import NOON, PARAMETERS, SHARD, line, record
from tidegate.config import DetectorConfig
from tidegate.contracts.identity import Identity
from tidegate.contracts.record import Rejected, StreamRecord
from tidegate.contracts.rows import lines_of
from tidegate.flush.merging import Tally, merged_rows
from tidegate.ingest.process import Ingest
from tidegate.memory.buffer import MemoryBuffer
from tidegate.memory.quarantine import MemoryQuarantine

WRONG = DetectorConfig.from_parameters(PARAMETERS)
MENDED = DetectorConfig.from_parameters(PARAMETERS | {"Measures": "views:COUNT,revenue:SUM"})
BAD = line(views='"many"')
"""Bad as long as its views are summed, good when they are counted."""


def again(rejected: Rejected) -> StreamRecord:
    sequence, sub = rejected.identity
    return StreamRecord(rejected.shard, sequence, rejected.partition_key, rejected.arrival, rejected.data, sub)


class World:
    """A buffer and a quarantine on which several configurations work."""

    def __init__(self) -> None:
        self.buffer, self.quarantine = MemoryBuffer(), MemoryQuarantine()

    def ingest(self, config: DetectorConfig, *records: StreamRecord) -> None:
        Ingest(config, self.buffer, self.quarantine).process(records, NOON)

    def redrive(self) -> None:
        self.ingest(MENDED, *map(again, self.quarantine.records()))

    def tally(self) -> Tally:
        tally, rows = Tally(), 0
        for table in merged_rows(self.buffer.chunks(NOON, [0]), WRONG.record_columns, tally):
            rows += lines_of(table).count("\n")
        assert rows == tally.stored
        assert tally.received == tally.stored + tally.quarantined + tally.filtered + tally.duplicates
        return tally


def test_a_mended_record_is_stored_and_no_longer_counts_as_quarantined() -> None:
    world = World()
    world.ingest(WRONG, record(line(), 1), record(BAD, 2), record(line(), 3))
    world.redrive()
    assert world.tally() == Tally(received=4, stored=3, duplicates=1)


def test_however_often_it_comes_it_is_stored_once() -> None:
    world = World()
    world.ingest(WRONG, record(BAD, 2))
    for _ in range(3):
        world.redrive()
    world.ingest(MENDED, record(BAD, 2))
    assert world.tally().stored == 1


def test_a_record_inside_a_record_keeps_its_place() -> None:
    world = World()
    packed = kpl_aggregate([("key", line()), ("key", BAD), ("key", line()), ("key", BAD)])
    world.ingest(WRONG, record(packed, 7))
    assert [rejected.identity for rejected in world.quarantine.records()] == [Identity(7, 1), Identity(7, 3)]
    world.ingest(WRONG, *map(again, world.quarantine.records()))
    assert {rejected.identity for rejected in world.quarantine.records()} == {Identity(7, 1), Identity(7, 3)}
    world.redrive()
    assert world.tally().stored == 4
    world.ingest(MENDED, record(packed, 7))
    assert world.tally().stored == 4


def test_lines_are_not_taken_apart_again_where_their_neighbours_are_known() -> None:
    world = World()
    world.ingest(WRONG, record(line() + b"\n" + line(), 7))
    world.ingest(MENDED, StreamRecord(SHARD, 7, "key", NOON, line() + b"\n" + line(), sub=0))
    assert world.tally().stored == 2
    assert [rejected.reason for rejected in world.quarantine.records()] == ["not_json"]


def test_it_moves_no_cursor() -> None:
    world = World()
    world.ingest(WRONG, record(line(), 1))
    world.ingest(MENDED, StreamRecord(SHARD, 9, "key", NOON, BAD, sub=0))
    cursor = world.buffer.cursor(SHARD)
    assert cursor is not None
    assert cursor.sequence == 1


def test_whole_records_and_parts_of_them_in_one_batch_are_kept_apart() -> None:
    world = World()
    packed = kpl_aggregate([("key", line()), ("key", BAD), ("key", line())])
    parts = [StreamRecord(SHARD, 7, "key", NOON, BAD, sub) for sub in (1, 1, 2)]
    world.ingest(MENDED, *parts, record(packed, 7), record(packed, 7))
    assert world.tally() == Tally(received=9, stored=3, duplicates=6)
