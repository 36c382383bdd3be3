"""Whatever the bytes of a KPL frame, a timestamp, a published CSV, a chunk, a snapshot, an alert event: they are taken
for what they are, or refused with the error that says where and why. Nothing else is raised, and nothing is dropped.
"""

import gzip
import json
import math
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from hashlib import md5
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from local.kpl_encoder import MAGIC, kpl_aggregate
from tests.alert_events import document
from tests.fuzzing import EXAMPLES, spoilt, spoilt_document, trees
from tests.ingesting import NOON, Ingesting, line
from tidegate.alert.run import Surroundings, run
from tidegate.alert.stores import Claim
from tidegate.config import AlertFormat, DetectorConfig, Function, Measure
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.chunk import Chunk, decode_chunk, split_rows
from tidegate.contracts.errors import BadRecord, CorruptChunk, CorruptState, InputError, MalformedAlert, TidegateError
from tidegate.contracts.identity import Identity
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import IntervalValues, SeriesKey
from tidegate.contracts.timestamps import TimestampCodec
from tidegate.detect import snapshot
from tidegate.detect.detector import Detector
from tidegate.detect.values import read_values
from tidegate.memory.anomalies import MemoryAnomalies
from tidegate.memory.notifications import MemoryNotifications

fuzzed = settings(max_examples=EXAMPLES, deadline=None)


def outcome[Result, Refusal: TidegateError](call: Callable[[], Result], refusal: type[Refusal]) -> Result | Refusal:
    """What a call returns, or the error with which it may refuse its input."""
    try:
        return call()
    except refusal as error:
        return error


FRAME = kpl_aggregate([("a", line()), ("b", line(views="1")), ("a", b"broken")])[len(MAGIC) : -16]


@fuzzed
@given(st.binary(max_size=60) | spoilt(FRAME))
def test_a_frame_of_the_kpl_is_taken_apart_or_kept_whole(message: bytes) -> None:
    """The digest is right, so that the message is read."""
    run = Ingesting()
    data = MAGIC + message + md5(message, usedforsecurity=False).digest()
    report = run.put(data, line())
    assert report.received == report.stored + report.quarantined
    assert report.stored >= 1
    broken = [one for one in run.quarantine.records() if one.reason == "broken_kpl"]
    assert [one.data for one in broken] in ([], [data])
    assert not broken or (report.stored, report.quarantined) == (1, 1)


CODECS = [
    TimestampCodec(format, zone)
    for format in ("ISO8601", "UNIX", "yyyy-MM-dd HH:mm:ss", "dd/MM/yyyy hh:mm:ss.SSS a", "yyyyMMdd'T'HHmm")
    for zone in ("UTC", "Europe/Berlin", "Australia/Lord_Howe")
]
MOMENT = b"2026-10-25 02:30:00"


@fuzzed
@given(st.sampled_from(CODECS), trees | spoilt(MOMENT).map(lambda data: data.decode(errors="replace")), st.floats())
@example(CODECS[0], "9999-12-31T23:59:59-23:59", 0.0)
@example(CODECS[0], "0001-01-01T00:00:00+23:59", 0.0)
@example(CODECS[7], "9999-12-31 23:59:59", float("nan"))
def test_a_timestamp_is_an_instant_or_a_bad_one(codec: TimestampCodec, value: object, arrival: float) -> None:
    assume(not math.isnan(arrival) and abs(arrival) < 1e12)
    instant = outcome(lambda: codec.parse(value, arrival), BadRecord)
    if isinstance(instant, BadRecord):
        assert instant.reason == "bad_timestamp"
        return
    assert 0 <= instant < 253_402_300_800
    assert codec.parse(codec.text(instant), instant) <= instant


CONFIG = DetectorConfig(
    measures=(Measure("views", Function.SUM), Measure("price", Function.AVG)), dimensions=("market",)
)
INTERVAL = CONFIG.grid.containing(NOON)
ROWS = b"event_time,market,views,price\n2026-06-01 12:00:01,us,3,1.5\n2026-06-01 12:04:59,uk,4,\n"


@fuzzed
@given(spoilt(ROWS) | spoilt(ROWS).map(gzip.compress) | spoilt(gzip.compress(ROWS)) | st.binary(max_size=60))
def test_a_published_object_becomes_numbers_or_is_named(data: bytes) -> None:
    values = outcome(lambda: read_values(INTERVAL, [("the/key.csv", data)], CONFIG), InputError)
    if isinstance(values, InputError):
        assert "the/key.csv" in values.place or "interval that begins at" in values.place
        return
    assert all(math.isfinite(number) for number in values.values.values())


CHUNK = Chunk(
    INTERVAL.start,
    "shardId-000000000000",
    ("event_time", "market", "views"),
    tuple(Identity(4 * 10**55 + 7 * place, place % 2) for place in range(6)),
    "".join(f"2026-06-01 12:00:0{place},us,{place}\n" for place in range(6)),
    (Identity(4 * 10**55 + 1, 0),),
    2,
)


@fuzzed
@given(st.booleans().flatmap(lambda inside: _packed() if inside else spoilt(CHUNK.encode())) | st.binary(max_size=40))
def test_a_chunk_is_what_was_packed_or_corrupt(payload: bytes) -> None:
    """What is returned can be read to its end: so many rows as identities."""

    def unpacked() -> tuple[Chunk, list[str]]:
        chunk = decode_chunk(CHUNK.interval_start, CHUNK.shard, payload)
        return chunk, split_rows(chunk.rows, len(chunk.identities))

    found = outcome(unpacked, CorruptChunk)
    if isinstance(found, CorruptChunk):
        return
    chunk, rows = found
    assert len(rows) == len(tuple(chunk.identities))
    assert chunk.received == len(rows) + len(tuple(chunk.rejected)) + chunk.filtered


def _packed() -> st.SearchStrategy[bytes]:
    """Spoilt below the compression, so that it decompresses."""
    payload = CHUNK.encode()
    return spoilt(zlib.decompress(payload[1:])).map(lambda inside: payload[:1] + zlib.compress(inside))


@cache
def state() -> bytes:
    """A detector that has learned a little."""
    detector, random = Detector(CONFIG), np.random.default_rng(1)
    for number in range(20):
        interval = Interval(INTERVAL.start + 300 * number, INTERVAL.start + 300 * (number + 1))
        markets = ("us", "uk", "de")[: 1 + number // 7]
        values: dict[SeriesKey, float] = {("views", (market,)): float(random.poisson(50)) for market in markets}
        detector.observe(IntervalValues(interval, values))
    return detector.to_bytes()


@fuzzed
@given(st.booleans(), st.data())
def test_a_snapshot_is_what_was_saved_or_corrupt(is_sealed: bool, data: st.DataObject) -> None:
    """is_sealed: spoilt behind its checksum, which fits again, so that all of it is read."""
    saved = state()
    if is_sealed:
        rest = data.draw(spoilt(saved[snapshot._PREFIX.size :]))
        magic, version, _, length = snapshot._PREFIX.unpack_from(saved)
        saved = snapshot._PREFIX.pack(magic, version, zlib.crc32(rest), length) + rest
    else:
        saved = data.draw(spoilt(saved))
    detector = outcome(lambda: Detector.from_bytes(saved, CONFIG), CorruptState)
    if isinstance(detector, Detector):
        assert is_sealed or saved == state()
        assert len(detector.to_bytes()) <= len(saved)


def test_a_snapshot_whose_names_are_no_text_is_corrupt() -> None:
    magic, version, _, length = snapshot._PREFIX.unpack_from(state())
    rest = state()[snapshot._PREFIX.size :].replace(b"\xa5views", b"\xa5\x80iews")
    saved = snapshot._PREFIX.pack(magic, version, zlib.crc32(rest), length) + rest
    with pytest.raises(CorruptState, match="header does not decode"):
        Detector.from_bytes(saved, CONFIG)


def events() -> st.SearchStrategy[Any]:
    names = ("alert-lookout-2021", "alert-lookout-2022", "alert-tidegate")
    return st.sampled_from([document(name) for name in names]).flatmap(spoilt_document)


@fuzzed
@given(events() | trees, st.sampled_from(AlertFormat))
def test_an_alert_event_is_told_or_malformed(event: Any, text_format: AlertFormat) -> None:
    """One that is taken can be stored, told and read again."""
    config = DetectorConfig(measures=(Measure("views", Function.SUM),), alert_format=text_format, alert_threshold=0)
    around = Surroundings(config, MemoryAnomalies(), MemoryNotifications())
    now = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
    report = outcome(lambda: run(event, Claim("one", now, now + 60), around), MalformedAlert)
    if isinstance(report, MalformedAlert):
        assert report.place
        assert report.problem
        return
    assert not report.failures
    told = report.record.event.to_document()
    assert AlertEvent.parse(json.loads(report.record.event.to_json())).to_document() == told
    again = run(event, Claim("two", now, now + 60), around)
    assert again.notices == ()
    assert replace(again.record, version=0) == replace(report.record, version=0)
