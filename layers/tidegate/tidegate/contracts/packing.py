"""The cells of a column laid out so that deflate packs them well. `width` says how:

-1, -2  a column in which values repeat (a dimension, a second): its different values, one a line, in the order in
        which they come first; then for each cell its value's place there, in so many bytes, transposed.
-3      the same with an age in place of the place, one byte: how many different values came before the cell, less its
        value's place; 0 for a value that comes first there. Seconds come nearly in order, and only the last few are in
        use: ages stay small where places go up.
-8      whole numbers (`tidegate.contracts.numbers`); -16 - d: numbers with at most d digits behind the point.
1..40   other cells of mostly different values (an id), in which there is nothing to refer back to: they are padded to
        that width, decimal points below each other, and transposed, so that the leading digits, which are alike, stand
        apart from the trailing ones, which are noise.
0       any other: one cell a line. (In version 1 of the chunk columns in which values repeat, too.)
"""

from collections.abc import Sequence
from itertools import accumulate
from operator import not_, sub
from typing import Final, NamedTuple, cast

from tidegate.contracts.numbers import Numbers, check_numbers, pack_numbers, unpack_texts
from tidegate.contracts.planes import planes

MAX_WIDTH: Final = 40
"""Characters of the widest cell that is transposed: any number, a UUID."""

_AGES: Final = -3
_NUMBERS: Final = -8
_PAD: Final = "\0"
_REPEATS: Final = 4
_SAMPLE: Final = 1024
_PADDING: Final = [_PAD * width for width in range(MAX_WIDTH + 1)]
_MAX_AGE: Final = 255
_NEXT: Final = bytes([*range(1, 256), 0])
"""Translates bytes to those that are greater by 1."""

type Column = Sequence[str] | Numbers
"""Cells of one kind."""


class Packed(NamedTuple):
    """text: in which deflate finds repetitions. planes: bytes by place; codes of unlike length are all they gain from.

    What reads them takes them joined.
    """

    text: bytes
    planes: Sequence[bytes] = ()
    width: int = 0


def texts_of(column: Column) -> Sequence[str]:
    """A column's cells as they stand in CSV."""
    return cast("Sequence[str]", column) if isinstance(column[0], str) else list(map(str, column))


def split_columns(rows: str, count: int) -> list[list[str]] | None:
    """The cells of CSV rows by column; None where rows are quoted or do not have `count` cells each."""
    if not rows.endswith("\n") or '"' in rows or _PAD in rows:
        return None
    cells = rows[:-1].replace("\n", ",").split(",")
    columns = [cells[place::count] for place in range(count)]
    return columns if len(cells) % count == 0 and join_columns(columns) == rows else None


def join_columns(columns: Sequence[Sequence[str]]) -> str:
    """The CSV rows that `split_columns` took apart. Raises ValueError when the columns differ in length."""
    return "\n".join(map(",".join, zip(*columns, strict=True))) + "\n"


def pack_column(column: Column) -> Packed:
    """One column, of which there is at least a cell."""
    if isinstance(column[0], str):
        return _pack_texts(cast("Sequence[str]", column))
    numbers = pack_numbers(cast("Numbers", column))
    if numbers is None or _places_are_shorter(column, len(numbers.planes)):
        return _pack_texts(texts_of(column))
    return Packed(numbers.head, numbers.planes, _NUMBERS - numbers.digits)


def _places_are_shorter(column: Column, width: int) -> bool:
    """Do values repeat, and take a cell's place less than `width` bytes?"""
    sample = column[:_SAMPLE]
    if width < 2 or len(set(sample)) * 2 > len(sample):
        return False
    values = len(set(column))
    return values * _REPEATS <= len(column) and _place_bytes(values) < width


def _place_bytes(values: int) -> int:
    return 1 if values <= 1 << 8 else 2


def _pack_texts(cells: Sequence[str]) -> Packed:
    places = dict.fromkeys(cells, 0)
    if len(places) * _REPEATS <= len(cells) and len(places) <= 1 << 16:
        return _pack_places(cells, places)
    text = "\n".join(cells)
    if text.isascii():
        padded = _aligned(cells) if "." in text else cells
        width = max(map(len, padded))
        if 0 < width <= MAX_WIDTH:
            return Packed(b"", planes("".join([cell.rjust(width, _PAD) for cell in padded]).encode(), width), width)
    return Packed(text.encode())


def _pack_places(cells: Sequence[str], places: dict[str, int]) -> Packed:
    for place, value in enumerate(places):
        places[value] = place
    values = "\n".join(places).encode()
    if _place_bytes(len(places)) == 2:
        return Packed(values, planes(b"".join([places[cell].to_bytes(2) for cell in cells]), 2), -2)
    found = bytes(map(places.__getitem__, cells))
    if len(places) > _MAX_AGE or max(found[: len(found) // 2], default=0) == len(places) - 1:
        return Packed(values, [found], -1)
    seen = accumulate(found.translate(_NEXT), max, initial=0)
    return Packed(values, [bytes(map(sub, seen, found))], _AGES)


def _aligned(cells: Sequence[str]) -> Sequence[str]:
    """Numbers with as many characters behind the decimal point, the point counted, as the longest has."""
    behind = [len(cell) - point if (point := cell.find(".")) >= 0 else 0 for cell in cells]
    longest = min(max(behind), MAX_WIDTH)
    if min(behind) == longest:
        return cells
    return [cell + _PADDING[longest - own] for cell, own in zip(cells, behind, strict=True)]


def unpack_cells(packed: bytes, width: int, count: int) -> list[str]:
    """The cells that `pack_column` packed. Raises ValueError or IndexError when the bytes are not what it made."""
    if width <= _NUMBERS:
        return unpack_texts(packed, _NUMBERS - width, count)
    if width < 0:
        values, places = _split_places(packed, width, count)
        return list(map(values.__getitem__, places))
    if width == 0:
        return packed.decode().split("\n")
    lines = bytearray(b"\n") * (count * (width + 1))
    for place in range(width):
        lines[place :: width + 1] = packed[place * count : (place + 1) * count]
    return lines.decode().replace(_PAD, "").split("\n")[:-1]


def check_cells(packed: bytes, width: int, count: int) -> None:
    """Raise ValueError unless `unpack_cells` would give so many cells."""
    if width <= _NUMBERS:
        fits = check_numbers(packed, _NUMBERS - width, count)
    elif width < 0:
        values, places = _split_places(packed, width, count)
        fits = 0 <= min(places, default=0) <= max(places, default=0) < len(values)
    elif width == 0:
        fits = packed.decode().count("\n") == count - 1
    else:
        fits = len(packed) == width * count and packed.isascii() and b"\n" not in packed
    if not fits:
        raise ValueError("a column does not hold a cell for each identity")


def _split_places(packed: bytes, width: int, count: int) -> tuple[list[str], Sequence[int]]:
    """The different values, and the place of each cell's."""
    size = 2 if width == -2 else 1
    values_end = len(packed) - size * count
    if values_end < 0 or width < _AGES:
        raise ValueError("a column of other than it says")
    values, places = packed[:values_end].decode().split("\n"), packed[values_end:]
    if width == _AGES:
        return values, list(map(sub, accumulate(map(not_, places), initial=0), places))
    if width == -1:
        return values, places
    return values, [high << 8 | low for high, low in zip(places[:count], places[count:], strict=True)]
