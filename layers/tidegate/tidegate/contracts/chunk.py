"""A chunk: the records of one delivery that lie in one interval, packed into one DynamoDB item.

The payload is a version byte and two zlib streams. What they hold: a JSON header line, the identities of the accepted
and of the rejected records (`tidegate.contracts.identities`), and the rows column by column
(`tidegate.contracts.packing`; rows with quoted values stay as they are). The first stream has the header and all texts,
in which deflate looks for repetitions; the second the planes of bytes, in which it looks for none but runs. Planes end
their deflate blocks, so that each has short codes of its own: the random low bytes of sequence numbers beside others
would cost both theirs.

Versions 1 and 2 were one stream of whole parts, without numbers in binary, version 1 without columns packed by place
too; both are still read.
"""

import csv
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tidegate.contracts.errors import CorruptChunk
from tidegate.contracts.identities import PackedIdentities, pack_identities
from tidegate.contracts.identity import Identity, sequence_text
from tidegate.contracts.packing import Packed, pack_column
from tidegate.contracts.planes import alike
from tidegate.contracts.rows import PackedRows, Table, columns_of, lines_of

FORMAT: Final = b"\x03"
_OLD_FORMATS: Final = (b"\x01", b"\x02")
MAX_PAYLOAD_BYTES: Final = 350_000
"""A DynamoDB item holds 400 KB with its keys; a chunk that packs larger is split by its writer."""

_LEVEL: Final = 4
"""Of digits, higher ones make no smaller chunks."""

_LOOKAHEAD: Final = 262
"""What deflate wants of its window beside a block that it may have to store as it is."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """Records of one shard and one interval, from one delivery.

    interval_start: the interval's start, seconds since 1970 UTC.
    shard: the shard's name (`identity.shard_name`).
    columns: names of the columns in `rows`, in order.
    identities: who the rows are, strictly ascending, one a row.
    table: the rows, as lines or by column.
    rejected: identities that went to quarantine and count for this interval, strictly ascending.
    filtered: how many records of the delivery the dimension filters kept out; filtered again when delivered again.
    """

    interval_start: int
    shard: str
    columns: tuple[str, ...]
    identities: Sequence[Identity]
    table: Table
    rejected: Sequence[Identity] = ()
    filtered: int = 0

    @property
    def rows(self) -> str:
        """The rows as CSV lines."""
        return lines_of(self.table)

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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Chunk) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)

    @property
    def _content(self) -> tuple[object, ...]:
        known = (tuple(self.identities), self.rows, tuple(self.rejected), self.filtered)
        return (self.interval_start, self.shard, self.columns, *known)

    @cached_property
    def _payload(self) -> bytes:
        columns = columns_of(self.table, len(self.columns))
        rows = [Packed(self.rows.encode())] if columns is None else list(map(pack_column, columns))
        parts = [pack_identities(self.identities), pack_identities(self.rejected), *rows]
        header = {
            "columns": self.columns,
            "filtered": self.filtered,
            "sizes": [len(part.text) for part in parts],
            "planes": [sum(map(len, part.planes)) for part in parts],
            "widths": [part.width for part in rows],
        }
        line = json.dumps(header, separators=(",", ":"), ensure_ascii=False) + "\n"
        texts = b"".join([line.encode(), *[part.text for part in parts]])
        runs = [run for part in parts for run in alike(part.planes)]
        return FORMAT + _deflated([texts], zlib.Z_DEFAULT_STRATEGY) + _deflated(runs, zlib.Z_RLE)


def _deflated(pieces: Sequence[bytes], strategy: int) -> bytes:
    """One zlib stream, a block or more for each piece.

    It gets no more memory than the longest piece needs: to clear the usual 256 KB takes as long as to pack 20 records.
    """
    window_bits = min((max(map(len, pieces), default=0) + _LOOKAHEAD).bit_length(), zlib.MAX_WBITS)
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, window_bits, min(window_bits - 6, 8), strategy)
    blocks = [block for piece in pieces if piece for block in (packer.compress(piece), packer.flush(zlib.Z_BLOCK))]
    return b"".join(blocks) + packer.flush()


def decode_chunk(interval_start: int, shard: str, payload: bytes) -> Chunk:
    """Unpack; `CorruptChunk` when the payload is not what `encode` made, has an unknown version, or does not agree with
    itself: what is returned has a row of its columns for each identity.
    """
    if payload[:1] not in (*_OLD_FORMATS, FORMAT):
        raise CorruptChunk(f"unknown chunk format {payload[:1].hex() or 'of an empty payload'}")
    try:
        texts, rest = _inflated(payload[1:])
        line, _, body = texts.partition(b"\n")
        header = json.loads(line)
        columns, filtered = tuple(header["columns"]), int(header["filtered"])
        found = list(_parts(body, header["sizes"]))
        if payload[:1] == FORMAT:
            planes, rest = _inflated(rest)
            found = [text + own for text, own in zip(found, _parts(planes, header["planes"]), strict=True)]
        if rest:
            raise ValueError("more bytes than a chunk has")
        identities, rejected, *parts = found
        accepted = PackedIdentities(identities)
        rows = _unpack_rows(parts, header["widths"], len(accepted), len(columns))
        return Chunk(interval_start, shard, columns, accepted, rows, PackedIdentities(rejected), filtered)
    except (zlib.error, ValueError, LookupError, TypeError, OverflowError, RecursionError, csv.Error) as error:
        raise CorruptChunk(f"chunk does not decode: {error}") from error


def _inflated(packed: bytes) -> tuple[bytes, bytes]:
    """What a zlib stream holds, and what comes behind it. Raises ValueError when it is cut short."""
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(packed)
    if not unpacker.eof:
        raise ValueError("a stream is cut short")
    return found, unpacker.unused_data


def _unpack_rows(parts: list[bytes], widths: list[int], count: int, columns: int) -> Table:
    """The rows, `count` of so many cells each. Raises ValueError or csv.Error when the parts hold other ones."""
    if len(parts) == columns > 1:
        return PackedRows(parts, widths, count)
    rows = b"".join(parts).decode()
    found = [len(row) for row in csv.reader(io.StringIO(rows, newline=""))]
    if any(width != columns for width in found):
        raise ValueError(f"a row has other than {columns} cells")
    if len(found) != count:
        raise ValueError(f"{len(found)} rows for {count} identities")
    return rows


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
