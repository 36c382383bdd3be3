"""Aggregates, gzip and lines: each user record and line is a record of its own, bad ones counted in their place."""

import gzip
import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.kpl_encoder import kpl_aggregate
from tests.ingesting import SHARD, Ingesting, line, record, refusal
from tidegate.ingest import decode
from tidegate.ingest.inflate import MAX_MEMBERS, gunzip
from tidegate.ingest.kpl import MAGIC, KplRecord, kpl_records

texts = st.text(st.sampled_from("aZ0 \0\n\u00e9\U0001f600"), max_size=20)


def signed(message: bytes) -> bytes:
    """An aggregate of any message, its digest right."""
    return MAGIC + message + hashlib.md5(message, usedforsecurity=False).digest()


def views(*numbers: int) -> list[bytes]:
    return [line(views=str(number)) for number in numbers]


def subs(run: Ingesting) -> list[tuple[int, int]]:
    return [(identity.sequence, identity.sub) for chunk in run.chunks for identity in chunk.identities]


def rejected(run: Ingesting) -> list[tuple[int, str, bytes]]:
    return [(one.identity.sub, one.reason, one.data) for one in run.quarantine.records()]


@given(st.lists(st.tuples(texts, st.binary(max_size=50)), max_size=20))
def test_an_aggregate_gives_back_its_user_records(records: Sequence[tuple[str, bytes]]) -> None:
    assert kpl_records(kpl_aggregate(records)) == [KplRecord(key, data) for key, data in records]


@given(st.binary(max_size=200))
def test_any_message_with_a_right_digest_is_read_or_refused(message: bytes) -> None:
    assert refusal(lambda: kpl_records(signed(message))) in (None, "broken_kpl")


@given(st.data())
def test_an_aggregate_with_any_byte_changed_is_refused(data: st.DataObject) -> None:
    whole = bytearray(kpl_aggregate([("key", line()), ("other", line())]))
    place = data.draw(st.integers(len(MAGIC), len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    assert refusal(lambda: kpl_records(bytes(whole))) == "broken_kpl"


@pytest.mark.parametrize(
    "message",
    [
        b"\x1a\x02\x08\x00",  # a record without data
        b"\x0a\x01k\x1a\x02\x1a\x00",  # a record without a key
        b"\x0a\x01k\x1a\x04\x08\x01\x1a\x00",  # the second key of one
        b"\x0a\x01k\x18\x00",  # a record that is a number
        b"\x08\x00\x1a\x04\x08\x00\x1a\x00",  # a key that is a number
        b"\x0a\x01\xff\x1a\x04\x08\x00\x1a\x00",  # a key that is not UTF-8
        b"\x0a\x7fk",  # longer than what is left
        b"\x0a" + b"\xff" * 20,  # a length that does not end
        b"\x0b",  # a group
    ],
)
def test_messages_that_are_no_aggregate_are_refused(message: bytes) -> None:
    assert refusal(lambda: kpl_records(signed(message))) == "broken_kpl"


def test_fields_that_nobody_knows_are_passed_over() -> None:
    message = (
        b"\x22\x01t"
        + b"\x29"
        + bytes(8)
        + b"\x35"
        + bytes(4)
        + b"\x0a\x01k\x12\x01h"
        + b"\x1a\x06\x08\x00\x10\x00\x1a\x00"
    )
    assert kpl_records(signed(message)) == [KplRecord("k", b"")]


def test_user_records_of_an_aggregate_keep_their_places_and_keys() -> None:
    one, two, three = views(1, 2, 3)
    inside = [("a", one), ("b", b"bad"), ("c", gzip.compress(two + b"\n" + three)), ("d", b"")]
    run = Ingesting()
    run.put(line(views="0"), kpl_aggregate(inside))
    assert [row[3] for row in run.rows] == ["0", "1", "2", "3"]
    assert subs(run) == [(1, 0), (2, 0), (2, 2), (2, 3)]
    assert rejected(run) == [(1, "not_json", b"bad"), (4, "empty", b"")]
    assert [one.partition_key for one in run.quarantine.records()] == ["b", "d"]


def test_lines_are_records_and_blank_ones_are_not() -> None:
    one, two, three = views(1, 2, 3)
    run = Ingesting()
    run.put(b"\n".join([b"", one + b"\r", b"  ", b"bad\r", two, b"", three, b""]))
    assert [row[3] for row in run.rows] == ["1", "2", "3"]
    assert subs(run) == [(1, 0), (1, 2), (1, 3)]
    assert rejected(run) == [(1, "not_json", b"bad\r")]


def test_an_object_over_several_lines_is_one_record() -> None:
    run = Ingesting()
    run.put(line(views="1").replace(b",", b",\n  "), line(views='"many"').replace(b",", b",\n  "))
    assert [row[3] for row in run.rows] == ["1"]
    assert [(sub, reason) for sub, reason, _ in rejected(run)] == [(0, "not_a_number")]


def test_gzip_of_several_members_and_padding_is_one_payload() -> None:
    one, two, three = views(1, 2, 3)
    run = Ingesting()
    run.put(gzip.compress(one + b"\n") + gzip.compress(two) + bytes(64), gzip.compress(three))
    assert [row[3] for row in run.rows] == ["1", "2", "3"]
    assert subs(run) == [(1, 0), (1, 1), (2, 0)]


def test_gzip_that_unpacks_to_too_much_is_quarantined_and_never_unpacked() -> None:
    bomb = gzip.compress(bytes(decode.MAX_INFLATED_BYTES + 1), 1)
    run = Ingesting()
    run.put(line(), bomb, line())
    assert rejected(run) == [(0, "too_large", bomb)]
    assert run.chunks[0].identities == ((1, 0), (3, 0))


def test_all_gzip_of_an_aggregate_shares_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "MAX_INFLATED_BYTES", 2 * len(line()))
    run = Ingesting()
    run.put(kpl_aggregate([(key, gzip.compress(line())) for key in "abc"]))
    assert [(sub, reason) for sub, reason, _ in rejected(run)] == [(2, "too_large")]


def test_gzip_of_countless_members_ends() -> None:
    assert refusal(lambda: gunzip(gzip.compress(b"") * (MAX_MEMBERS + 1), 1000)) == "too_large"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda data: kpl_aggregate([("key", data)])])
def test_a_record_of_countless_lines_is_quarantined_as_one(monkeypatch: pytest.MonkeyPatch, pack: type[bytes]) -> None:
    monkeypatch.setattr(decode, "MAX_USER_RECORDS", 100)
    lines = pack(b"\n".join([line()] * 100)), pack(b"\n".join([line()] * 101))
    run = Ingesting()
    run.put(*lines)
    assert len(run.rows) == 100
    assert rejected(run) == [(0, "too_large", lines[1])]


def test_what_is_inside_depends_on_the_bytes_alone() -> None:
    data = kpl_aggregate([("a", b"\n".join(views(1, 2))), ("b", b"bad")])
    first, second = Ingesting(), Ingesting()
    first.process([record(data, 7)])
    second.process([record(line(), 6), record(data, 7, arrival=first.config.grid.containing(0).start + 1)])
    (again,) = [chunk for chunk in second.chunks if chunk.rejected]
    assert again.rejected[-1] == first.chunks[0].rejected[-1] == (7, 2)
    assert first.chunks[0].shard == SHARD


class TestCsv:
    """Rows of CSV."""

    def put(self, data: bytes, **more: str) -> Ingesting:
        run = Ingesting(RecordFormat="csv", CsvColumns="marketplace,event_time,note,views,platform,revenue", **more)
        run.put(data)
        return run

    def test_columns_are_found_by_their_names(self) -> None:
        run = self.put(b"us,2026-06-01 12:00:00,new,12,pc_web,15.60\r\n")
        assert run.rows == [["2026-06-01 12:00:00", "pc_web", "us", "12", "15.6"]]

    def test_quoted_values_hold_commas_quotes_and_newlines(self) -> None:
        quoted = b'"u,s",2026-06-01 12:00:00,"a\n\nb","12","say ""hi""",1\n'
        run = self.put(quoted + b"us,2026-06-01 12:00:00,,1,pc_web,2")
        assert [row[1:4] for row in run.rows] == [['say "hi"', "u,s", "12"], ["pc_web", "us", "1"]]
        assert subs(run) == [(1, 0), (1, 1)]

    def test_a_stray_quote_costs_its_own_row_only(self) -> None:
        good = b"us,2026-06-01 12:00:00,,%d,pc_web,2"
        stray = b'us,2026-06-01 12:00:00,",9,pc_web,2'
        run = self.put(b"\n".join([good % 1, stray, good % 2, good % 3, stray, good % 4]))
        assert [row[3] for row in run.rows] == ["1", "2", "3", "4"]
        assert rejected(run) == [(1, "wrong_width", stray), (4, "wrong_width", stray)]

    def test_a_quote_inside_a_value_is_a_character(self) -> None:
        run = self.put(b'us,2026-06-01 12:00:00,5" disk,1,pc_web,2\nus,2026-06-01 12:00:00,,2,3" disk,2')
        assert [row[1] for row in run.rows] == ["pc_web", '3" disk']

    def test_a_header_row_is_no_record(self) -> None:
        header = b"marketplace,event_time,note,views,platform,revenue\r\n"
        run = self.put(header + b"us,2026-06-01 12:00:00,,1,pc_web,2")
        assert subs(run) == [(1, 0)]
        assert self.put(header).chunks == self.put(header.replace(b"note", b'"note"')).chunks == []

    def test_empty_cells_are_null(self) -> None:
        run = self.put(b"us,2026-06-01 12:00:00,,,,2")
        assert run.rows == [["2026-06-01 12:00:00", "", "us", "", "2"]]
