"""Quarantine, chunks, watermark, late markers, cursors: a death anywhere brings the batch again and changes nothing."""

import zlib
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.ingesting import NOON, SHARD, Ingesting, line, record
from tidegate.contracts.buffer import Cursor, Watermark
from tidegate.contracts.errors import TransientError, Unaccounted
from tidegate.contracts.record import StreamRecords
from tidegate.ingest import delivery
from tidegate.ingest.process import Ingest

OTHER = "shardId-000000000001"
MIXED = (line(), b"bad", line(NOON + 300), line(NOON + 86_400))


def started(run: Ingesting, watermark: Watermark) -> None:
    run.buffer.put_watermark(replace(watermark, version=1))


def late(run: Ingesting) -> list[tuple[int, bool]]:
    return [(marker.interval_start, marker.has_records) for marker in run.buffer.control().markers]


def test_the_order() -> None:
    run = Ingesting()
    run.put(*MIXED)
    assert run.calls == ["quarantine", "claim", "chunk", "chunk", "watermark", "mark", "mark", "cursor"]


@pytest.mark.parametrize("fatal", range(8))
def test_a_batch_that_died_anywhere_comes_again_and_changes_nothing(fatal: int) -> None:
    whole, broken = Ingesting(), Ingesting()
    whole.put(*MIXED)

    class Dying(list[str]):
        def append(self, call: str) -> None:
            if len(self) == fatal:
                raise TransientError(call)
            super().append(call)

    broken.buffer.calls = broken.quarantine.calls = Dying()
    with pytest.raises(TransientError):
        broken.put(*MIXED)
    cursor = broken.buffer.cursor(SHARD)
    assert cursor is None or cursor.is_new
    broken.buffer.calls = broken.quarantine.calls = []
    broken.put(*MIXED)
    assert contents(broken) == contents(whole)
    assert broken.quarantine.objects == whole.quarantine.objects
    assert broken.buffer.cursor(SHARD) == whole.buffer.cursor(SHARD)
    assert late(broken) == late(whole)


def contents(run: Ingesting) -> list[bytes]:
    return [stored.chunk.encode() for start in (NOON, NOON + 300) for stored in run.buffer.chunks(start, [0])]


def test_a_batch_that_comes_again_is_counted_as_duplicate() -> None:
    run = Ingesting(DimensionFilters="marketplace=us")
    datas = (*MIXED, line(marketplace='"de"'))
    first, again = run.put(*datas), run.put(*datas)
    assert (first.received, first.stored, first.quarantined, first.filtered) == (5, 2, 2, 1)
    assert (again.received, again.duplicates, again.filtered) == (5, 4, 1)
    assert (again.stored, again.quarantined, again.chunk_bytes) == (0, 0, 0)
    assert [stored.deliveries for stored in run.buffer.chunks(NOON, [0])] == [2]
    assert len(run.quarantine.objects) == 1


def test_without_a_watermark_all_intervals_are_marked() -> None:
    run = Ingesting()
    run.put(line(), line(NOON + 300), arrival=NOON + 300)
    assert late(run) == [(NOON, True), (NOON + 300, True)]


def test_only_intervals_that_flush_has_begun_are_marked() -> None:
    run = Ingesting()
    started(run, Watermark(first=NOON - 600, next=NOON, started=NOON, grid="5 minutes, UTC", closing=NOON))
    run.buffer.advance(Cursor(SHARD, 0, sequence=1, arrival=NOON))
    run.put(*(line(NOON + minutes * 60) for minutes in (-15, -5, 0, 5)), arrival=NOON + 400)
    assert late(run) == [(NOON - 900, True), (NOON - 300, True), (NOON, True)]


def test_quarantined_records_alone_do_not_begin_a_sequence() -> None:
    run = Ingesting()
    run.put(b"bad")
    assert late(run) == [(NOON, False)]


def test_each_shard_has_its_cursor_at_its_last_record() -> None:
    run = Ingesting()
    records = [record(line(), 5, NOON), record(line(), 9, NOON + 7), record(line(), 3, NOON + 1, OTHER)]
    run.process(records, NOON + 60)
    cursors = {shard: run.buffer.cursor(shard) for shard in (SHARD, OTHER)}
    assert [(one.sequence, one.arrival, one.moved) for one in cursors.values() if one] == [
        (9, NOON + 7, NOON + 60),
        (3, NOON + 1, NOON + 60),
    ]


def test_a_shard_keeps_its_partition_of_the_buffer() -> None:
    run = Ingesting(BufferShards="7")
    run.put(line())
    fewer = Ingest(replace(run.config, buffer_shards=5), run.buffer, run.quarantine)
    fewer.process([record(line(), 2)], NOON)
    bucket = zlib.crc32(SHARD.encode()) % 7
    assert bucket != zlib.crc32(SHARD.encode()) % 5
    assert [of_chunk for _, of_chunk, _ in run.buffer.put_chunks] == [bucket, bucket]


@pytest.mark.parametrize("order", [[1, 2, 3], [3, 1, 2], [1, 1, 2, 3, 3, 1]])
def test_a_batch_in_any_order_holds_each_record_once(order: Sequence[int]) -> None:
    run = Ingesting()
    report = run.process([record(line(views=str(number)), number) for number in order])
    identities = [identity.sequence for chunk in run.chunks for identity in chunk.identities]
    assert sorted(identities) == sorted(order)
    assert all(chunk.identities == tuple(sorted(set(chunk.identities))) for chunk in run.chunks)
    assert report.received == len(order)


def test_an_empty_batch_writes_nothing() -> None:
    run = Ingesting()
    assert run.process([]).received == 0
    assert run.calls == []


@pytest.mark.parametrize(
    ("happened", "arrived", "now", "latest"),
    [
        pytest.param(NOON + 3600, NOON, NOON, NOON + 3900, id="of the interval's end"),
        pytest.param(NOON, NOON + 7200, NOON, NOON + 7200, id="of the arrival"),
        pytest.param(NOON, NOON, NOON + 9000, NOON + 9000, id="of when it was read"),
    ],
)
def test_chunks_expire_a_week_after_the_retention(happened: int, arrived: int, now: int, latest: int) -> None:
    run = Ingesting(BufferRetentionHours="24")
    run.process([record(line(happened), 1, arrived)], now)
    assert [expires - latest for _, _, expires in run.buffer.put_chunks] == [(24 + 7 * 24) * 3600]


def test_a_delivery_too_large_for_an_item_is_split_and_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "MAX_PAYLOAD_BYTES", 250)
    run = Ingesting(DimensionFilters="marketplace=us")
    datas = [line(views=str(number**5)) for number in range(40)] + [b"bad"] * 9 + [line(marketplace='"de"')] * 3
    report = run.put(*datas)
    assert len(run.chunks) > 3
    assert all(len(chunk.encode()) <= 250 for chunk in run.chunks)
    assert len({chunk.key for chunk in run.chunks}) == len(run.chunks)
    assert sorted(int(row[3]) for row in run.rows) == sorted(number**5 for number in range(40))
    assert (report.stored, report.quarantined, report.filtered) == (40, 9, 3)


def test_records_that_do_not_add_up_are_refused_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful(delivery.Delivery):
        def take(self, records: StreamRecords) -> None:
            super().take(records)
            self.groups.clear()

    run = Ingesting()
    monkeypatch.setattr("tidegate.ingest.process.Delivery", Forgetful)
    with pytest.raises(Unaccounted, match="1 records taken, 0 accounted for"):
        run.put(line())
    assert run.calls == []
