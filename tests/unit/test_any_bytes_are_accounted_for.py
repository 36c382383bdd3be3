"""Whatever the bytes, ingest lives and every user record is stored, quarantined or filtered; the quick way agrees."""

import gzip
import json
from collections.abc import Sequence

from hypothesis import example, given, settings
from hypothesis import strategies as st

from local.kpl_encoder import kpl_aggregate
from tests.ingesting import NOON, SHARD, Ingesting, line, record
from tidegate.contracts.chunk import decode_chunk
from tidegate.contracts.errors import BadRecord
from tidegate.ingest.reader import Reader, reader_of
from tidegate.ingest.select import Values

JSON = Ingesting(DimensionFilters="platform=pc_web,7,true", Measures="views:SUM,revenue:SUM,person:COUNT").config
CSV = Ingesting(
    DimensionFilters="platform=pc_web,7,true",
    RecordFormat="csv",
    CsvColumns="event_time,platform,marketplace,views,revenue",
).config

numbers = st.integers() | st.floats() | st.sampled_from([2**63 - 1, 2**63, -(2**63) - 1, 10**308, 10**400])
texts = st.text(st.sampled_from("aZ0,;\"'\\\n\r\t\0 \x85\u2028\u0663\u00e9\U0001f600\ud83d\ude00"), max_size=6)
number_texts = st.text(st.sampled_from("019+-.eE_ "), max_size=6) | st.sampled_from(["nan", "Infinity", "9" * 400])
scalars = st.none() | st.booleans() | numbers | number_texts | texts | st.just("pc_web")
anything = scalars | st.lists(scalars, max_size=2) | st.dictionaries(texts, scalars, max_size=2)
moments = st.just("2026-06-01 12:00:00") | anything
objects = st.fixed_dictionaries(
    {},
    optional={
        "event_time": moments,
        "platform": anything,
        "marketplace": anything,
        "views": anything,
        "revenue": anything,
        "person": anything,
        "note": anything,
    },
)
documents = st.builds(
    lambda value, ascii: json.dumps(value, ensure_ascii=ascii).encode(errors="surrogatepass"), objects, st.booleans()
)
rows = st.lists(moments | st.sampled_from(['"', '"a\nb"', "pc_web", ""]), min_size=4, max_size=6).map(
    lambda cells: ",".join(map(str, cells)).encode(errors="surrogatepass")
)


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A good record with a few bytes changed."""
    data = bytearray(draw(documents | rows | st.just(line())))
    for _ in range(draw(st.integers(0, 3))):
        data[draw(st.integers(0, len(data) - 1)) if data else 0 : len(data)] = draw(st.binary(max_size=4))
    return bytes(data)


plain = st.binary(max_size=40) | documents | rows | spoilt()
payloads = plain | st.lists(plain, max_size=4).map(b"\n".join)
zipped = payloads | payloads.map(gzip.compress)
datas = zipped | st.lists(st.tuples(st.just("key"), zipped), max_size=3).map(kpl_aggregate)


def long_way(reader: Reader, piece: bytes) -> Values | None:
    try:
        return reader.read(piece)
    except BadRecord:
        return None


@settings(max_examples=300, deadline=None)
@given(documents | spoilt())
@example(line(person="1", note='"?"').replace(b"?", b"\xff"))
@example(line(person="1", views="1e400"))
@example(line(person="1", views="9" * 400))
def test_a_glance_at_json_sees_what_the_long_way_sees(payload: bytes) -> None:
    agree(reader_of(JSON), payload)


@settings(max_examples=300, deadline=None)
@given(rows | spoilt())
def test_a_glance_at_csv_sees_what_the_long_way_sees(payload: bytes) -> None:
    agree(reader_of(CSV), payload)


def agree(reader: Reader, payload: bytes) -> None:
    seen = reader.glance(payload)
    if seen is not None:
        (piece,) = reader.split(payload)
        assert repr(seen) == repr(reader.read(piece))


@settings(max_examples=200, deadline=None)
@given(st.lists(datas, max_size=6), st.sampled_from([JSON, CSV]))
def test_any_bytes_are_stored_quarantined_or_filtered(datas: Sequence[bytes], config: object) -> None:
    csv = {"RecordFormat": "csv", "CsvColumns": "event_time,platform,marketplace,views,revenue"}
    run = Ingesting(DimensionFilters="platform=pc_web,7,true", **(csv if config is CSV else {}))
    report = run.process([record(data, sequence) for sequence, data in enumerate(datas, start=1)])
    assert report.stored + report.quarantined + report.filtered == report.received
    assert report.received >= (0 if config is CSV else len(datas))
    stored = [identity for chunk in run.chunks for identity in chunk.identities]
    quarantined = [one.identity for one in run.quarantine.records()]
    assert len({*stored, *quarantined}) == report.stored + report.quarantined
    assert len(run.rows) == report.stored
    assert all(len(row) == len(run.config.record_columns) for row in run.rows)
    for chunk in run.chunks:
        assert decode_chunk(chunk.interval_start, SHARD, chunk.encode()) == chunk
    assert run.process([record(data, sequence) for sequence, data in enumerate(datas, start=1)]).stored == 0


def test_the_clock_of_a_bad_record_is_its_arrival() -> None:
    run = Ingesting()
    run.put(line(NOON - 3600), b"bad", line(NOON - 3600, views='"many"'), line(NOON + 86_400), arrival=NOON)
    assert {chunk.interval_start: chunk.received for chunk in run.chunks} == {NOON - 3600: 1, NOON: 3}
