"""A chunk: the records of one delivery that lie in one interval, packed into one DynamoDB item.

The payload is a version byte and one zlib stream: a JSON header line, the identities of the accepted and of the
rejected records, and the rows column by column (`tidegate.contracts.packing`; rows with quoted values stay as they
are). Each part ends its deflate block, so that each has short codes of its own: the random low bytes of sequence
numbers beside text would cost both theirs.
"""

import csv
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tidegate.contracts.errors import CorruptChunk
from tidegate.contracts.identity import Identity, sequence_text
from tidegate.contracts.packing import (
    join_columns,
    pack_cells,
    pack_identities,
    split_columns,
    unpack_cells,
    unpack_identities,
)

FORMAT: Final = b"\x01"
MAX_PAYLOAD_BYTES: Final = 350_000
"""A DynamoDB item holds 400 KB with its keys; a chunk that packs larger is split by its writer."""

_LEVEL: Final = 6
_WINDOW_BITS: Final = 15
_MEMORY_LEVEL: Final = 9


@dataclass(frozen=True)
class Chunk:
    """Records of one shard and one interval, from one delivery.

    interval_start: the interval's start, seconds since 1970 UTC.
    shard: the shard's id.
    columns: names of the columns in `rows`, in order.
    identities: who the rows are, strictly ascending, one a row.
    rows: CSV lines (RFC 4180 quoting, each ended by a newline), as they go into the interval's object.
    rejected: identities that went to quarantine and count for this interval, strictly ascending.
    filtered: how many records of the delivery the dimension filters kept out; filtered again when delivered again.
    """

    interval_start: int
    shard: str
    columns: tuple[str, ...]
    identities: tuple[Identity, ...]
    rows: str
    rejected: tuple[Identity, ...] = ()
    filtered: int = 0

    @property
    def received(self) -> int:
        """How many records of the delivery this chunk accounts for."""
        return len(self.identities) + len(self.rejected) + self.filtered

    @property
    def key(self) -> str:
        """Sorts by shard, then by first identity. Chunks of other content may share it: the store numbers those."""
        firsts = [ids[0] for ids in (self.identities, self.rejected) if ids]
        first = min(firsts) if firsts else Identity(0, 0)
        return f"{self.shard}#{sequence_text(first.sequence)}.{first.sub:06d}#{self.received}"

    def encode(self) -> bytes:
        """Pack; the same chunk gives the same bytes."""
        return self._payload

    @cached_property
    def _payload(self) -> bytes:
        cells = _pack_rows(self.rows, len(self.columns))
        parts = [pack_identities(self.identities), pack_identities(self.rejected), *(part for part, _ in cells)]
        header = {
            "columns": self.columns,
            "filtered": self.filtered,
            "sizes": [len(part) for part in parts],
            "widths": [width for _, width in cells],
        }
        line = json.dumps(header, separators=(",", ":"), ensure_ascii=False) + "\n"
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL, zlib.Z_FILTERED)
        packed = [FORMAT]
        for part in (line.encode(), *parts):
            packed += packer.compress(part), packer.flush(zlib.Z_BLOCK)
        return b"".join(packed) + packer.flush()


def decode_chunk(interval_start: int, shard: str, payload: bytes) -> Chunk:
    """Unpack; `CorruptChunk` when the payload is not what `encode` made, has an unknown version, or does not agree with
    itself: what is returned has a row of its columns for each identity.
    """
    if payload[:1] != FORMAT:
        raise CorruptChunk(f"unknown chunk format {payload[:1].hex() or 'of an empty payload'}")
    try:
        line, _, body = zlib.decompress(payload[1:]).partition(b"\n")
        header = json.loads(line)
        columns, filtered = tuple(header["columns"]), int(header["filtered"])
        identities, rejected, *cells = _parts(body, header["sizes"])
        accepted = unpack_identities(identities)
        rows = _unpack_rows(cells, header["widths"])
        _check_rows(rows, len(accepted), len(columns), is_split=len(cells) > 1 and len(cells) == len(columns))
        return Chunk(interval_start, shard, columns, accepted, rows, unpack_identities(rejected), filtered)
    except (zlib.error, ValueError, LookupError, TypeError, OverflowError, RecursionError, csv.Error) as error:
        raise CorruptChunk(f"chunk does not decode: {error}") from error


def _pack_rows(rows: str, columns: int) -> list[tuple[bytes, int]]:
    """The rows column by column with each one's width; whole, as one part, where they cannot be taken apart."""
    cells = split_columns(rows, columns) if columns > 1 else None
    return [(rows.encode(), 0)] if cells is None else [pack_cells(column) for column in cells]


def _unpack_rows(parts: list[bytes], widths: list[int]) -> str:
    if len(parts) == 1:
        return parts[0].decode()
    return join_columns([unpack_cells(part, width) for part, width in zip(parts, widths, strict=True)])


def _check_rows(rows: str, count: int, columns: int, *, is_split: bool) -> None:
    """Raise ValueError unless there are so many rows of so many cells. is_split: they were kept cell by cell."""
    if is_split:
        found = rows.count("\n")
    else:
        widths = [len(row) for row in csv.reader(io.StringIO(rows, newline=""))]
        found = len(widths)
        if any(width != columns for width in widths):
            raise ValueError(f"a row has other than {columns} cells")
    if found != count:
        raise ValueError(f"{found} rows for {count} identities")


def _parts(body: bytes, sizes: list[int]) -> Iterator[bytes]:
    if sum(sizes) != len(body):
        raise ValueError("parts have another length than the header says")
    at = 0
    for size in sizes:
        yield body[at : at + size]
        at += size


def split_rows(rows: str, count: int) -> list[str]:
    """The CSV lines of a chunk, each with its newline; a quoted value may hold newlines of its own.

    Raises CorruptChunk when there are not `count` of them.
    """
    lines = [line + "\n" for line in rows.split("\n")[:-1]]
    if '"' in rows:
        lines = list(_join_quoted(lines))
    if len(lines) != count:
        raise CorruptChunk(f"chunk has {len(lines)} rows for {count} identities")
    return lines


def _join_quoted(lines: Iterable[str]) -> Iterator[str]:
    """Join lines until quotes are balanced: a newline inside quotes does not end a record."""
    pending = ""
    for line in lines:
        pending += line
        if pending.count('"') % 2 == 0:
            yield pending
            pending = ""
    if pending:
        yield pending
