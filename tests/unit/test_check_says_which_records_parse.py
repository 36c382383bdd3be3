"""`tidegate check`: exit code 0 when all records can be used, 1 when some cannot, 2 when the configuration is wrong."""

from pathlib import Path

import pytest

from local import cli
from local.checking import advice
from tests.ingesting import line
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import Reason


def check(path: Path, *settings: str, environment: str = "ecommerce") -> int:
    arguments = [word for setting in settings for word in ("--set", setting)]
    return cli.main(["check", str(path), "--config-env", environment, *arguments])


def test_all_records_parse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "shop.jsonl"
    path.write_bytes(b"\n".join([line(), line(marketplace='"de"'), line(platform=None)]))
    assert check(path) == 0
    out = capsys.readouterr().out
    assert "Validation successful" in out
    assert "platform 1" in out
    assert "1 intervals" in out


def test_bad_records_are_named_by_reason_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "shop.jsonl"
    bad = [b"{", line(views='"many"'), line(event_time="5")]
    path.write_bytes(b"\n".join([line(), *bad, line(), *[b"{"] * 9]))
    assert check(path) == 1
    rows = [text.split() for text in capsys.readouterr().out.splitlines()]
    assert ["not_json", "10", "2,", "6,", "7,", "8,", "9", "..."] in [row[:8] for row in rows]
    assert ["not_a_number", "1", "3"] in [row[:3] for row in rows]
    assert ["bad_timestamp", "1", "4"] in [row[:3] for row in rows]
    assert ["cannot", "be", "used", "12"] in rows


def test_cells_that_mean_no_value_are_told_from_amounts_with_a_unit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.jsonl"
    path.write_bytes(b"\n".join([line(), line(views='"NaN"'), line(views='"3 EUR"'), line(views="NaN")]))
    assert check(path) == 1
    printed = capsys.readouterr().out
    assert "not_a_number: such a cell means no value: leave it empty (pandas: na_rep='') or write null\n" in printed
    assert "not_a_number: write amounts like 1234.5" in printed
    path.write_bytes(line(views='"null"'))
    assert check(path) == 1
    assert "write amounts" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ("marketplace=de,fr", "DimensionFilters marketplace=de,fr keeps out every record; marketplace is us\n"),
        ("marketplace=us;platform=x", "DimensionFilters platform=x keeps out every record; platform is mobile, web\n"),
        ("marketplace=us;platform=web", "marketplace=us;platform=web keeps out every record: none has all of it\n"),
    ],
)
def test_a_filter_that_keeps_everything_out_is_named(
    filters: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.jsonl"
    other = '"uk"' if filters.endswith("web") else '"us"'
    records = [line(marketplace='"us"', platform='"mobile"'), line(marketplace=other, platform='"web"')]
    path.write_bytes(b"\n".join(records))
    assert check(path, f"DimensionFilters={filters}") == 1
    printed = capsys.readouterr().out
    assert printed.startswith("Validation failed\n")
    assert said in printed


def test_filtered_records_are_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "shop.jsonl"
    path.write_bytes(b"\n".join([line(), line(marketplace='"de"')]))
    assert check(path, "DimensionFilters=marketplace=de") == 0
    assert "kept out by DimensionFilters  1" in capsys.readouterr().out


def test_a_column_that_no_record_has_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "shop.jsonl"
    path.write_bytes(line())
    assert check(path, "Dimensions=plattform") == 0
    assert "Warning: no record has a column plattform" in capsys.readouterr().out


def test_a_csv_files_header_is_its_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "shop.csv"
    path.write_text("event_time,platform,marketplace,views,revenue\n2026-06-01 12:00:00,web,us,3,4.5\n1,2\n")
    assert check(path) == 1
    out = capsys.readouterr().out
    assert "CsvColumns must name every column, in order (it has 5)" in out
    assert "The file says RecordFormat=csv: deploy with it." in out


def test_json_that_is_said_to_be_csv_is_judged_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "shop.jsonl"
    path.write_bytes(line())
    assert check(path, "RecordFormat=csv", "CsvColumns=event_time,platform,marketplace,views,revenue") == 1


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("IntervalMinutes=7", "must divide a day"),
        ("Mesures=a:SUM", "is Measures meant?"),
        ("Timezone=Mars", "IANA"),
        ("RecordFormat=CSV", "RecordFormat is 'CSV': must be one of json, csv"),
    ],
)
def test_a_wrong_configuration_is_exit_code_2(
    setting: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.jsonl"
    path.write_bytes(line())
    assert check(path, setting) == 2
    assert problem in capsys.readouterr().err


def test_a_file_that_is_not_there_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path / "none.jsonl") == 2
    assert "No such file" in capsys.readouterr().err


def test_a_folder_stands_for_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.jsonl").write_bytes(line())
    (tmp_path / "deep" / "b.jsonl").write_bytes(b"\n".join([line(), b"{"]))
    assert check(tmp_path) == 1
    printed = capsys.readouterr().out
    assert "deep/b.jsonl:2" in printed
    assert "can be used     2\n" in printed


@pytest.mark.parametrize("reason", Reason)
def test_there_is_advice_for_every_reason(reason: Reason) -> None:
    assert advice(reason, DetectorConfig.from_parameters({"Measures": "views:SUM"}))
