"""A Kinesis data stream in this process, with simulated arrivals.

It has what the emulators lack and the pipeline depends on: arrival by a simulated clock, sequence numbers of AWS's
form, shards that split, merge and end, retention, the size limits of a record and of a read, puts that fail in part.
It has no limit on reads per second, no enhanced fan-out, no encryption.

https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html
https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import md5
from operator import attrgetter
from random import Random
from typing import Final

from local.clock import SimulatedClock
from local.sequence_numbers import SequenceNumbers
from local.shard import HASH_KEYS, Shard, StreamError
from tidegate.contracts.record import StreamRecord

MEBIBYTE: Final = 1 << 20
MAX_RECORD_BYTES: Final = MEBIBYTE
"""AWS's default; a stream may be set to ten times that."""
MAX_READ_RECORDS: Final = 10_000
MAX_READ_BYTES: Final = 10 * MEBIBYTE
_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Read:
    """What one read gives.

    next: the position behind the records; None when the shard has ended and all of it has been read.
    milliseconds_behind: the age of the record that comes next, 0 when there is none.
    """

    records: tuple[StreamRecord, ...]
    next: int | None
    milliseconds_behind: int


class Stream:
    """A data stream.

    throttled: keep to 1 MiB and 1,000 records a second and shard, as AWS does. rejects: called for each record put;
    True makes that one alone fail, as single records of a PutRecords do. seed: decides the sequence numbers.
    """

    def __init__(
        self,
        name: str,
        clock: SimulatedClock,
        shards: int = 1,
        *,
        retention_hours: int = 24,
        max_record_bytes: int = MAX_RECORD_BYTES,
        throttled: bool = False,
        rejects: Callable[[], bool] = lambda: False,
        seed: int = 0,
    ) -> None:
        self.name: Final = name
        self.clock: Final = clock
        self.retention_hours: Final = retention_hours
        self.max_record_bytes: Final = max_record_bytes
        self.rejects = rejects
        self._throttled = throttled
        self._random = Random(seed)
        self._shards: dict[str, Shard] = {}
        for index in range(shards):
            self._add_shard(HASH_KEYS * index // shards, HASH_KEYS * (index + 1) // shards - 1)

    def shards(self) -> tuple[Shard, ...]:
        """Every shard that may still hold records: open, or closed within the retention."""
        return tuple(shard for shard in self._shards.values() if self._exists(shard))

    def shard(self, shard_id: str) -> Shard:
        """StreamError (ResourceNotFoundException) when there is no such shard, or none any more."""
        shard = self._shards.get(shard_id)
        if shard is None or not self._exists(shard):
            raise StreamError("ResourceNotFoundException", f"Shard {shard_id} in stream {self.name} does not exist")
        return shard

    def children(self, shard_id: str) -> tuple[Shard, ...]:
        return tuple(shard for shard in self._shards.values() if shard_id in shard.parents)

    def everything(self) -> Iterator[StreamRecord]:
        """Every record that is there, shard by shard."""
        for shard in self.shards():
            yield from shard.records(0, self.horizon, shard.tip, sys.maxsize)

    def put(self, partition_key: str, data: bytes, explicit_hash_key: int | None = None) -> StreamRecord:
        """Take a record in, arriving now. StreamError when it is too large, or one too many."""
        size = len(data) + len(partition_key.encode())
        if size > self.max_record_bytes:
            rule = f"a record has at most {self.max_record_bytes} bytes with its partition key, this one {size}"
            raise StreamError("ValidationException", rule)
        shard = self._shard_for(partition_key, explicit_hash_key)
        if self.rejects() or (self._throttled and not shard.takes(size, self.clock.now)):
            message = f"Rate exceeded for shard {shard.id} in stream {self.name}"
            raise StreamError("ProvisionedThroughputExceededException", message)
        shard.free(self.horizon)
        return shard.append(partition_key, data, self.clock.now)

    def read(
        self, shard_id: str, position: int, limit: int = MAX_READ_RECORDS, max_bytes: int = MAX_READ_BYTES
    ) -> Read:
        """The records from a position on: at most `limit`, of `max_bytes` together, but one where there is one."""
        shard = self.shard(shard_id)
        records = shard.records(position, self.horizon, limit, max_bytes)
        end = max(position, shard.oldest(self.horizon)) + len(records)
        following = shard.next_arrival(end, self.horizon)
        if following is not None:
            behind = max(1, round((self.clock.now - following) * 1000))
            return Read(tuple(records), end, behind)
        return Read(tuple(records), end if shard.is_open else None, 0)

    @property
    def horizon(self) -> float:
        """What arrived before this instant (seconds since 1970 UTC) is gone (TRIM_HORIZON)."""
        return self.clock.now - self.retention_hours * _HOUR

    def split(self, shard_id: str, new_starting_hash_key: int) -> tuple[Shard, Shard]:
        """End a shard; its hash keys go to two children, the second from `new_starting_hash_key` on."""
        shard = self._open_shard(shard_id)
        if not shard.low < new_starting_hash_key <= shard.high:
            message = f"NewStartingHashKey {new_starting_hash_key} does not lie inside shard {shard_id}"
            raise StreamError("InvalidArgumentException", message)
        shard.close(self.clock.now)
        low = self._add_shard(shard.low, new_starting_hash_key - 1, (shard_id,))
        return low, self._add_shard(new_starting_hash_key, shard.high, (shard_id,))

    def merge(self, shard_id: str, adjacent_shard_id: str) -> Shard:
        """End two shards of adjacent hash keys; one child has both ranges."""
        pair = self._open_shard(shard_id), self._open_shard(adjacent_shard_id)
        first, second = sorted(pair, key=attrgetter("low"))
        if first.high + 1 != second.low:
            raise StreamError("InvalidArgumentException", f"Shards {shard_id} and {adjacent_shard_id} are not adjacent")
        first.close(self.clock.now)
        second.close(self.clock.now)
        return self._add_shard(first.low, second.high, (shard_id, adjacent_shard_id))

    def _exists(self, shard: Shard) -> bool:
        return shard.is_open or shard.closed_at >= self.horizon

    def _open_shard(self, shard_id: str) -> Shard:
        shard = self.shard(shard_id)
        if not shard.is_open:
            raise StreamError("ResourceInUseException", f"Shard {shard_id} in stream {self.name} is closed")
        return shard

    def _add_shard(self, low: int, high: int, parents: tuple[str, ...] = ()) -> Shard:
        index, now = len(self._shards), self.clock.now
        # the second after the parents ended: a child's numbers are larger than its parents'
        numbers = SequenceNumbers(index, now + 1 if parents else now, self._random)
        shard = Shard(f"shardId-{index:012d}", low, high, numbers, numbers.next(now), parents)
        self._shards[shard.id] = shard
        return shard

    def _shard_for(self, partition_key: str, explicit_hash_key: int | None) -> Shard:
        if explicit_hash_key is None:
            digest = md5(partition_key.encode(), usedforsecurity=False).digest()
            explicit_hash_key = int.from_bytes(digest, "big")
        open_shards = (shard for shard in self._shards.values() if shard.is_open)
        return next(shard for shard in open_shards if shard.low <= explicit_hash_key <= shard.high)
