"""Bad records of every kind through replay: to quarantine with their bytes and reason, their neighbours to the CSV."""

import json
from base64 import b64decode
from pathlib import Path

from tests.replaying import record, replay, settings

GOOD = record(marketplace="us", event_time="2021-05-24 10:01:00", views=1)
SHOP = settings(Measures="views:SUM", Dimensions="marketplace")
BAD = {
    b"\xff\xfe{": "not_utf8",
    b'{"views": 1': "not_json",
    b"[1, 2]": "not_an_object",
    b'{"views": 1}': "no_timestamp",
    record(event_time="yesterday", views=1): "bad_timestamp",
    record(event_time="2999-01-01 00:00:00", views=1): "too_far_in_future",
    record(event_time="2021-05-24 10:01:00", visits=1): "no_measure",
    b'{"event_time": "2021-05-24 10:01:00", "views": NaN}': "not_a_number",
    b'{"event_time": "2021-05-24 10:01:00", "views": Infinity}': "not_a_number",
    record(event_time="2021-05-24 10:01:00", views="many"): "not_a_number",
    record(event_time="2021-05-24 10:01:00", views=1, marketplace=["us"]): "bad_dimension",
    record(event_time="2021-05-24 10:01:00", views=1, note="x" * 1_000_000): "too_large",
}


def test_every_kind_of_bad_record_between_good_ones(tmp_path: Path) -> None:
    lines = [line for bad in BAD for line in (GOOD, bad)] + [GOOD]
    found = replay(tmp_path, [b"", *lines, b" \t\r", b""], *SHOP)  # blank lines are no records
    assert {data: reason for reason, data in found.quarantined()} == BAD
    assert found.rows() == {"2021-05-24 1000": [["2021-05-24 10:01:00", "us", "1"]] * (len(BAD) + 1)}
    totals = found.ledger()["totals"]
    assert (totals["received"], totals["stored"], totals["quarantined"]) == (len(lines), len(BAD) + 1, len(BAD))
    assert totals["balanced"]


def test_a_record_larger_than_an_event_is_kept_as_a_failed_batch(tmp_path: Path) -> None:
    large = record(event_time="2021-05-24 10:01:00", views=1, note="x" * 10_000_000)
    found = replay(tmp_path, [GOOD, large, GOOD], *SHOP)
    (path,) = (found.folder / "quarantine" / "aws" / "lambda").rglob("2021-05-24T*")
    (kept,) = json.loads(json.loads(path.read_text())["payload"])["Records"]
    assert b64decode(kept["kinesis"]["data"]) == large
    assert len(found.rows()["2021-05-24 1000"]) == 2
    assert found.ledger()["totals"]["received"] == 2


def test_a_csv_with_rows_of_the_wrong_width(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(
        b"event_time,marketplace,views\n2021-05-24 10:01:00,us,1\n2021-05-24 10:01:00,us\n\n,uk,2\nx,,1e999\n"
    )
    found = replay(tmp_path, path, *SHOP)
    assert dict(found.reasons()) == {"wrong_width": 1, "no_timestamp": 1, "not_a_number": 1}
    assert found.rows() == {"2021-05-24 1000": [["2021-05-24 10:01:00", "us", "1"]]}


def test_a_file_of_nothing_good_is_quarantined_whole(tmp_path: Path) -> None:
    found = replay(tmp_path, list(BAD), *SHOP, code=1)
    assert found.objects() == {}
    assert len(found.quarantined()) == len(BAD)
    assert found.ledger()["totals"]["quarantined"] == len(BAD)


def test_what_the_filters_keep_out_is_counted(tmp_path: Path) -> None:
    lines = [record(marketplace=name, event_time="2021-05-24 10:01:00", views=1) for name in ("us", "uk", "us", "de")]
    found = replay(tmp_path, lines, *SHOP, *settings(DimensionFilters="marketplace=us,de"))
    totals = found.ledger()["totals"]
    assert (totals["received"], totals["stored"], totals["filtered"]) == (4, 3, 1)
    assert totals["balanced"]
