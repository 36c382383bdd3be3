"""Records in CSV: one row each, its columns named by CsvColumns.

A quoted value may hold newlines. A row that equals CsvColumns is a header and no record.
"""

import csv
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Final

from tidegate.config import DetectorConfig
from tidegate.contracts.errors import BadRecord, Reason
from tidegate.ingest.decode import MAX_RECORD_BYTES
from tidegate.ingest.select import Columns, Select, Values

_QUOTE: Final = b'"'


class CsvReader:
    """`Reader` of CSV."""

    def __init__(self, config: DetectorConfig) -> None:
        self._select: Final = Select(config)
        self._header: Final = list(config.csv_columns)
        self._picked: Final = itemgetter(*(config.csv_columns.index(column) for column in config.record_columns))

    def glance(self, payload: bytes) -> Values | None:
        row = payload.rstrip(b"\r\n")
        if b"\n" in row:
            return None
        try:
            cells = self._cells(row)
            return None if cells == self._header else self._checked(cells)
        except BadRecord:
            return None

    def columns(self, payloads: Sequence[bytes]) -> Columns:
        rows = list(map(self.glance, payloads))
        good = list(filter(None, rows))
        cells = [list(map(itemgetter(place), good)) for place in range(len(self._select.columns))]
        is_all = len(good) == len(rows)
        return Columns(cells, None if is_all else [None if row is None else bool(row) for row in rows])

    def split(self, payload: bytes) -> list[bytes]:
        lines = payload.split(b"\n")
        rows = self._joined(lines) if _QUOTE in payload else lines
        return [row for row in rows if row.strip() and not self._is_header(row)]

    def read(self, piece: bytes) -> Values:
        return self._checked(self._cells(piece))

    def _checked(self, cells: list[str]) -> Values:
        return self._select([cell or None for cell in self._picked(cells)])

    def _cells(self, row: bytes) -> list[str]:
        """A row's cells, as many as CsvColumns names. Raises BadRecord: too_large, not_utf8, wrong_width."""
        if len(row) > MAX_RECORD_BYTES:
            raise BadRecord(Reason.TOO_LARGE, f"has {len(row)} bytes, more than {MAX_RECORD_BYTES}")
        try:
            text = row.rstrip(b"\r\n").decode()
            cells = next(csv.reader([text], strict=True)) if '"' in text else text.split(",")
        except UnicodeDecodeError as error:
            raise BadRecord(Reason.NOT_UTF8, f"is not UTF-8 at byte {error.start}") from None
        except csv.Error as error:
            raise BadRecord(Reason.WRONG_WIDTH, f"is no CSV row: {error}") from None
        if len(cells) != len(self._header):
            raise BadRecord(Reason.WRONG_WIDTH, f"has {len(cells)} cells, CsvColumns has {len(self._header)}")
        return cells

    def _joined(self, lines: list[bytes]) -> Iterator[bytes]:
        """The lines, those joined over which a quoted value runs.

        A line is joined with what follows only when it is no row alone and the whole is one: a stray quote costs its
        own line and no neighbour.
        """
        at = 0
        while at < len(lines):
            end = at + 1
            if has_open_quote(lines[at]) and not self._is_row(lines[at]):
                closing = self._closing(lines, at)
                end = closing if self._is_row(b"\n".join(lines[at:closing])) else end
            yield b"\n".join(lines[at:end])
            at = end

    def _closing(self, lines: list[bytes], at: int) -> int:
        """Behind the line that ends the quote begun in a line; behind that line itself when a row comes first."""
        for place in range(at + 1, len(lines)):
            if has_open_quote(lines[place]):
                return place + 1
            if self._is_row(lines[place]):
                break
        return at + 1

    def _is_row(self, piece: bytes) -> bool:
        try:
            return bool(self._cells(piece))
        except BadRecord:
            return False

    def _is_header(self, piece: bytes) -> bool:
        return self._is_row(piece) and self._cells(piece) == self._header


def has_open_quote(line: bytes) -> bool:
    """Does a quote begin or end in this line that does not end or begin in it as well?"""
    return line.count(_QUOTE) % 2 == 1
