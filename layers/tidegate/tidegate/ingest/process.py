"""One invocation: a batch of stream records into the buffer, bad ones into quarantine.

The order of the writes is what keeps every record (docs/architecture.md): quarantine; the bucket of a shard that is
new; chunks; then the watermark is read, and intervals that flush has begun are marked late; the cursors come last.
Death anywhere, or a TransientError out of a store, brings the whole batch again, and everything written by then is
found to be there.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter, lt
from typing import Final

from tidegate.config import DetectorConfig
from tidegate.contracts.buffer import Cursor
from tidegate.contracts.chunk import Chunk
from tidegate.contracts.errors import Unaccounted
from tidegate.contracts.record import WHOLE, StreamRecord, StreamRecords
from tidegate.contracts.timestamps import TimestampCodec
from tidegate.ingest.delivery import Delivery
from tidegate.ingest.placing import Placing
from tidegate.ingest.reader import reader_of
from tidegate.ingest.stores import IngestBuffer, Quarantine


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What became of a batch: received = stored + quarantined + filtered + duplicates, all in user records.

    duplicates: those of chunks that lay in the buffer already. chunk_bytes: the payloads that were written.
    reasons: how many records of the batch went to quarantine for which reason, delivered again or not.
    """

    received: int = 0
    stored: int = 0
    quarantined: int = 0
    filtered: int = 0
    duplicates: int = 0
    chunks: int = 0
    chunk_bytes: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


class Ingest:
    """The stage, for one detector. Made once and used for many batches."""

    def __init__(self, config: DetectorConfig, buffer: IngestBuffer, quarantine: Quarantine) -> None:
        self._config: Final = config
        self._buffer: Final = buffer
        self._quarantine: Final = quarantine
        self._reader: Final = reader_of(config)
        self._codec: Final = TimestampCodec(config.timestamp_format, config.timezone)

    def process(self, records: Iterable[StreamRecord], now: float) -> BatchReport:
        """Store a batch at `now`, seconds since 1970 UTC.

        Raises TransientError when it must come again, Unaccounted when it does not add up.
        """
        ledger_line = cache(self._buffer.ledger_line)
        deliveries: list[Delivery] = []
        last: dict[str, StreamRecord] = {}
        before: dict[str, Cursor | None] = {}
        for shard, of_shard in _by_shard(StreamRecords.of(records)).items():
            before[shard] = self._buffer.cursor(shard)
            for run in _ascending_runs(of_shard):
                delivery = Delivery(shard, self._reader, Placing(self._config, self._codec, now, ledger_line))
                delivery.take(run)
                deliveries.append(delivery)
            # Records out of quarantine say nothing of those before them.
            if whole := _whole(of_shard):
                last[shard] = whole[whole.sequences.index(max(whole.sequences))]
        return self._write(deliveries, before, last, now)

    def _write(
        self,
        deliveries: Sequence[Delivery],
        before: Mapping[str, Cursor | None],
        last: Mapping[str, StreamRecord],
        now: float,
    ) -> BatchReport:
        packed = [pair for delivery in deliveries for pair in _packed(delivery, self._config.record_columns)]
        for delivery in deliveries:
            if delivery.rejected:
                self._quarantine.put(delivery.rejected)
        buckets = {shard: cursor.bucket if cursor else self._claimed(shard) for shard, cursor in before.items()}
        new: list[Chunk] = []
        again: list[Chunk] = []
        for chunk, expires in packed:
            is_new = self._buffer.put_chunk(chunk, buckets[chunk.shard], expires)
            (new if is_new else again).append(chunk)
        if packed:
            self._mark_late([*new, *again], {shard for shard, cursor in before.items() if not cursor or cursor.is_new})
        for shard, record in last.items():
            self._buffer.advance(Cursor(shard, buckets[shard], record.sequence, record.arrival, now))
        reasons = Counter(record.reason for delivery in deliveries for record in delivery.rejected)
        return _report(new, again, dict(reasons))

    def _claimed(self, shard: str) -> int:
        return self._buffer.claim_bucket(shard, zlib.crc32(shard.encode()) % self._config.buffer_shards)

    def _mark_late(self, chunks: Iterable[Chunk], new_shards: Set[str]) -> None:
        """Mark the chunks' intervals that flush has begun; all of a new shard's, and all when there is no watermark."""
        has_records: dict[int, bool] = defaultdict(bool)
        of_new_shards: set[int] = set()
        for chunk in chunks:
            has_records[chunk.interval_start] |= bool(chunk.identities)
            if chunk.shard in new_shards:
                of_new_shards.add(chunk.interval_start)
        watermark = self._buffer.watermark()
        if watermark is not None:
            watermark.check(self._config.grid)
        for start in sorted(has_records):
            if watermark is None or start in of_new_shards or watermark.is_late(start):
                self._buffer.mark_late(start, has_records[start])


def _by_shard(records: StreamRecords) -> dict[str, StreamRecords]:
    shards = dict.fromkeys(records.shards)
    if len(shards) == 1:
        return dict.fromkeys(shards, records)
    return {name: records.where([shard == name for shard in records.shards]) for name in shards}


def _whole(records: StreamRecords) -> StreamRecords:
    return records if set(records.subs) == {WHOLE} else records.where([sub == WHOLE for sub in records.subs])


def _ascending_runs(records: StreamRecords) -> Iterator[StreamRecords]:
    """A shard's records as deliveries in which each record comes once, in order; from Lambda that is always one."""
    if all(map(lt, records.sequences, records.sequences[1:])):
        yield records
        return
    left = sorted(records, key=attrgetter("sequence", "sub"))
    while left:
        run: list[StreamRecord] = []
        again: list[StreamRecord] = []
        last: StreamRecord | None = None
        for record in left:
            if last is not None and _overlap(last, record):
                again.append(record)
            else:
                run.append(record)
                last = record
        yield StreamRecords.of(run)
        left = again


def _overlap(before: StreamRecord, record: StreamRecord) -> bool:
    """May the two be one record, or one a part of the other?"""
    return record.sequence == before.sequence and before.sub in (WHOLE, record.sub)


def _packed(delivery: Delivery, columns: tuple[str, ...]) -> list[tuple[Chunk, int]]:
    """The delivery's chunks, each with the instant at which it expires. Raises Unaccounted."""
    packed = list(delivery.chunks(columns))
    accounted = sum(chunk.received for chunk, _ in packed)
    if accounted != delivery.taken:
        raise Unaccounted(f"{delivery.shard}: {delivery.taken} records taken, {accounted} accounted for")
    return packed


def _report(new: Sequence[Chunk], again: Sequence[Chunk], reasons: Mapping[str, int]) -> BatchReport:
    return BatchReport(
        received=sum(chunk.received for chunk in [*new, *again]),
        stored=sum(len(chunk.identities) for chunk in new),
        quarantined=sum(len(chunk.rejected) for chunk in new),
        filtered=sum(chunk.filtered for chunk in [*new, *again]),
        duplicates=sum(chunk.received - chunk.filtered for chunk in again),
        chunks=len(new),
        chunk_bytes=sum(len(chunk.encode()) for chunk in new),
        reasons=reasons,
    )
