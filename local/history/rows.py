"""Rows of a file by column: CSV with a header or JSON lines, gzip or not, told apart by their bytes.

Every fault names the file and, where there is one, the line (1 is the first; a CSV's header is line 1).
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, islice, repeat
from operator import attrgetter
from pathlib import Path
from typing import Final

import msgspec

from local.json_documents import START_BYTES, document_problem
from local.opened import OpenedFile, opened
from local.record_files import MAKE_UTF8, column_names, foreign_text
from tidegate.contracts.errors import InputError

BLOCK_ROWS: Final = 1_000
"""More would not stay in the processor's cache: 5,000 take twice as long a row."""
_COLUMNS_SHOWN: Final = 20
_NAN: Final = re.compile(r":\s*(NaN|-?Infinity)\s*[,}]")
_line_number: Final = attrgetter("line_num")


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of one file.

    lines: the line that each row ends on. columns: name -> a value a row, None for null. names: all columns that the
    file is known to have.
    """

    path: Path
    lines: Sequence[int]
    columns: dict[str, list[object]]
    names: Collection[str]

    def place(self, row: int, column: str) -> str:
        """Where a value stands, for messages."""
        return f"{self.path}, line {self.lines[row]}, column {column}"

    def only(self, is_wanted: Sequence[bool]) -> "Block":
        """Some of its rows."""
        columns = {name: list(compress(values, is_wanted)) for name, values in self.columns.items()}
        return Block(self.path, list(compress(self.lines, is_wanted)), columns, self.names)


def read_blocks(path: Path, columns: Sequence[str]) -> Iterator[Block]:
    """The named columns of a file, a block of rows at a time. Raises InputError."""
    try:
        with opened(path) as file:
            first = _first_character(file)
            if not first:
                raise InputError(str(path), "has no rows")
            if problem := document_problem(file.peek(START_BYTES)):
                raise InputError(str(path), problem)
            text = io.TextIOWrapper(file, encoding="utf-8", newline="")
            yield from _json_blocks(path, text, columns) if first == b"{" else _csv_blocks(path, text, columns)
    except UnicodeDecodeError as error:
        raise InputError(str(path), f"is not UTF-8 text ({error.reason}); {MAKE_UTF8}") from None


def _first_character(file: OpenedFile) -> bytes:
    """The first byte that is not white space, without moving; empty: there is none near."""
    return file.peek(1024).lstrip()[:1]


def _csv_blocks(path: Path, text: io.TextIOWrapper, columns: Sequence[str]) -> Iterator[Block]:
    reader = csv.reader(text, strict=True)
    try:
        header = [name.strip() for name in next(reader)]
        positions = _positions(path, header, columns)
        numbered = zip(reader, map(_line_number, repeat(reader)), strict=False)  # the second has no end
        while block := list(islice(numbered, BLOCK_ROWS)):
            yield _csv_block(path, block, header, positions)
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}", f"is not CSV: {error}") from None


def _positions(path: Path, header: Sequence[str], columns: Sequence[str]) -> dict[str, int]:
    """Where the columns stand, named as in the file or as the parameters of replay and deploy name them."""
    if foreign := foreign_text([",".join(header).encode()]):
        raise InputError(f"{path}, line 1", foreign)
    names = column_names(header)
    positions = dict[str, int]()
    for column in columns:
        there = header if column in header else names
        if there.count(column) != 1:
            problem = f"column {column!r} stands there twice" if column in there else no_column(column, names)
            raise InputError(f"{path}, line 1", problem)
        positions[column] = there.index(column)
    return positions


def no_column(column: str, there: Sequence[str]) -> str:
    """What to say of a column that is not there."""
    more = ", ..." if len(there) > _COLUMNS_SHOWN else ""
    return f"no column {column!r}; the columns are {', '.join(there[:_COLUMNS_SHOWN])}{more}"


def _csv_block(
    path: Path, numbered: list[tuple[list[str], int]], header: Sequence[str], positions: dict[str, int]
) -> Block:
    width = len(header)
    if {len(row) for row, _ in numbered} != {width}:
        numbered = _checked(path, numbered, width)
    cells = list(zip(*(row for row, _ in numbered), strict=True)) or width * [()]
    columns = {name: [cell or None for cell in cells[at]] for name, at in positions.items()}
    return Block(path, [line for _, line in numbered], columns, header)


def _checked(path: Path, numbered: list[tuple[list[str], int]], width: int) -> list[tuple[list[str], int]]:
    """Without empty lines. Raises InputError at the first row of another width."""
    for row, line in numbered:
        if row and len(row) != width:
            raise InputError(f"{path}, line {line}", f"has {len(row)} fields where the header has {width}")
    return [(row, line) for row, line in numbered if row]


def _json_blocks(path: Path, text: io.TextIOWrapper, columns: Sequence[str]) -> Iterator[Block]:
    decode = msgspec.json.Decoder(dict[str, object]).decode
    rows, lines, seen = list[dict[str, object]](), list[int](), dict[str, None]()
    for number, line in enumerate(text, start=1):
        try:
            rows.append(decode(line))
        except msgspec.DecodeError as error:
            if not line.strip():
                continue
            problem = "NaN is no JSON; write null" if _NAN.search(line) else str(error)
            raise InputError(f"{path}, line {number}", f"is not a JSON object: {problem}") from None
        lines.append(number)
        if len(rows) == BLOCK_ROWS:
            yield _json_block(path, rows, lines, columns, seen)
            rows, lines = [], []
    yield _json_block(path, rows, lines, columns, seen)
    for column in columns:
        if column not in seen:
            raise InputError(str(path), no_column(column, list(seen)))


def _json_block(
    path: Path, rows: list[dict[str, object]], lines: list[int], columns: Sequence[str], seen: dict[str, None]
) -> Block:
    for row in rows:
        seen.update(dict.fromkeys(row))
    return Block(path, lines, {name: [row.get(name) for row in rows] for name in columns}, seen)
