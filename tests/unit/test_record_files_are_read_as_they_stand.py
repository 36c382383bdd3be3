"""Files of records: every line its own record, bytes untouched, formats told by names and bytes."""

import gzip
from pathlib import Path

import pytest

from local.record_files import MAX_LINE_BYTES, detect_format, read_lines
from tidegate.config import DetectorConfig, Function, Measure, RecordFormat
from tidegate.contracts.errors import InputError
from tidegate.ingest.reader import reader_of

MEASURES = (Measure("value", Function.SUM),)
COLUMNS = ("event_time", "name", "value")


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def json_lines(path: Path) -> list[bytes]:
    return [line.data for line in read_lines([path], (), reader_of(DetectorConfig(MEASURES)))]


def csv_lines(path: Path, columns: tuple[str, ...] = COLUMNS) -> list[bytes]:
    config = DetectorConfig(MEASURES, record_format=RecordFormat.CSV, csv_columns=columns, dimensions=("name",))
    return [line.data for line in read_lines([path], columns, reader_of(config))]


def test_json_lines_keep_their_bytes_bad_ones_too(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbf{"a": 1}\r\n\n  {"b":2}  \nnot json\n\xff\xfe\n{"last":1}'
    expected = [b'{"a": 1}', b'  {"b":2}  ', b"not json", b"\xff\xfe", b'{"last":1}']
    assert json_lines(written(tmp_path / "x.jsonl", content)) == expected
    assert json_lines(written(tmp_path / "x.jsonl.gz", gzip.compress(content))) == expected


def test_blank_lines_are_no_records_and_keep_the_numbers_of_the_others(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", b'\n{"a": 1}\n \t \r\n\n{"b": 2}\n\n')
    lines = read_lines([path], (), reader_of(DetectorConfig(MEASURES)))
    assert [(line.number, line.data) for line in lines] == [(2, b'{"a": 1}'), (5, b'{"b": 2}')]
    rows = written(tmp_path / "x.csv", b'event_time,name,value\n\n1,a,2\n3,"b\n\nc",4\n \n')
    assert csv_lines(rows) == [b"1,a,2", b'3,"b\n\nc",4']


def test_csv_rows_keep_their_bytes_without_the_header(tmp_path: Path) -> None:
    content = b'event_time,name,value\n1,a,2\r\n3,"b\nc",4\n5,"d ""quoted""",6\nwrong,width\n'
    expected = [b"1,a,2", b'3,"b\nc",4', b'5,"d ""quoted""",6', b"wrong,width"]
    assert csv_lines(written(tmp_path / "x.csv", content)) == expected


def test_a_stray_quote_costs_its_own_row_only(tmp_path: Path) -> None:
    content = b'event_time,name,value\n1,a,2\n3,5" tube,4\n5,c,6\n7,6" tube,8\n9,e,10\n'
    lines = csv_lines(written(tmp_path / "x.csv", content))
    assert lines == [b"1,a,2", b'3,5" tube,4', b"5,c,6", b'7,6" tube,8', b"9,e,10"]


def test_a_stray_quote_does_not_hide_a_value_that_runs_over_lines(tmp_path: Path) -> None:
    content = b'event_time,name,value\n3,5" tube,4\n1,a,2\n5,"b\nc",6\n7,d,8\n'
    lines = csv_lines(written(tmp_path / "x.csv", content))
    assert lines == [b'3,5" tube,4', b"1,a,2", b'5,"b\nc",6', b"7,d,8"]


def test_a_quote_that_never_closes_keeps_the_rows_behind_it(tmp_path: Path) -> None:
    rows = [b"1,a,%d" % number for number in range(50_000)]
    lines = csv_lines(written(tmp_path / "x.csv", b'0,"open,1\n' + b"\n".join(rows)))
    assert lines == [b'0,"open,1', *rows]


def test_lines_are_numbered_for_messages(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", b'event_time,name,value\n1,"a\nb",2\n3,c,4\n')
    config = DetectorConfig(MEASURES, record_format=RecordFormat.CSV, csv_columns=COLUMNS, dimensions=("name",))
    assert [line.number for line in read_lines([path], COLUMNS, reader_of(config))] == [2, 4]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.jsonl", b"bad\n", {"RecordFormat": "json"}),
        ("x.ndjson", b"{}\n", {"RecordFormat": "json"}),
        ("x.log", b'\n {"a":1}\n', {"RecordFormat": "json"}),
        ("x.csv", b"a,b\n1,2\n", {"RecordFormat": "csv", "CsvColumns": "a,b"}),
        ("x.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0), {"RecordFormat": "csv", "CsvColumns": "a,b"}),
        ("x.txt", b'"a",b\n1,2\n', {"RecordFormat": "csv", "CsvColumns": "a,b"}),
        ("x.csv", b"\xef\xbb\xbf,a, b \n", {"RecordFormat": "csv", "CsvColumns": "column1,a,b"}),
    ],
)
def test_formats_are_told_by_name_and_bytes(
    tmp_path: Path, name: str, content: bytes, expected: dict[str, str]
) -> None:
    assert detect_format([written(tmp_path / name, content)], {}) == expected


def test_what_was_set_stays(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", b"1,2\n")
    assert detect_format([path], {"RecordFormat": "json"}) == {"RecordFormat": "json"}
    assert detect_format([path], {"CsvColumns": "a,b"}) == {"RecordFormat": "csv"}


def test_faults_of_files_are_named(tmp_path: Path) -> None:
    table = written(tmp_path / "a.csv", b"a,b\n1,2\n")
    with pytest.raises(InputError, match=r"nowhere\.csv: cannot be read: No such file"):
        detect_format([tmp_path / "nowhere.csv"], {})
    with pytest.raises(InputError, match=r"empty\.csv: has no records"):
        detect_format([written(tmp_path / "empty.csv", b" \n")], {})
    with pytest.raises(InputError, match=r"b\.jsonl: is json, but .*a\.csv is csv"):
        detect_format([table, written(tmp_path / "b.jsonl", b"{}\n")], {})
    with pytest.raises(InputError, match=r"c\.csv, line 1: has the header a,c, but .*a\.csv has a,b"):
        detect_format([table, written(tmp_path / "c.csv", b"a,c\n")], {})
    with pytest.raises(InputError, match=r"d\.csv, line 1: is no header"):
        detect_format([written(tmp_path / "d.csv", b'"a,c\n')], {})
    with pytest.raises(InputError, match="is not a whole gzip file"):
        json_lines(written(tmp_path / "e.jsonl.gz", gzip.compress(b"{}\n" * 1000)[:-9]))
    with pytest.raises(InputError, match=r"f\.jsonl, line 2: is longer than"):
        json_lines(written(tmp_path / "f.jsonl", b"{}\n" + b"x" * (MAX_LINE_BYTES + 1)))
