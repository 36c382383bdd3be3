"""A chunk's rows: CSV lines, or by column. From the buffer they come packed, and are unpacked when asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tidegate.contracts.packing import Column, check_cells, join_columns, split_columns, texts_of, unpack_cells


class Rows(Protocol):
    """Rows of which no cell needs quotes."""

    def cells(self) -> Sequence[Sequence[str]]:
        """The cells of each column, one a row."""


type Table = str | Rows
"""CSV lines (RFC 4180 quoting, each ended by a newline), or rows by column."""


def lines_of(table: Table) -> str:
    """The CSV lines, as they go into an interval's object."""
    return table if isinstance(table, str) else join_columns(table.cells())


def cells_of(table: Table, columns: int) -> Sequence[Sequence[str]] | None:
    """The cells of so many columns; None where there are quotes, or no rows, or one column only."""
    if isinstance(table, str):
        return split_columns(table, columns) if columns > 1 else None
    return table.cells()


def columns_of(table: Table, columns: int) -> Sequence[Column] | None:
    """As `cells_of`, with numbers where the table has them."""
    return table.columns if isinstance(table, CellRows) else cells_of(table, columns)


@dataclass(frozen=True, slots=True)
class CellRows:
    """`Rows` as they are: at least one, and in each column texts, ints or finite floats alone."""

    columns: Sequence[Column]

    def cells(self) -> Sequence[Sequence[str]]:
        return list(map(texts_of, self.columns))


@dataclass(frozen=True, slots=True)
class PackedRows:
    """`Rows` as a chunk holds them: each column's bytes and width, and how many rows there are.

    Raises ValueError when they do not fit.
    """

    parts: Sequence[bytes]
    widths: Sequence[int]
    count: int

    def __post_init__(self) -> None:
        if not self.count:
            raise ValueError("columns of no rows")
        for part, width in zip(self.parts, self.widths, strict=True):
            check_cells(part, width, self.count)

    def cells(self) -> Sequence[Sequence[str]]:
        return [unpack_cells(part, width, self.count) for part, width in zip(self.parts, self.widths, strict=True)]
