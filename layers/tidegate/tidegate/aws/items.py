"""The buffer's items in DynamoDB: keys and attributes. One table, partition key `pk`, sort key `sk`, both text.

    pk                                                sk                      attributes
    chunk#<detector>#<interval start>#<bucket>        <chunk key>[-<number>]  p, n, expires, corrupt
    control#<detector>                                cursor#<shard>          bucket, sequence, arrival, moved
    control#<detector>                                late#<interval start>   version, has_records
    control#<detector>                                backfill                first, next, version
    control#<detector>                                watermark               first, next, started, grid, closing,
                                                                              version
    ledger#<detector>#<YYYY-MM-DD of the start, UTC>  <interval start>        a ledger line's fields

Starts are seconds since 1970 UTC, zero-padded to ten digits where they are sorted by. A chunk's names are short because
names are billed: p is the payload, n how many more deliveries of it there were after the first. A sequence number is
text, padded, because DynamoDB's numbers end at 38 digits. `expires` is the table's time-to-live attribute. A chunk that
does not decode has none any more; `corrupt` says why.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import inf
from typing import TYPE_CHECKING, Final

from tidegate.contracts.buffer import Backfill, Cursor, LateMarker, LedgerLine, Watermark
from tidegate.contracts.chunk import decode_chunk
from tidegate.contracts.errors import CorruptChunk
from tidegate.contracts.identity import sequence_text
from tidegate.contracts.interval import DAY_SECONDS, Interval
from tidegate.flush.stores import BrokenChunk, StoredChunk

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

type Item = Mapping[str, "AttributeValueTypeDef"]

WATERMARK: Final = "watermark"
BACKFILL: Final = "backfill"
CURSOR: Final = "cursor#"
LATE: Final = "late#"


_LEAST_KEPT: Final = 8 * DAY_SECONDS
"""Seconds that every version has kept chunks after their interval's end, whatever BufferRetentionHours was."""


def text(value: str) -> "AttributeValueTypeDef":
    """A text attribute."""
    return {"S": value}


def number(value: float) -> "AttributeValueTypeDef":
    """A number attribute; a float comes back the same."""
    return {"N": repr(value)}


def start_text(interval_start: int) -> str:
    """An interval's start in a sort key."""
    return f"{interval_start:010d}"


def chunk_partition(detector: str, interval_start: int, bucket: int) -> str:
    """The partition of one interval's chunks in one bucket."""
    return f"chunk#{detector}#{interval_start}#{bucket}"


def chunk_sort_key(chunk_key: str, count: int) -> str:
    """Chunks of one key and other content are numbered; three digits keep them in order."""
    return f"{chunk_key}-{count:03d}" if count else chunk_key


def read_chunk(interval_start: int, item: Item) -> StoredChunk | BrokenChunk:
    """A chunk as flush sees it."""
    key = item["sk"]["S"]
    shard, _, rest = key.partition("#")
    received, _, place = rest.rpartition("#")[2].partition("-")
    deliveries = 1 + int(item["n"]["N"]) if "n" in item else 1
    try:
        chunk = decode_chunk(interval_start, shard, bytes(item["p"]["B"]) if "p" in item else b"")
    except CorruptChunk as error:
        records = int(received) if received.isdecimal() else 0
        return BrokenChunk(interval_start, item["pk"]["S"], key, str(error), records * deliveries)
    return StoredChunk(chunk, deliveries, int(place or 0), float(item["expires"]["N"]) if "expires" in item else inf)


def cursor_item(cursor: Cursor) -> Item:
    """A cursor's attributes, without its key."""
    return {
        "bucket": number(cursor.bucket),
        "sequence": text(sequence_text(cursor.sequence)),
        "arrival": number(cursor.arrival),
        "moved": number(cursor.moved),
    }


def read_cursor(item: Item) -> Cursor:
    """A shard's cursor; one of an earlier version does not say when it moved."""
    shard = item["sk"]["S"].removeprefix(CURSOR)
    moved = float(item["moved"]["N"]) if "moved" in item else 0.0
    return Cursor(shard, int(item["bucket"]["N"]), int(item["sequence"]["S"]), float(item["arrival"]["N"]), moved)


def read_marker(item: Item) -> LateMarker:
    """A late marker; its records flag is there once a marked chunk held records."""
    start = int(item["sk"]["S"].removeprefix(LATE))
    return LateMarker(start, "has_records" in item, int(item["version"]["N"]))


def watermark_item(watermark: Watermark) -> Item:
    """The watermark's attributes, without its key."""
    item = {
        "first": number(watermark.first),
        "next": number(watermark.next),
        "started": number(watermark.started),
        "grid": text(watermark.grid),
        "version": number(watermark.version),
    }
    return item if watermark.closing is None else item | {"closing": number(watermark.closing)}


def read_watermark(item: Item) -> Watermark:
    """The watermark."""
    closing = int(item["closing"]["N"]) if "closing" in item else None
    first, following, version = (int(item[name]["N"]) for name in ("first", "next", "version"))
    return Watermark(first, following, float(item["started"]["N"]), item["grid"]["S"], closing, version)


def backfill_item(backfill: Backfill) -> Item:
    """A backfill's attributes, without its key."""
    return {
        "first": number(backfill.first),
        "next": number(backfill.next),
        "version": number(backfill.version),
    }


def read_backfill(item: Item) -> Backfill:
    """A backfill."""
    first, following, version = (int(item[name]["N"]) for name in ("first", "next", "version"))
    return Backfill(first, following, version)


def ledger_key(detector: str, interval: Interval) -> dict[str, "AttributeValueTypeDef"]:
    """Where an interval's ledger line lies."""
    day = datetime.fromtimestamp(interval.start, UTC).date().isoformat()
    return {"pk": text(f"ledger#{detector}#{day}"), "sk": text(start_text(interval.start))}


_COUNTS: Final = ("received", "stored", "quarantined", "filtered", "duplicates", "rows", "revision", "bytes")


def ledger_item(line: LedgerLine) -> Item:
    """A ledger line's attributes, without its key."""
    item: dict[str, AttributeValueTypeDef] = {
        "end": number(line.interval.end),
        "object": text(line.key),
        **{name: number(getattr(line, name)) for name in _COUNTS},
        "closed_at": number(line.closed_at),
        "close_delay": number(line.close_delay),
        "incomplete": {"BOOL": line.incomplete},
        "buffered_until": number(line.buffered_until),
    }
    return item | {"corrupt": number(line.corrupt)} if line.corrupt else item


def read_ledger_line(item: Item) -> LedgerLine:
    """A ledger line. One of an earlier version does not say until when it was buffered: then the least."""
    counts = {name: int(item[name]["N"]) for name in _COUNTS}
    end = int(item["end"]["N"])
    return LedgerLine(
        interval=Interval(int(item["sk"]["S"]), end),
        key=item["object"]["S"],
        closed_at=float(item["closed_at"]["N"]),
        close_delay=float(item["close_delay"]["N"]),
        incomplete=item["incomplete"]["BOOL"],
        buffered_until=float(item["buffered_until"]["N"]) if "buffered_until" in item else end + _LEAST_KEPT,
        corrupt=int(item["corrupt"]["N"]) if "corrupt" in item else 0,
        **counts,
    )
