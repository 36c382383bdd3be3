"""A chunk's identities, packed: the first sequence number and the differences between neighbours.

Count, width of differences and width of subs as 4-byte integers; the first sequence; the differences; the subs, if any
is not 0. All are big-endian; differences and subs are transposed. So irregular 56-digit numbers cost what their
differences are worth and no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import accumulate, repeat
from operator import sub
from typing import Final, Self, overload

from tidegate.contracts.identity import Identity
from tidegate.contracts.packing import Packed
from tidegate.contracts.planes import bytes_of, planes, transpose

_NUMBER_BYTES: Final = 4
_HEAD_BYTES: Final = 3 * _NUMBER_BYTES
_FIRST_BYTES: Final = 32


class _Known(Sequence[Identity]):
    """Equal to any other sequence of the same identities."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


@dataclass(frozen=True, slots=True, eq=False)
class Identities(_Known):
    """Identities as two lists, for thousands that come at once."""

    sequences: list[int]
    subs: list[int]

    @classmethod
    def of(cls, identities: Sequence[Identity]) -> Self:
        """The same identities as two lists."""
        if isinstance(identities, cls):
            return identities
        return cls([sequence for sequence, _ in identities], [place for _, place in identities])

    def __len__(self) -> int:
        return len(self.sequences)

    @overload
    def __getitem__(self, place: int) -> Identity: ...
    @overload
    def __getitem__(self, place: slice) -> Self: ...
    def __getitem__(self, place: int | slice) -> Identity | Self:
        if isinstance(place, slice):
            return type(self)(self.sequences[place], self.subs[place])
        return Identity(self.sequences[place], self.subs[place])


def pack_identities(identities: Sequence[Identity]) -> Packed:
    """The packed identities; PackedIdentities reads head and planes joined."""
    known = Identities.of(identities)
    gaps = list(map(sub, known.sequences[1:], known.sequences))
    width, sub_width = bytes_of(max(gaps, default=0)), bytes_of(max(known.subs, default=0))
    head = b"".join([number.to_bytes(_NUMBER_BYTES) for number in (len(known), width, sub_width)])
    first = known.sequences[0].to_bytes(_FIRST_BYTES) if known else b""
    return Packed(head + first, [*_planes(gaps, width), *_planes(known.subs, sub_width)])


class PackedIdentities(_Known):
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


def _planes(numbers: Sequence[int], width: int) -> list[bytes]:
    return planes(b"".join(map(int.to_bytes, numbers, repeat(width))), width)


def _numbers(packed: bytes, count: int) -> list[int]:
    """So many numbers out of their transposed bytes."""
    if not packed:
        return [0] * count
    width, block = len(packed) // count, transpose(packed, count)
    return [int.from_bytes(block[place : place + width]) for place in range(0, len(block), width)]
