"""Rows and identities laid out so that deflate packs them well: columns together, and digits of like places together.

A column in which values repeat (a dimension) stays a list of lines: deflate refers back to whole values. In a column
of mostly different values (a measure, an id) there is nothing to refer back to; its cells are padded to one width and
transposed, so that the leading digits, which are alike, stand apart from the trailing ones, which are noise.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from tidegate.contracts.identity import Identity

MAX_WIDTH: Final = 40
"""Characters of the widest cell that is transposed: any number, a UUID."""

_PAD: Final = "\0"
_REPEATS: Final = 4
_FIRST_BYTES: Final = 32


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
    """One column's bytes, and the width of its transposed cells (0: not transposed, one cell a line)."""
    width = max(map(len, cells))
    text = "\n".join(cells)
    if not text.isascii() or not 0 < width <= MAX_WIDTH or len(set(cells)) * _REPEATS < len(cells):
        return text.encode(), 0
    return transpose("".join([cell.rjust(width, _PAD) for cell in cells]).encode(), width), width


def unpack_cells(packed: bytes, width: int) -> list[str]:
    """The cells that `pack_cells` packed. Raises ValueError when the bytes do not fit the width."""
    if not width:
        return packed.decode().split("\n")
    count = len(packed) // width
    lines = bytearray(b"\n") * (count * (width + 1))
    for place in range(width):
        lines[place :: width + 1] = packed[place * count : (place + 1) * count]
    return lines.decode().replace(_PAD, "").split("\n")[:-1]


def transpose(block: bytes, width: int) -> bytes:
    """Items of one width, side by side, to all their first bytes, all their second bytes, and so on."""
    return b"".join(block[place::width] for place in range(width))


def pack_identities(identities: Sequence[Identity]) -> bytes:
    """Count, width and width of subs as 4-byte integers; the first sequence; differences; subs, if any is not 0.

    All numbers are big-endian; differences and subs are transposed. So irregular 56-digit numbers cost what their gaps
    are worth and no more.
    """
    sequences = [identity[0] for identity in identities]
    deltas = [after - before for before, after in pairwise(sequences)]
    width = _bytes_of(max(deltas, default=0))
    sub_width = _bytes_of(max((identity[1] for identity in identities), default=0))
    head = b"".join(number.to_bytes(4) for number in (len(identities), width, sub_width))
    first = sequences[0].to_bytes(_FIRST_BYTES) if sequences else b""
    gaps = transpose(b"".join([delta.to_bytes(width) for delta in deltas]), width)
    subs = transpose(b"".join([identity[1].to_bytes(sub_width) for identity in identities]), sub_width)
    return head + first + gaps + subs


def unpack_identities(packed: bytes) -> tuple[Identity, ...]:
    """The identities that `pack_identities` packed. Raises ValueError when the bytes are not what it made."""
    count, width, sub_width = (int.from_bytes(packed[place : place + 4]) for place in (0, 4, 8))
    first = packed[12 : 12 + _FIRST_BYTES] if count else b""
    gaps_at = 12 + len(first)
    subs_at = gaps_at + width * max(count - 1, 0)
    if len(packed) != subs_at + sub_width * count or (count > 1 and not width and not sub_width):
        raise ValueError("identities are other than they say")
    sequence = int.from_bytes(first)
    sequences = [sequence]
    for gap in _numbers(packed[gaps_at:subs_at], width, count - 1):
        sequence += gap
        sequences.append(sequence)
    return tuple(map(Identity, sequences[:count], _numbers(packed[subs_at:], sub_width, count)))


def _numbers(packed: bytes, width: int, count: int) -> list[int]:
    if not width:
        return [0] * count
    block = transpose(packed, count)
    return [int.from_bytes(block[place : place + width]) for place in range(0, len(block), width)]


def _bytes_of(number: int) -> int:
    return (number.bit_length() + 7) // 8
