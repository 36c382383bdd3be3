"""Items of one width taken apart byte by byte: what is alike in them comes to stand together."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

_SAMPLE: Final = 64
_NOISE: Final = 32
"""Different bytes in a sample above which codes of unlike length have little to gain."""


def transpose(block: bytes, width: int) -> bytes:
    """Items of one width, side by side, to all their first bytes, all their second bytes, and so on."""
    return b"".join(planes(block, width))


def planes(block: bytes, width: int) -> list[bytes]:
    """All first bytes of items of one width, all their second bytes, and so on."""
    return [block[place::width] for place in range(width)]


def alike(planes: Iterable[bytes]) -> Iterator[bytes]:
    """The planes, in order, those that are noise joined, and those between them."""
    return (b"".join(run) for _, run in groupby(planes, key=_is_noise))


def bytes_of(number: int) -> int:
    """How many bytes a number takes that is not negative; 0 takes none."""
    return (number.bit_length() + 7) // 8


def _is_noise(plane: bytes) -> bool:
    return len(set(plane[:_SAMPLE])) > _NOISE
