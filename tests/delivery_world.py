"""Where histories of delivery happen: the stages on the twins in memory, and a clock.

What Lambda does after a failure happens by itself: the checkpoint has not moved, so the same records come again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tests.delivery_detection import Detection
from tests.delivery_histories import (
    CONFIG,
    SHARDS,
    START,
    Death,
    Deliver,
    Detect,
    Failure,
    Flush,
    Meanwhile,
    Put,
    Replay,
    Restart,
    Step,
    Trouble,
    Wait,
    arrivals,
    lineage,
    record_of,
)
from tidegate.contracts.errors import TransientError
from tidegate.contracts.record import StreamRecord
from tidegate.flush.run import flush
from tidegate.ingest.process import Ingest
from tidegate.memory.buffer import MemoryBuffer
from tidegate.memory.objects import MemoryObjects
from tidegate.memory.quarantine import MemoryQuarantine
from tidegate.memory.shards import MemoryShards


class Died(BaseException):
    """The end of a process; nothing catches it."""


@dataclass
class Invocation:
    """Counts the calls that one invocation makes of stores, and brings its trouble."""

    trouble: Trouble | None = None
    calls: int = 0


class World:
    """Buffer, bucket, quarantine and stream, a checkpoint for each shard, and a clock.

    last: the invocation that ended last. delivered, failed: lines of the deliveries that succeeded, and of the others.
    """

    def __init__(self, puts: Sequence[Put]) -> None:
        self.buffer, self.objects, self.quarantine = MemoryBuffer(), MemoryObjects(), MemoryQuarantine()
        self.now = float(START)
        self.last = Invocation()
        self.delivered = self.failed = 0
        self._running: list[Invocation] = []
        self._shards = MemoryShards(*SHARDS)
        self._lineage = lineage(puts)
        self._coming = [record_of(lines) for lines in arrivals(puts)]
        self._arrived: dict[str, list[StreamRecord]] = defaultdict(list)
        self._checkpoints: dict[str, int] = defaultdict(int)
        self._mortal_buffer = mortal(self.buffer, self)
        self._mortal_objects = mortal(self.objects, self)
        self._mortal_shards = mortal(self._shards, self)
        self._ingest = Ingest(CONFIG, self._mortal_buffer, mortal(self.quarantine, self))
        self.detection = Detection(self.objects, lambda store: mortal(store, self))

    def run(self, step: Step) -> None:
        """Do one step; a death in it is survived, as Lambda survives it."""
        match step:
            case Wait(seconds):
                self.wait_until(self.now + seconds)
            case Deliver(shard, count, trouble, bisects):
                self.deliver(self._next_shard(self._lineage.lanes[shard]), count, trouble, bisects=bisects)
            case Replay(shard, first, count, trouble):
                self._replay(self._lineage.lanes[shard], first, count, trouble)
            case Restart(shard, back):
                for one in self._lineage.lanes[shard]:
                    self._checkpoints[one] = max(0, self._checkpoints[one] - back)
            case Flush(trouble, skew):
                self.flush(trouble, skew)
            case Detect(trouble, skew):
                self._invoke(lambda: self.detection.run(self.now + skew, is_alone=len(self._running) == 1), trouble)

    def settle(self, end: int, *, detects: bool = True) -> None:
        """The end comes (seconds since 1970 UTC), everything is delivered, flush and detect do all there is to do."""
        self.wait_until(end)
        for lane in self._lineage.lanes:
            while self._waiting(shard := self._next_shard(lane)):
                self.deliver(shard, len(self._arrived[shard]))
        self.flush()
        if detects:
            self.run(Detect())

    def wait_until(self, instant: float) -> None:
        self.now = instant
        while self._coming and self._coming[0].arrival <= self.now:
            record = self._coming.pop(0)
            self._arrived[record.shard].append(record)
            self._shards.add(record.shard, record.sequence, record.arrival)

    def deliver(self, shard: str, count: int, trouble: Trouble | None = None, *, bisects: bool = False) -> None:
        """What waits at a shard's checkpoint."""
        checkpoint = self._checkpoints[shard]
        batch = self._arrived[shard][checkpoint : checkpoint + count]
        if self._process(batch, trouble):
            self._checkpoints[shard] = checkpoint + len(batch)
        elif bisects and len(batch) > 1:
            self.deliver(shard, len(batch) // 2)
            self.deliver(shard, len(batch) - len(batch) // 2)

    def flush(self, trouble: Trouble | None = None, skew: int = 0) -> None:
        stores = self._mortal_buffer, self._mortal_shards, self._mortal_objects
        self._invoke(lambda: flush(self.now + skew, CONFIG, *stores, out_of_time=lambda: False), trouble)

    def _waiting(self, shard: str) -> bool:
        return self._checkpoints[shard] < len(self._arrived[shard])

    def _next_shard(self, lane: Sequence[str]) -> str:
        """The shard of a lane that comes next: the first with something left, or a parent of it that has."""
        shard = next(filter(self._waiting, lane), lane[-1])
        parents = self._lineage.parents.get(shard, ())
        return next((self._next_shard((parent,)) for parent in parents if self._has_left(parent)), shard)

    def _has_left(self, shard: str) -> bool:
        """Is anything of a shard, or of its ancestors, still to be delivered?"""
        return self._waiting(shard) or any(map(self._has_left, self._lineage.parents.get(shard, ())))

    def _replay(self, lane: Sequence[str], first: int, count: int, trouble: Trouble | None) -> None:
        """A delivery holds records of one shard."""
        found = [record for shard in lane for record in self._arrived[shard]][first : first + count]
        self._process([record for record in found if record.shard == found[0].shard], trouble)

    def through(self, call: Callable[[], Any]) -> Any:
        """A call that the innermost invocation makes, with what is to happen at it."""
        running = self._running[-1]
        trouble = running.trouble if running.trouble and running.trouble.call == running.calls else None
        running.calls += 1
        match trouble:
            case Meanwhile(_, step):
                self.run(step)
            case Death(after=after) | Failure(after=after):
                if after:
                    call()
                raise Died if isinstance(trouble, Death) else TransientError("injected")
        return call()

    def _process(self, batch: Sequence[StreamRecord], trouble: Trouble | None) -> bool:
        if not batch:
            return True
        lines = sum(1 + record.data.count(b"\n") for record in batch)
        succeeded = self._invoke(lambda: self._ingest.process(batch, self.now), trouble)
        self.delivered += lines if succeeded else 0
        self.failed += 0 if succeeded else lines
        return succeeded

    def _invoke(self, function: Callable[[], object], trouble: Trouble | None) -> bool:
        """Returns whether it succeeded."""
        self._running.append(Invocation(trouble))
        try:
            function()
        except Died:
            self.detection.new_process()
            return False
        except TransientError:
            return False
        finally:
            self.last = self._running.pop()
        return True


class _Mortal:
    """Stands for a store; each call goes through the world, and each item of what a call streams."""

    def __init__(self, store: object, world: World) -> None:
        self._store = store
        self._world = world

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        def call(*arguments: Any, **named: Any) -> Any:
            result = self._world.through(lambda: method(*arguments, **named))
            return self._items(result) if isinstance(result, Iterator) else result

        return call

    def _items(self, items: Iterator[Any]) -> Iterator[Any]:
        for item in items:
            self._world.through(lambda: None)
            yield item


def mortal[Store](store: Store, world: World) -> Store:
    """The store, at each call of which trouble may come."""
    return cast(Store, _Mortal(store, world))
