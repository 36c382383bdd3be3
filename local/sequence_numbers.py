"""Sequence numbers of the form that Kinesis gives out: 56 digits, ascending in a shard, in large irregular gaps.

AWS promises no more than that they ascend in a shard. Real ones have 186 bits, in which parts can be recognised: a
leading 2, the second at which the shard was made, a counter with gaps, the second of the put, the shard, a closing 2.
The same is done here, so that what stores or compresses them meets the real width and disorder: about 7.5 random bytes
a record.
"""

from random import Random
from typing import Final

_SECOND_DIGITS: Final = 9
_COUNTER_DIGITS: Final = 16
_NOISE_DIGITS: Final = 5
_PUT_SECOND_DIGITS: Final = 6
_SHARD_DIGITS: Final = 9
"""Widths of the parts in hexadecimal digits; with the 2 at each end they make 47, which is 186 bits."""

_LARGEST_GAP: Final = 1 << 40


class SequenceNumbers:
    """The numbers of one shard.

    created: when the shard was made, seconds since 1970 UTC; a child shard made later has larger numbers than its
    parents. random: where the gaps come from; the same seed gives the same numbers.
    """

    def __init__(self, shard_index: int, created: float, random: Random) -> None:
        self._prefix = f"2{int(created):0{_SECOND_DIGITS}x}"
        self._suffix = f"{shard_index:0{_SHARD_DIGITS}x}2"
        self._random = random
        self._counter = 0

    def next(self, now: float) -> int:
        """The next number, larger than all before it."""
        self._counter += self._random.randrange(1, _LARGEST_GAP)
        noise = self._random.getrandbits(4 * _NOISE_DIGITS)
        second = int(now) % 16**_PUT_SECOND_DIGITS
        middle = f"{self._counter:0{_COUNTER_DIGITS}x}{noise:0{_NOISE_DIGITS}x}{second:0{_PUT_SECOND_DIGITS}x}"
        return int(f"{self._prefix}{middle}{self._suffix}", 16)
