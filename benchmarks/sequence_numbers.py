"""Sequence numbers as the events that people have published show them; AWS says no more than that they ascend.

Those of Lambda's documentation (two records of one shard, a minute apart) and of three public courses have the same
parts: a 2; the second at which the shard was made; a counter; eight zero bits; the second of the put; the shard; a 2.
The counter of the shard in the documentation grew by 35 a second between the two, the others by 8 to 2.8 million a
second since the shard was made. The last is what is assumed here: it costs the most.
"""

from random import Random
from typing import Final

_SECOND_BITS: Final = 36
_COUNTER_BITS: Final = 68
_ZERO_BITS: Final = 8
_SHARD_BITS: Final = 32
_END_BITS: Final = 4
_MARK: Final = 2
_COUNTS_A_SECOND: Final = 2_800_000


class PublishedNumbers:
    """The numbers of one shard, made as `local.sequence_numbers.SequenceNumbers` are."""

    def __init__(self, shard_index: int, created: float, random: Random) -> None:
        self._prefix = (_MARK << _SECOND_BITS) + int(created)
        self._suffix = (shard_index << _END_BITS) + _MARK
        self._random = random
        self._counter = 0
        self._last = created

    def next(self, now: float) -> int:
        """The next number, for a record put at `now`, seconds since 1970 UTC."""
        passed, self._last = now - self._last, now
        self._counter += 1 + int(self._random.expovariate(1) * passed * _COUNTS_A_SECOND)
        number = (self._prefix << _COUNTER_BITS) + self._counter
        number = (number << _ZERO_BITS + _SECOND_BITS) + int(now)
        return (number << _SHARD_BITS + _END_BITS) + self._suffix
