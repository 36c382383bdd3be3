"""Sequence numbers of the form that Kinesis gives out: 56 digits, ascending in a shard, in large irregular gaps.

AWS promises no more than that they ascend in a shard. Real ones have 186 bits, in which parts can be recognised: a
leading 2, the second at which the shard was made, a counter with gaps, the second of the put, the shard, a closing 2.
The same is done here, so that what stores or compresses them meets the real width and disorder: about 7.5 random bytes
a record.
"""

from random import Random
from typing import Final

_CREATED_BITS: Final = 36
_COUNTER_BITS: Final = 64
_NOISE_BITS: Final = 20
_PUT_SECOND_BITS: Final = 24
_SHARD_BITS: Final = 36
_END_BITS: Final = 4
"""Widths of the parts; with the leading 2, which takes two bits, they make 186."""

_MARK: Final = 2
_LARGEST_GAP: Final = 1 << 40


class SequenceNumbers:
    """The numbers of one shard.

    created: when the shard was made, seconds since 1970 UTC; a child shard made later has larger numbers than its
    parents. random: where the gaps come from; the same seed gives the same numbers.
    """

    def __init__(self, shard_index: int, created: float, random: Random) -> None:
        self._prefix = (_MARK << _CREATED_BITS) + int(created)
        self._suffix = (shard_index << _END_BITS) + _MARK
        self._random = random
        self._counter = 0

    def next(self, now: float) -> int:
        """The next number, larger than all before it."""
        self._counter += self._random.randrange(1, _LARGEST_GAP)
        number = (self._prefix << _COUNTER_BITS) + self._counter
        number = (number << _NOISE_BITS) + self._random.getrandbits(_NOISE_BITS)
        number = (number << _PUT_SECOND_BITS) + int(now) % (1 << _PUT_SECOND_BITS)
        return (number << _SHARD_BITS + _END_BITS) + self._suffix
