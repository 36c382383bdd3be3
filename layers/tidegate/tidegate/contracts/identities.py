"""A chunk's identities, packed: the first sequence number and the differences between neighbours.

Count, width of differences and width of subs as 4-byte integers; the first sequence; the differences; the subs, if any
is not 0. All are big-endian; differences and subs are transposed. So irregular 56-digit numbers cost what their
differences are worth and no more.
"""

from collections.abc import Sequence
from functools import cached_property, reduce
from itertools import accumulate, groupby
from operator import itemgetter, sub
from typing import Final, overload

from tidegate.contracts.identity import Identity
from tidegate.contracts.packing import planes, transpose

_NUMBER_BYTES: Final = 4
_HEAD_BYTES: Final = 3 * _NUMBER_BYTES
_FIRST_BYTES: Final = 32
_SAMPLE: Final = 256
_NOISE: Final = 64
"""Different bytes in a sample above which codes of unlike length have little to gain."""


def pack_identities(identities: Sequence[Identity]) -> list[bytes]:
    """The packed identities in pieces, noise apart from what is mostly zeros; PackedIdentities reads them joined."""
    sequences = [sequence for sequence, _ in identities]
    gaps = list(map(sub, sequences[1:], sequences))
    width = _bytes_of(max(gaps, default=0))
    sub_width = _bytes_of(max(map(itemgetter(1), identities), default=0))
    head = b"".join([number.to_bytes(_NUMBER_BYTES) for number in (len(identities), width, sub_width)])
    first = sequences[0].to_bytes(_FIRST_BYTES) if sequences else b""
    subs = b"".join([place.to_bytes(sub_width) for _, place in identities]) if sub_width else b""
    places = planes(b"".join([gap.to_bytes(width) for gap in gaps]), width) + planes(subs, sub_width)
    return [head + first, *(b"".join(alike) for _, alike in groupby(places, key=_is_noise))]


class PackedIdentities(Sequence[Identity]):
    """Identities as they come out of a chunk. How many, the first and the last are told without unpacking the others.

    Raises ValueError when the bytes are not what `pack_identities` made.
    """

    def __init__(self, packed: bytes) -> None:
        places = range(0, _HEAD_BYTES, _NUMBER_BYTES)
        count, width, sub_width = (int.from_bytes(packed[place : place + _NUMBER_BYTES]) for place in places)
        gaps_at = _HEAD_BYTES + (_FIRST_BYTES if count else 0)
        subs_at = gaps_at + width * max(count - 1, 0)
        if len(packed) != subs_at + sub_width * count or (count > 1 and not width and not sub_width):
            raise ValueError("identities are other than they say")
        self._count: Final = count
        self._first: Final = int.from_bytes(packed[_HEAD_BYTES:gaps_at])
        self._gaps: Final = packed[gaps_at:subs_at]
        self._subs: Final = packed[subs_at:]

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Identity: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Identity, ...]: ...
    def __getitem__(self, place: int | slice) -> Identity | tuple[Identity, ...]:
        if self._count and place == 0:
            return Identity(self._first, int.from_bytes(self._subs[:: self._count]))
        if self._count and place == -1:
            return Identity(self._last, int.from_bytes(self._subs[self._count - 1 :: self._count]))
        return self._all[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(self._all)

    @property
    def _last(self) -> int:
        """The first sequence and all differences, summed place by place."""
        count = self._count - 1
        sums = [sum(self._gaps[at : at + count]) for at in range(0, len(self._gaps), max(count, 1))]
        return self._first + reduce(lambda total, of_place: (total << 8) + of_place, sums, 0)

    @cached_property
    def _all(self) -> tuple[Identity, ...]:
        if not self._count:
            return ()
        sequences = accumulate(_numbers(self._gaps, self._count - 1), initial=self._first)
        return tuple(map(Identity, sequences, _numbers(self._subs, self._count)))


def _is_noise(places: bytes) -> bool:
    return len(set(places[:_SAMPLE])) > _NOISE


def _numbers(packed: bytes, count: int) -> list[int]:
    """So many numbers out of their transposed bytes."""
    if not packed:
        return [0] * count
    width, block = len(packed) // count, transpose(packed, count)
    return [int.from_bytes(block[place : place + width]) for place in range(0, len(block), width)]


def _bytes_of(number: int) -> int:
    return (number.bit_length() + 7) // 8
