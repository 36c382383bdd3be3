"""The buffer in memory: the twin of `tidegate.aws.buffer`, for tests and for runs without AWS."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf

from tidegate.contracts.buffer import Backfill, Cursor, LateMarker, LedgerLine, Watermark
from tidegate.contracts.chunk import Chunk, decode_chunk
from tidegate.contracts.errors import Conflict, CorruptChunk
from tidegate.contracts.interval import Interval
from tidegate.flush.stores import BrokenChunk, Control, StoredChunk, refuse


@dataclass(slots=True)
class _Item:
    payload: bytes
    expires: float
    deliveries: int = 1


class MemoryBuffer:
    """`IngestBuffer` and `FlushBuffer` in dictionaries; chunks are kept packed, as DynamoDB keeps them."""

    def __init__(self) -> None:
        self._chunks: dict[tuple[int, int], dict[tuple[str, int], _Item]] = {}
        self._cursors: dict[str, Cursor] = {}
        self._markers: dict[int, LateMarker] = {}
        self._ledger: dict[Interval, LedgerLine] = {}
        self._watermark: Watermark | None = None
        self._backfill: Backfill | None = None
        self._marks = 0

    def cursor(self, shard: str) -> Cursor | None:
        return self._cursors.get(shard)

    def claim_bucket(self, shard: str, bucket: int) -> int:
        return self._cursors.setdefault(shard, Cursor(shard, bucket, 0, 0.0)).bucket

    def put_chunk(self, chunk: Chunk, bucket: int, expires: int) -> bool:
        items = self._chunks.setdefault((chunk.interval_start, bucket), {})
        key, payload, number = chunk.key, chunk.encode(), 0
        while (item := items.get((key, number))) is not None:
            if item.payload == payload:
                item.deliveries += 1
                return False
            number += 1
        items[key, number] = _Item(payload, expires)
        return True

    def watermark(self) -> Watermark | None:
        return self._watermark

    def mark_late(self, interval_start: int, has_records: bool) -> None:
        self._marks += 1  # one count for all: a marker that is deleted and left anew has a version never seen
        before = self._markers.get(interval_start)
        kept = has_records or (before is not None and before.has_records)
        self._markers[interval_start] = LateMarker(interval_start, kept, self._marks)

    def advance(self, cursor: Cursor) -> None:
        before = self._cursors.get(cursor.shard)
        if before is None:
            self._cursors[cursor.shard] = cursor
        elif before.sequence < cursor.sequence:
            self._cursors[cursor.shard] = replace(cursor, bucket=before.bucket)

    def control(self) -> Control:
        cursors = tuple(self._cursors[shard] for shard in sorted(self._cursors))
        markers = tuple(self._markers[start] for start in sorted(self._markers))
        return Control(self._watermark, cursors, markers, self._backfill)

    def put_watermark(self, watermark: Watermark) -> None:
        stored = self._watermark.version if self._watermark else 0
        if stored != watermark.version - 1:
            raise Conflict(f"the watermark has version {stored}, not {watermark.version - 1}")
        self._watermark = watermark

    def put_backfill(self, backfill: Backfill) -> None:
        stored = self._backfill.version if self._backfill else 0
        if stored != backfill.version - 1:
            raise Conflict(f"the backfill has version {stored}, not {backfill.version - 1}")
        self._backfill = backfill

    def delete_backfill(self, backfill: Backfill) -> None:
        if self._backfill is not None and self._backfill.version == backfill.version:
            self._backfill = None

    def chunks(
        self, interval_start: int, buckets: Sequence[int], broken: Callable[[BrokenChunk], None] = refuse
    ) -> Iterator[StoredChunk]:
        places = ((bucket, self._chunks.get((interval_start, bucket), {})) for bucket in buckets)
        parts = [[(place, bucket, item) for place, item in sorted(items.items())] for bucket, items in places]
        for (key, number), bucket, item in heapq.merge(*parts, key=lambda part: part[0]):
            try:
                chunk = decode_chunk(interval_start, key.partition("#")[0], item.payload)
            except CorruptChunk as error:
                received = int(key.rpartition("#")[2]) * item.deliveries
                broken(BrokenChunk(interval_start, str(bucket), f"{key}-{number}", str(error), received))
            else:
                yield StoredChunk(chunk, item.deliveries, number, item.expires)

    def keep_broken(self, broken: BrokenChunk) -> None:
        key, _, number = broken.key.rpartition("-")
        self._chunks[broken.interval_start, int(broken.partition)][key, int(number)].expires = inf

    def delete_marker(self, marker: LateMarker) -> None:
        stored = self._markers.get(marker.interval_start)
        if stored is not None and stored.version == marker.version:
            del self._markers[marker.interval_start]

    def ledger_line(self, interval: Interval) -> LedgerLine | None:
        return self._ledger.get(interval)

    def put_ledger_line(self, line: LedgerLine) -> None:
        before = self._ledger.get(line.interval)
        if before is None or (before.revision, before.received) <= (line.revision, line.received):
            self._ledger[line.interval] = line

    def ledger(self) -> list[LedgerLine]:
        """Every line, by interval."""
        return [self._ledger[interval] for interval in sorted(self._ledger)]

    def expire(self, now: float) -> None:
        """Delete the chunks that have expired, as DynamoDB's time to live does."""
        for bucket in self._chunks.values():
            for place in [place for place, item in bucket.items() if item.expires <= now]:
                del bucket[place]
