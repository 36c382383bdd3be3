"""The cells of a column laid out so that deflate packs them well. `width` says how:

-1, -2  a column in which values repeat (a dimension, a second): its different values, one a line, in the order in
        which they come first; then for each cell its value's place there, in so many bytes, transposed.
1..40   a column of mostly different values (a measure, an id), in which there is nothing to refer back to: the cells
        are padded to that width, decimal points below each other, and transposed, so that the leading digits, which
        are alike, stand apart from the trailing ones, which are noise.
0       any other: one cell a line. (In version 1 of the chunk columns in which values repeat, too.)
"""

from collections.abc import Sequence
from typing import Final

MAX_WIDTH: Final = 40
"""Characters of the widest cell that is transposed: any number, a UUID."""

_PAD: Final = "\0"
_REPEATS: Final = 4
_PADDING: Final = [_PAD * width for width in range(MAX_WIDTH + 1)]


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


def pack_cells(cells: Sequence[str]) -> tuple[bytes, int]:
    """One column's bytes and their width."""
    places = dict.fromkeys(cells, 0)
    if len(places) * _REPEATS <= len(cells) and len(places) <= 1 << 16:
        return _pack_places(cells, places)
    text = "\n".join(cells)
    if text.isascii():
        padded = _aligned(cells) if "." in text else cells
        width = max(map(len, padded))
        if 0 < width <= MAX_WIDTH:
            return transpose("".join([cell.rjust(width, _PAD) for cell in padded]).encode(), width), width
    return text.encode(), 0


def _pack_places(cells: Sequence[str], places: dict[str, int]) -> tuple[bytes, int]:
    for place, value in enumerate(places):
        places[value] = place
    values = "\n".join(places).encode()
    if len(places) <= 1 << 8:
        return values + bytes(map(places.__getitem__, cells)), -1
    return values + transpose(b"".join([places[cell].to_bytes(2) for cell in cells]), 2), -2


def _aligned(cells: Sequence[str]) -> Sequence[str]:
    """Numbers with as many characters behind the decimal point, the point counted, as the longest has."""
    behind = [len(cell) - point if (point := cell.find(".")) >= 0 else 0 for cell in cells]
    longest = min(max(behind), MAX_WIDTH)
    if min(behind) == longest:
        return cells
    return [cell + _PADDING[longest - own] for cell, own in zip(cells, behind, strict=True)]


def unpack_cells(packed: bytes, width: int, count: int) -> list[str]:
    """The cells that `pack_cells` packed. Raises ValueError or IndexError when the bytes are not what it made."""
    if width < 0:
        values, places = _split_places(packed, -width, count)
        return list(map(values.__getitem__, places))
    if width == 0:
        return packed.decode().split("\n")
    lines = bytearray(b"\n") * (count * (width + 1))
    for place in range(width):
        lines[place :: width + 1] = packed[place * count : (place + 1) * count]
    return lines.decode().replace(_PAD, "").split("\n")[:-1]


def check_cells(packed: bytes, width: int, count: int) -> None:
    """Raise ValueError unless `unpack_cells` would give so many cells."""
    if width < 0:
        values, places = _split_places(packed, -width, count)
        fits = max(places, default=0) < len(values)
    elif width == 0:
        fits = packed.decode().count("\n") == count - 1
    else:
        fits = len(packed) == width * count and packed.isascii() and b"\n" not in packed
    if not fits:
        raise ValueError("a column does not hold a cell for each identity")


def _split_places(packed: bytes, size: int, count: int) -> tuple[list[str], Sequence[int]]:
    values_end = len(packed) - size * count
    if values_end < 0 or size > 2:
        raise ValueError("a column of other than it says")
    values, places = packed[:values_end].decode().split("\n"), packed[values_end:]
    if size == 1:
        return values, places
    return values, [high << 8 | low for high, low in zip(places[:count], places[count:], strict=True)]


def transpose(block: bytes, width: int) -> bytes:
    """Items of one width, side by side, to all their first bytes, all their second bytes, and so on."""
    return b"".join(planes(block, width))


def planes(block: bytes, width: int) -> list[bytes]:
    """All first bytes of items of one width, all their second bytes, and so on."""
    return [block[place::width] for place in range(width)]
