"""Lambda's event source mapping of a Kinesis stream: every shard in order, a shard's parents before it.

No emulator has these semantics, and the pipeline's promises rest on them. `shard_poller` says what happens in a shard.
Shards made by a split or a merge are read from their beginning, when all of their parents have been processed; the
starting position counts for the shards that exist when the mapping is made.
Not here: parallelization factor (1), tumbling windows, filters, enhanced fan-out.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final
from uuid import UUID

from local.invocation_record import Condition, FailedBatch
from local.kinesis_event import Event, EventSize, kinesis_event
from local.shard import Shard
from local.shard_poller import MappingSettings, ShardPoller
from local.stream import Stream
from tidegate.contracts.record import StreamRecord


@dataclass(frozen=True, slots=True)
class Target:
    """The function behind a mapping.

    invoke: calls it with an event and gives its answer; FunctionError when it fails.
    on_failure: takes the batches that were given up; None: they are lost.
    """

    function_arn: str
    role_arn: str
    invoke: Callable[[Event], object]
    on_failure: Callable[[FailedBatch], None] | None = None


class EventSource:
    """One mapping. Its time is the stream's clock.

    checkpoints: where an earlier mapping left off, by shard; a shard that is not in it begins at the starting position.
    """

    def __init__(
        self,
        stream: Stream,
        stream_arn: str,
        target: Target,
        settings: MappingSettings,
        *,
        checkpoints: Mapping[str, int] | None = None,
        seed: int = 0,
    ) -> None:
        self.settings: Final = settings
        self.invocations = 0
        self._stream = stream
        self._stream_arn = stream_arn
        self.target: Final = target
        self._random = Random(seed)
        self._id = self._new_id()
        self._size = EventSize(stream_arn, target.role_arn)
        self._pollers: dict[str, ShardPoller] = {}
        self._ended: set[str] = set()
        self._restored = dict(checkpoints or {})
        self._initial = {shard.id for shard in stream.shards()}

    @property
    def checkpoints(self) -> dict[str, int]:
        """The last sequence number of each shard up to which everything was processed or given up."""
        reached = {poller.shard.id: poller.checkpoint for poller in self._pollers.values()}
        return self._restored | {shard: sequence for shard, sequence in reached.items() if sequence is not None}

    def run(self) -> None:
        """Do everything that is due now."""
        while True:
            for shard in self._startable():
                self._pollers[shard.id] = self._poller(shard)
            for poller in self._running():
                poller.run(self._stream.clock.now)
            self._ended |= {poller.shard.id for poller in self._pollers.values() if poller.has_ended}
            if not self._startable():
                return

    def next_due(self) -> float | None:
        """When there will be something to do if nothing more arrives, seconds since 1970 UTC; None: never."""
        if self._startable():
            return self._stream.clock.now
        return min((due for poller in self._running() if (due := poller.next_due()) is not None), default=None)

    def has_waiting(self, instant: float) -> bool:
        """Is there a record still to be processed that arrived at `instant` (seconds since 1970 UTC) or before?"""
        unread = [shard for shard in self._stream.shards() if shard.id not in self._pollers]
        waiting = [poller.oldest_waiting() for poller in self._running()]
        waiting += [shard.next_arrival(self._starting_position(shard), self._stream.horizon) for shard in unread]
        return any(arrival is not None and arrival <= instant for arrival in waiting)

    def invoke(self, records: Sequence[StreamRecord]) -> object:
        """A poller's batch is due."""
        self.invocations += 1
        return self.target.invoke(self._event(records))

    def give_up(self, records: Sequence[StreamRecord], condition: Condition, invocations: int) -> None:
        """A poller gives records up."""
        if self.target.on_failure is None:
            return
        failed = FailedBatch(
            records,
            self._event(records),
            condition,
            invocations,
            self._id,
            self._new_id(),
            self._stream.clock.now,
            self._stream_arn,
            self.target.function_arn,
        )
        self.target.on_failure(failed)

    def _event(self, records: Sequence[StreamRecord]) -> Event:
        return kinesis_event(records, self._stream_arn, self.target.role_arn)

    def _new_id(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _running(self) -> list[ShardPoller]:
        return [poller for poller in self._pollers.values() if poller.shard.id not in self._ended]

    def _startable(self) -> list[Shard]:
        """Shards not yet read whose parents have ended (or are gone from the stream)."""
        shards = self._stream.shards()
        waiting = {shard.id for shard in shards} - self._ended
        return [
            shard
            for shard in shards
            if shard.id not in self._pollers and shard.id in waiting and waiting.isdisjoint(shard.parents)
        ]

    def _poller(self, shard: Shard) -> ShardPoller:
        return ShardPoller(
            self._stream,
            shard,
            self._starting_position(shard),
            settings=self.settings,
            size=self._size,
            sink=self,
            now=self._stream.clock.now,
        )

    def _starting_position(self, shard: Shard) -> int:
        if shard.id in self._restored:
            return shard.position_of(self._restored[shard.id], after=True)
        if shard.id in self._initial and self.settings.starting_position == "LATEST":
            return shard.tip
        return 0
