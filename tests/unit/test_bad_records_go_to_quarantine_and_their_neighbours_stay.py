"""A record that cannot be used goes to quarantine with its bytes, identity and reason; the batch goes on."""

import gzip
from datetime import UTC, datetime

import pytest

from local.kpl_encoder import kpl_aggregate
from tests.ingesting import NOON, Ingesting, line

MEGABYTE = 1024 * 1024
BROKEN_KPL = kpl_aggregate([("key", line())])[:-1] + b"!"

BAD_JSON = {
    "nothing": (b"", "empty"),
    "blanks": (b" \r\n\t\n", "empty"),
    "no JSON at all": (b"out of order", "not_json"),
    "half an object": (line()[:-9], "not_json"),
    "two objects side by side": (line() + line(), "not_json"),
    "a byte order mark of UTF-16": ("{}".encode("utf-16"), "not_utf8"),
    "a byte that is not UTF-8": (b'{"platform":"\xff"}', "not_utf8"),
    "a byte that is not UTF-8, in a column that nobody wants": (line(note='"?"').replace(b"?", b"\xff"), "not_utf8"),
    "half of a surrogate pair": (line(platform=r'"\ud800"'), "not_utf8"),
    "half of a surrogate pair in the time": (line(event_time=r'"2026-06-01\udc0012:00:00"'), "not_utf8"),
    "brackets without end": (b"[" * 100_000, "not_json"),
    "brackets in a column that nobody wants": (line(note="[" * 100_000 + "]" * 100_000), "not_json"),
    "a list": (b"[" + line() + b"]", "not_an_object"),
    "a number": (b"12", "not_an_object"),
    "null": (b"null", "not_an_object"),
    "another object": (b'{"level":"INFO"}', "no_timestamp"),
    "no time": (line(event_time=None), "no_timestamp"),
    "null for a time": (line(event_time="null"), "no_timestamp"),
    "empty text for a time": (line(event_time='""'), "no_timestamp"),
    "a time of another format": (line(event_time='"2026-06-01T12:00:00Z"'), "bad_timestamp"),
    "a number for a time": (line(event_time="1780315200"), "bad_timestamp"),
    "a list for a time": (line(event_time="[2026,6,1]"), "bad_timestamp"),
    "true for a time": (line(event_time="true"), "bad_timestamp"),
    "a day that is none": (line(event_time='"2026-02-30 12:00:00"'), "bad_timestamp"),
    "tomorrow": (line(NOON + 86_400), "too_far_in_future"),
    "no measure": (line(views=None, revenue=None), "no_measure"),
    "null measures": (line(views="null", revenue="null"), "no_measure"),
    "NaN": (line(views="NaN"), "not_a_number"),
    "Infinity": (line(revenue="-Infinity"), "not_a_number"),
    "more than a float holds": (line(revenue="1e400"), "not_a_number"),
    "an integer beyond all floats": (line(views="9" * 400), "not_a_number"),
    "an integer that Python does not read": (line(views="9" * 5000), "not_json"),
    "text": (line(views='"many"'), "not_a_number"),
    "empty text": (line(views='""'), "not_a_number"),
    "NaN as text": (line(views='"nan"'), "not_a_number"),
    "Infinity as text": (line(views='"Infinity"'), "not_a_number"),
    "underscores": (line(views='"1_000"'), "not_a_number"),
    "a thousands separator": (line(views='"1,000"'), "not_a_number"),
    "Arabic digits": (line(views='"١٢"'), "not_a_number"),
    "true for a number": (line(views="true"), "not_a_number"),
    "a list for a number": (line(views="[12]"), "not_a_number"),
    "a list for a dimension": (line(platform='["pc_web"]'), "bad_dimension"),
    "an object for a dimension": (line(platform='{"name":"pc_web"}'), "bad_dimension"),
    "NaN for a dimension": (line(platform="NaN"), "bad_dimension"),
    "a dimension of 1025 characters": (line(platform=f'"{"x" * 1025}"'), "too_large"),
    "one megabyte": (line(note=f'"{"x" * MEGABYTE}"'), "too_large"),
    "ten megabytes": (line(note=f'"{"x" * 10 * MEGABYTE}"'), "too_large"),
    "a pretty-printed megabyte": (line(note='"x",\n"y":' * 100_000 + '"x"'), "too_large"),
    "gzip cut short": (gzip.compress(line())[:-12], "broken_gzip"),
    "gzip with a wrong checksum": (gzip.compress(line())[:-8] + b"12345678", "broken_gzip"),
    "gzip with a tail": (gzip.compress(line()) + b"tail", "broken_gzip"),
    "gzip of nothing": (gzip.compress(b""), "empty"),
    "an aggregate with a broken digest": (BROKEN_KPL, "broken_kpl"),
    "an aggregate of nothing": (kpl_aggregate([]), "empty"),
}
BAD_CSV = {
    "too few cells": (b"2026-06-01 12:00:00,pc_web,us,12", "wrong_width"),
    "too many cells": (b"2026-06-01 12:00:00,pc_web,us,12,15.6,", "wrong_width"),
    "a quote without end": (b'2026-06-01 12:00:00,"pc_web,us,12,15.6', "wrong_width"),
    "text behind a quote": (b'2026-06-01 12:00:00,"pc"web,us,12,15.6', "wrong_width"),
    "a byte that is not UTF-8": (b"2026-06-01 12:00:00,\xff,us,12,15.6", "not_utf8"),
    "no time": (b",pc_web,us,12,15.6", "no_timestamp"),
    "no measure": (b"2026-06-01 12:00:00,pc_web,us,,", "no_measure"),
    "text for a number": (b"2026-06-01 12:00:00,pc_web,us,many,15.6", "not_a_number"),
    "one megabyte": (b"2026-06-01 12:00:00," + b"x" * MEGABYTE + b",us,12,15.6", "too_large"),
}


@pytest.mark.parametrize(("data", "reason"), BAD_JSON.values(), ids=BAD_JSON)
def test_bad_json_is_quarantined_whole_between_two_good_records(data: bytes, reason: str) -> None:
    run = Ingesting()
    report = run.put(line(views="1"), data, line(views="2"))
    assert [row[3] for row in run.rows] == ["1", "2"]
    assert (report.stored, report.quarantined) == (2, 1)
    assert_quarantined(run, data, reason)


@pytest.mark.parametrize(("data", "reason"), BAD_CSV.values(), ids=BAD_CSV)
def test_bad_csv_is_quarantined_whole_between_two_good_rows(data: bytes, reason: str) -> None:
    run = Ingesting(RecordFormat="csv", CsvColumns="event_time,platform,marketplace,views,revenue")
    good = b"2026-06-01 12:00:00,pc_web,us,%d,15.6"
    run.put(good % 1, data, good % 2)
    assert [row[3] for row in run.rows] == ["1", "2"]
    assert_quarantined(run, data, reason)


def assert_quarantined(run: Ingesting, data: bytes, reason: str) -> None:
    (one,) = run.quarantine.records()
    assert (one.reason, one.identity, one.partition_key, one.data) == (reason, (2, 0), "key", data)
    assert datetime.fromtimestamp(one.arrival, UTC) == datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert len(one.detail) < 200
    assert [chunk.rejected for chunk in run.chunks] == [((2, 0),)]
