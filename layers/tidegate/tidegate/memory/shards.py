"""A stream's shards in memory: the twin of `tidegate.aws.shards`."""

from bisect import bisect_right

from tidegate.flush.stores import ShardPosition


class MemoryShards:
    """`Shards` over arrivals that are added by hand.

    hidden: shards whose one look does not tell, as when Kinesis throttles or answers empty before the tip.
    """

    def __init__(self, *shards: str) -> None:
        self._arrivals: dict[str, list[tuple[int, float]]] = {shard: [] for shard in shards}
        self.hidden: set[str] = set()

    def add(self, shard: str, sequence: int, arrival: float) -> None:
        """A record arrived: sequences ascend within a shard; `arrival` is in seconds since 1970 UTC."""
        self._arrivals.setdefault(shard, []).append((sequence, arrival))

    def names(self) -> tuple[str, ...]:
        return tuple(self._arrivals)

    def look(self, shard: str, after_sequence: int | None) -> ShardPosition:
        if shard in self.hidden:
            return ShardPosition(idle=False, next_arrival=None)
        records = self._arrivals[shard]
        after = -1 if after_sequence is None else after_sequence
        place = bisect_right(records, after, key=lambda record: record[0])
        if place == len(records):
            return ShardPosition(idle=True, next_arrival=None)
        return ShardPosition(idle=False, next_arrival=records[place][1])
