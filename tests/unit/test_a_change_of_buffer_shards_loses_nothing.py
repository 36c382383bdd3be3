"""Functions of two configurations at once, as in the seconds of a deployment, and a shard that is seen first then."""

import zlib
from dataclasses import replace

import pytest

from tests.flush_world import never
from tests.ingesting import NOON, SHARD, Ingesting, line, record
from tidegate.contracts.errors import TransientError
from tidegate.flush.run import flush
from tidegate.flush.stores import Control
from tidegate.ingest.process import Ingest
from tidegate.memory.buffer import MemoryBuffer
from tidegate.memory.objects import MemoryObjects
from tidegate.memory.shards import MemoryShards

STEP = 300
OTHER = "shardId-000000000001"
MANY = "7"


class Stack:
    """Ingest with many buckets, flush with one; OTHER is known, SHARD is not."""

    def __init__(self) -> None:
        self.run = Ingesting(BufferShards=MANY)
        self.shards, self.objects = MemoryShards(OTHER), MemoryObjects()
        assert zlib.crc32(SHARD.encode()) % int(MANY) > 0, "a bucket that flush does not know"
        self.run.process([record(line(), 1, NOON, OTHER), record(line(NOON + STEP), 2, NOON + STEP, OTHER)])
        for sequence, arrival in ((1, NOON), (2, NOON + STEP)):
            self.shards.add(OTHER, sequence, arrival)
        self.flush(NOON + 60)

    def flush(self, now: float, buffer: MemoryBuffer | None = None) -> None:
        config = replace(self.run.config, buffer_shards=1)
        flush(now, config, buffer or self.run.buffer, self.shards, self.objects, out_of_time=never)

    def rows(self) -> int:
        """Of the object of the interval at noon, the header not counted."""
        key = self.run.config.grid.key("intervals", self.run.config.grid.containing(NOON))
        return self.objects.body(key).count(b"\n") - 1


def test_a_new_shards_chunk_that_comes_behind_the_reading_of_cursors_is_published() -> None:
    stack = Stack()
    late = NOON + STEP + 61

    class Meanwhile(MemoryBuffer):
        """The shard's first batch is taken just behind flush's reading of the cursors."""

        def __init__(self) -> None:
            self.__dict__ = stack.run.buffer.__dict__

        def control(self) -> Control:
            read = super().control()
            stack.shards.add(SHARD, 5, late)
            stack.run.process([record(line(), 5, late)])
            return read

    stack.flush(NOON + STEP + 62, Meanwhile())
    assert stack.rows() == 1, "the object is published without it"
    stack.flush(NOON + STEP + 120)
    assert stack.rows() == 2
    assert NOON not in [marker.interval_start for marker in stack.run.buffer.control().markers]


def test_a_batch_that_comes_again_under_another_configuration_keeps_its_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack()
    batch = [record(line(), 5, NOON + 5)]
    with monkeypatch.context() as patch:
        patch.setattr(stack.run.buffer, "watermark", _fail)
        with pytest.raises(TransientError):
            stack.run.process(batch)
    fewer = Ingest(replace(stack.run.config, buffer_shards=1), stack.run.buffer, stack.run.quarantine)
    assert fewer.process(batch, NOON + 5).duplicates == 1
    cursor = stack.run.buffer.cursor(SHARD)
    assert cursor is not None
    assert (cursor.bucket, cursor.sequence) == (zlib.crc32(SHARD.encode()) % int(MANY), 5)


def _fail() -> None:
    raise TransientError("injected")
