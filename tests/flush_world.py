"""A small world for tests of flush: deliveries as ingest makes them, runs of flush, what they publish."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import NamedTuple

from tidegate.config import DetectorConfig, Function, Measure
from tidegate.contracts.buffer import Cursor, LedgerLine
from tidegate.contracts.chunk import Chunk
from tidegate.contracts.identity import Identity
from tidegate.contracts.interval import Interval
from tidegate.flush.report import FlushReport, Tell
from tidegate.flush.run import flush
from tidegate.flush.stores import FlushBuffer, IntervalObjects
from tidegate.memory.buffer import MemoryBuffer
from tidegate.memory.objects import MemoryObjects
from tidegate.memory.shards import MemoryShards

MIDNIGHT = 1_763_683_200
"""2025-11-21 00:00:00 UTC."""

STEP = 300
SEQUENCES = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898
CONFIG = DetectorConfig(measures=(Measure("views", Function.SUM),), dimensions=("market",))


class Event(NamedTuple):
    """A record: its place in the shard, when it happened and arrived (seconds after MIDNIGHT), what it says.

    A bad one goes to quarantine.
    """

    number: int
    happened: float
    arrived: float
    cells: str = "us,1"
    is_bad: bool = False

    @property
    def identity(self) -> Identity:
        return Identity(SEQUENCES + self.number * 10**30, self.number % 2)

    @property
    def row(self) -> str:
        return f"{int(MIDNIGHT + self.happened)},{self.cells}\n"


def interval(number: int) -> Interval:
    """The interval of this number after midnight."""
    return Interval(MIDNIGHT + number * STEP, MIDNIGHT + (number + 1) * STEP)


def never() -> bool:
    """There is always time."""
    return False


def time_for(intervals: int) -> Callable[[], bool]:
    """Time is out after so many intervals."""
    left = iter(range(intervals))
    return lambda: next(left, None) is None


@dataclass
class World:
    """The stores, and the stages' parts in them."""

    config: DetectorConfig = CONFIG
    buffer: MemoryBuffer = field(default_factory=MemoryBuffer)
    shards: MemoryShards = field(default_factory=lambda: MemoryShards("shard-1"))
    objects: MemoryObjects = field(default_factory=MemoryObjects)

    def arrive(self, events: Iterable[Event], shard: str = "shard-1") -> None:
        """Records come onto the stream; nobody has read them yet."""
        for event in events:
            self.shards.add(shard, event.identity.sequence, MIDNIGHT + event.arrived)

    def deliver(self, events: Iterable[Event], shard: str = "shard-1", bucket: int = 0) -> None:
        """One delivery, as ingest handles it."""
        batch = sorted(events)
        grid = self.config.grid
        by_interval = groupby(
            sorted(batch, key=lambda event: (grid.containing(MIDNIGHT + event.happened), event.number)),
            key=lambda event: grid.containing(MIDNIGHT + event.happened),
        )
        chunks = [self._chunk(lies_in.start, shard, list(found)) for lies_in, found in by_interval]
        for chunk in chunks:
            self.buffer.put_chunk(chunk, bucket, expires=chunk.interval_start + 10**6)
        watermark = self.buffer.watermark()
        for chunk in chunks:
            if watermark is None or watermark.is_late(chunk.interval_start):
                self.buffer.mark_late(chunk.interval_start, has_records=bool(chunk.identities))
        self.buffer.advance(Cursor(shard, bucket, batch[-1].identity.sequence, MIDNIGHT + batch[-1].arrived))

    def _chunk(self, start: int, shard: str, events: list[Event]) -> Chunk:
        good = [event for event in events if not event.is_bad]
        return Chunk(
            start,
            shard,
            self.config.record_columns,
            tuple(event.identity for event in good),
            "".join(event.row for event in good),
            tuple(event.identity for event in events if event.is_bad),
        )

    def take(self, events: Iterable[Event], shard: str = "shard-1") -> None:
        """Records arrive and are delivered at once."""
        batch = list(events)
        self.arrive(batch, shard)
        self.deliver(batch, shard)

    def flush(
        self,
        now: float,
        *,
        buffer: FlushBuffer | None = None,
        objects: IntervalObjects | None = None,
        out_of_time: Callable[[], bool] = never,
        tell: Tell = lambda deed, publication: None,
    ) -> FlushReport:
        """A run of flush at so many seconds after midnight."""
        stores = (buffer or self.buffer, self.shards, objects or self.objects)
        return flush(MIDNIGHT + now, self.config, *stores, out_of_time=out_of_time, tell=tell)

    def key(self, number: int) -> str:
        return self.config.grid.key(self.config.output_prefix, interval(number))

    def rows(self, number: int) -> list[str]:
        """The lines of the object of an interval, header first."""
        return self.objects.body(self.key(number)).decode().splitlines()

    def line(self, number: int) -> LedgerLine:
        found = self.buffer.ledger_line(interval(number))
        assert found is not None
        assert found.balanced
        return found

    def bodies(self) -> dict[str, bytes]:
        return {key: self.objects.body(key) for key in self.objects.keys()}  # noqa: SIM118  # no dictionary


def reconfigured(world: World, **changes: object) -> World:
    """The same world under a changed configuration."""
    return replace(world, config=replace(world.config, **changes))  # type: ignore[arg-type]  # fields by name
