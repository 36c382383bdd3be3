"""A chunk: the records of one delivery that lie in one interval, packed into one DynamoDB item.

The payload is a version byte, the length of the first of two zlib streams as four bytes, and the streams. The first
holds the identities of the accepted and of the rejected records: differences of sequence numbers as fixed-width
big-endian bytes, laid out byte-column by byte-column, so that a stream of irregular 56-digit numbers costs what its
gaps are worth and no more. The second holds a JSON header line and the accepted records as CSV lines of the wanted
columns. They are apart because random low bytes beside text would cost both their short codes.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tidegate.contracts.errors import CorruptChunk
from tidegate.contracts.identity import Identity, sequence_text

FORMAT: Final = b"\x01"
MAX_PAYLOAD_BYTES: Final = 350_000
"""A DynamoDB item holds 400 KB with its keys; a chunk that packs larger is split by its writer."""


@dataclass(frozen=True, slots=True)
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
        header = {"columns": self.columns, "filtered": self.filtered}
        text = json.dumps(header, separators=(",", ":"), ensure_ascii=False) + "\n" + self.rows
        identities = zlib.compress(_pack_identities(self.identities) + _pack_identities(self.rejected), 6)
        return FORMAT + len(identities).to_bytes(4, "big") + identities + zlib.compress(text.encode(), 6)


def decode_chunk(interval_start: int, shard: str, payload: bytes) -> Chunk:
    """Unpack; `CorruptChunk` when the payload is not what `encode` made or has an unknown version."""
    if payload[:1] != FORMAT:
        raise CorruptChunk(f"unknown chunk format {payload[:1].hex() or 'of an empty payload'}")
    try:
        middle = 5 + int.from_bytes(payload[1:5], "big")
        block, text = zlib.decompress(payload[5:middle]), zlib.decompress(payload[middle:]).decode()
        identities, at = _unpack_identities(block, 0)
        rejected, at = _unpack_identities(block, at)
        line, _, rows = text.partition("\n")
        header = json.loads(line)
        columns, filtered = tuple(header["columns"]), int(header["filtered"])
        chunk = Chunk(interval_start, shard, columns, identities, rows, rejected, filtered)
    except (zlib.error, ValueError, KeyError, IndexError, TypeError) as error:
        raise CorruptChunk(f"chunk does not decode: {error}") from error
    return chunk


def split_rows(rows: str, count: int) -> list[str]:
    """The CSV lines of a chunk, each with its newline; a quoted value may hold newlines of its own.

    Raises CorruptChunk when there are not `count` of them.
    """
    lines = rows.splitlines(keepends=True) if rows.isascii() else list(_lines(rows))
    if len(lines) != count:
        lines = list(_join_quoted(_lines(rows)))
    if len(lines) != count:
        raise CorruptChunk(f"chunk has {len(lines)} rows for {count} identities")
    return lines


def _lines(rows: str) -> Iterator[str]:
    """Lines ended by a newline only (str.splitlines also breaks at characters that CSV does not)."""
    start = 0
    while start < len(rows):
        end = rows.find("\n", start) + 1 or len(rows)
        yield rows[start:end]
        start = end


def _join_quoted(lines: Iterator[str]) -> Iterator[str]:
    """Join lines until quotes are balanced: a newline inside quotes does not end a record."""
    pending = ""
    for line in lines:
        pending += line
        if pending.count('"') % 2 == 0:
            yield pending
            pending = ""
    if pending:
        yield pending


def _pack_identities(identities: Sequence[Identity]) -> bytes:
    """Counts and widths as 4-byte integers, differences of sequences byte-column by byte-column, then the subs."""
    sequences = [identity.sequence for identity in identities]
    deltas = [sequence - before for before, sequence in zip([0, *sequences], sequences, strict=False)]
    first = deltas[0].to_bytes(32, "big") if deltas else b""
    width = max((delta.bit_length() + 7) // 8 for delta in deltas[1:]) if len(deltas) > 1 else 0
    block = b"".join(delta.to_bytes(width, "big") for delta in deltas[1:])
    columns = b"".join(block[place::width] for place in range(width))
    subs = [identity.sub for identity in identities] if any(identity.sub for identity in identities) else []
    head = b"".join(number.to_bytes(4, "big") for number in (len(identities), width, len(subs)))
    return head + first + columns + b"".join(sub.to_bytes(4, "big") for sub in subs)


def _unpack_identities(data: bytes, at: int) -> tuple[tuple[Identity, ...], int]:
    count, width, sub_count = (int.from_bytes(data[at + 4 * i : at + 4 * i + 4], "big") for i in range(3))
    at += 12
    if not count:
        return (), at
    sequences = [int.from_bytes(data[at : at + 32], "big")]
    at += 32
    rest = count - 1
    if at + rest * width + 4 * sub_count > len(data) or sub_count not in (0, count):
        raise ValueError("identities are cut short")
    columns = [data[at + place * rest : at + (place + 1) * rest] for place in range(width)]
    at += rest * width
    for parts in zip(*columns, strict=True) if width else [()] * rest:
        sequences.append(sequences[-1] + int.from_bytes(bytes(parts), "big"))
    subs = [int.from_bytes(data[at + 4 * i : at + 4 * i + 4], "big") for i in range(sub_count)] or [0] * count
    return tuple(map(Identity, sequences, subs)), at + 4 * sub_count
