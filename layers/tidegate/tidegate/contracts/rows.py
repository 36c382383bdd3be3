"""A chunk's rows by column: from ingest as cells, from the buffer packed and unpacked when they are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tidegate.contracts.packing import check_cells, unpack_cells


class Rows(Protocol):
    """Rows of which no cell needs quotes."""

    def cells(self) -> Sequence[Sequence[str]]:
        """The cells of each column, one a row."""


@dataclass(frozen=True, slots=True)
class CellRows:
    """`Rows` as they are."""

    columns: Sequence[Sequence[str]]

    def cells(self) -> Sequence[Sequence[str]]:
        return self.columns


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
