"""A column of numbers in binary: the least of them in 8 bytes, and what each is above it, transposed.

Decimal numbers are kept times a power of ten, as whole numbers: 297.53 as 29753. That is exact: a float that equals
29753 / 100 is the very same float.
"""

from collections.abc import Sequence
from itertools import repeat
from math import copysign
from operator import eq, truediv
from struct import Struct, pack, unpack
from typing import Final, NamedTuple, cast

import msgspec

from tidegate.contracts.planes import bytes_of, planes

WHOLE: Final = 0
"""`digits` of whole numbers; of floats with at most d digits behind the point it is d and _FLOATS more."""

_FLOATS: Final = 8
_MAX_DIGITS: Final = 4
_LIMIT: Final = 10**15
"""Within these limits numbers are printed without a power of ten."""

_SAMPLE: Final = 16
_LEAST: Final = Struct(">q")
_BYTES: Final = 8
_print: Final = msgspec.json.Encoder().encode

type Numbers = Sequence[int] | Sequence[float]


class PackedNumbers(NamedTuple):
    """head: the least number. planes: what each is above it. digits: as above."""

    head: bytes
    planes: Sequence[bytes]
    digits: int


def pack_numbers(column: Numbers) -> PackedNumbers | None:
    """A column of ints, or of finite floats; None where they are too large, or floats of too many digits."""
    if isinstance(column[0], int):
        return _packed(cast("Sequence[int]", column), WHOLE)
    if not -_LIMIT < min(column) <= max(column) < _LIMIT:
        return None
    for digits in range(_MAX_DIGITS + 1):
        scaled = _scaled(column, 10**digits)
        if scaled is not None:
            return _packed(scaled, _FLOATS + digits)
    return None


def _scaled(column: Sequence[float], scale: int) -> list[int] | None:
    """The numbers as so many parts of a whole; None where one of them is no such part, or a negative zero."""
    if any(round(number * scale) / scale != number for number in column[:_SAMPLE]):
        return None
    scaled = [round(number * scale) for number in column]
    if not all(map(eq, map(truediv, scaled, repeat(scale)), column)):
        return None
    is_signed = 0 in scaled and any(copysign(1, number) < 0 for number in column if not number)
    return None if is_signed else scaled


def _packed(numbers: Sequence[int], digits: int) -> PackedNumbers | None:
    least, greatest = min(numbers), max(numbers)
    if not -_LIMIT < least <= greatest < _LIMIT:
        return None
    above = [number - least for number in numbers]
    width = bytes_of(greatest - least)
    return PackedNumbers(_LEAST.pack(least), planes(pack(f"<{len(above)}Q", *above), _BYTES)[:width], digits)


def unpack_texts(packed: bytes, digits: int, count: int) -> list[str]:
    """The numbers that `pack_numbers` packed, as Python prints them; msgspec prints them alike, three times as fast."""
    block = bytearray(_BYTES * count)
    for place in range((len(packed) - _BYTES) // count):
        block[place::_BYTES] = packed[_BYTES + place * count : _BYTES + (place + 1) * count]
    (least,) = _LEAST.unpack_from(packed)
    numbers: Numbers = [least + above for above in unpack(f"<{count}Q", block)]
    if digits != WHOLE:
        scale = 10 ** (digits - _FLOATS)
        numbers = [number / scale for number in numbers]
    return _print(numbers).decode()[1:-1].split(",")


def check_numbers(packed: bytes, digits: int, count: int) -> bool:
    """Would `unpack_texts` give so many numbers?"""
    width, rest = divmod(len(packed) - _BYTES, count)
    is_known = digits == WHOLE or _FLOATS <= digits <= _FLOATS + _MAX_DIGITS
    return is_known and 0 <= width < _BYTES and not rest and abs(_LEAST.unpack_from(packed)[0]) < _LIMIT
