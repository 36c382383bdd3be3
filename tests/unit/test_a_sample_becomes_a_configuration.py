"""`tidegate detect-config` proposes what a person who knows the data would give, and says what it cannot know."""

import gzip
import json
import shlex
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from samcli.cli.types import CfnParameterOverridesType  # type: ignore[import-untyped]  # sam ships no types

from local import cli, sam_deploy
from local.parameters import Deployment, _overrides
from local.sam_deploy import deploy_command, print_deployment, proposed, samconfig
from local.sample.proposal import Proposal, propose
from local.sample.rows import rows_of
from local.sample.source import read_sample
from local.template import ROOT
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import InputError


def proposal(path: Path) -> Proposal:
    sample = read_sample(str(path))
    return propose(sample, rows_of(sample))


def shop(minutes: int) -> list[dict[str, object]]:
    """A record a minute for each of six series, at any second."""
    return [
        {
            "event_time": f"2026-06-01 {minute // 60:02d}:{minute % 60:02d}:{len(platform) * minute * 7 % 60:02d}",
            "platform": platform,
            "marketplace": marketplace,
            "views": 100 + minute,
            "revenue": 1.5 * minute,
        }
        for minute in range(minutes)
        for platform in ("app", "website")
        for marketplace in ("de", "uk", "us")
    ]


def json_lines(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_shop(tmp_path: Path) -> None:
    assert proposal(json_lines(tmp_path / "shop.jsonl", shop(60))).deployment.parameters == {
        "Measures": "views:SUM,revenue:SUM",
        "Dimensions": "platform,marketplace",
        "IntervalMinutes": "5",
    }


def test_ids_are_counted_and_milliseconds_are_unix(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"car": 1_186_848_000_000 + at, "camera": f"c{at % 3}", "event_time": 1_780_272_000_000 + 9_137 * at}
        for at in range(300)
    ]
    assert proposal(json_lines(tmp_path / "road.jsonl", rows)).deployment.parameters == {
        "Measures": "car:COUNT",
        "Dimensions": "camera",
        "IntervalMinutes": "5",
        "TimestampFormat": "UNIX",
    }


def sensors(path: Path, header: str, time: Callable[[int], str]) -> Path:
    lines = [f"{time(at)},{sensor},{20 + at % 5}.5" for at in range(40) for sensor in ("a", "b")]
    path.write_text("\n".join([*([header] if header else []), *lines]) + "\n")
    return path


def test_regular_readings_give_their_spacing_and_readings_are_averaged(tmp_path: Path) -> None:
    path = sensors(
        tmp_path / "s.csv", "time,sensor,temperature", lambda at: f"2026-06-01T{at // 4:02d}:{15 * (at % 4):02d}:00Z"
    )
    assert proposal(path).deployment.parameters == {
        "Measures": "temperature:AVG",
        "Dimensions": "sensor",
        "IntervalMinutes": "15",
        "TimestampColumn": "time",
        "TimestampFormat": "ISO8601",
        "RecordFormat": "csv",
        "CsvColumns": "time,sensor,temperature",
    }


def test_days_and_months_that_can_be_told_apart_are(tmp_path: Path) -> None:
    path = sensors(
        tmp_path / "s.csv", "time,sensor,temperature", lambda at: f"{1 + at // 24:02d}/06/2026 {at % 24:02d}:00:00"
    )
    found = proposal(path)
    assert found.deployment.parameters["TimestampFormat"] == "dd/MM/yyyy HH:mm:ss"
    assert found.deployment.parameters["IntervalMinutes"] == "60"
    assert any("the other way round, MM/dd/yyyy HH:mm:ss" in remark for remark in found.unsure)


def test_columns_without_names_are_said_to_be_unsure(tmp_path: Path) -> None:
    path = sensors(tmp_path / "s.csv", "", lambda at: f"2026-06-01 {at % 24:02d}:00")
    gzipped = tmp_path / "s.csv.gz"
    gzipped.write_bytes(gzip.compress(path.read_bytes()))
    found = proposal(gzipped)
    assert found.deployment.parameters["CsvColumns"] == "column1,column2,column3"
    assert any(remark.startswith("CsvColumns") for remark in found.unsure)


def test_what_cannot_be_a_series_is_named(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"ts": 1_780_272_000 + 60 * at, "store_id": at % 4, "order_id": f"o{at}", "text": f"t{at}", "fixed": "x",
         "tags": ["a"], "bad name": 1, "amount": at}
        for at in range(100)
    ]  # fmt: skip
    found = proposal(json_lines(tmp_path / "orders.jsonl", rows))
    assert found.deployment.parameters["Dimensions"] == "store_id"
    assert found.deployment.parameters["Measures"] == "order_id:COUNT,amount:SUM"
    named = " ".join(found.unsure)
    assert all(f"{name}:" in named for name in ("text", "fixed", "tags", "bad name", "store_id"))


def test_what_is_printed_is_what_sam_and_check_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = sensors(
        tmp_path / "My sensors.csv",
        "time,sensor id,temperature",
        lambda at: f"{1 + at // 24:02d}/06/2026 {at % 24:02d}:00:00",
    )
    path.write_text(path.read_text().replace("sensor id", "sensor_id"))
    found = proposal(path)
    words = shlex.split(deploy_command(found.deployment))
    given = CfnParameterOverridesType().convert(tuple(words[words.index("--parameter-overrides") + 1 :]), None, None)
    assert given == found.deployment.parameters
    environment = tomllib.loads(samconfig(found.deployment))["my-sensors"]["global"]["parameters"]
    assert environment["stack_name"] == "tidegate-my-sensors"
    assert _overrides(environment["parameter_overrides"]) == found.deployment.parameters
    assert (
        CfnParameterOverridesType().convert(environment["parameter_overrides"], None, None)
        == found.deployment.parameters
    )
    DetectorConfig.from_parameters(found.deployment.parameters)
    assert cli.main(["detect-config", str(path)]) == 0
    assert "80 of 80 records of the sample can be used" in capsys.readouterr().out


@pytest.mark.parametrize("text", ['country=a "b" c', 'size=27"', "shop=O'Hare", "shop=O'Hare,x y", '"all"', "a b", "x"])
def test_sam_and_check_read_a_value_as_it_was_proposed(text: str) -> None:
    found = Deployment("tidegate-mine", {"DimensionFilters": text})
    words = shlex.split(deploy_command(found))
    given = CfnParameterOverridesType().convert(tuple(words[words.index("--parameter-overrides") + 1 :]), None, None)
    overrides = tomllib.loads(samconfig(found))["mine"]["global"]["parameters"]["parameter_overrides"]
    assert given == CfnParameterOverridesType().convert(overrides, None, None) == found.parameters
    assert _overrides(overrides) == found.parameters


@pytest.mark.parametrize("name", tomllib.loads((ROOT / "samconfig.toml").read_text()))
def test_the_lines_proposed_stand_beside_what_samconfig_has(name: str) -> None:
    found = proposed(name, {"Measures": "views:SUM"})
    assert found.stack_name == f"tidegate-my-{name}"
    tomllib.loads((ROOT / "samconfig.toml").read_text() + samconfig(found))


def test_lines_that_samconfig_has_already_are_to_be_replaced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sam_deploy, "environments", lambda: {"mine": {}})
    print_deployment(proposed("mine", {"Measures": "views:SUM"}))
    assert "For samconfig.toml, in place of its [mine.*]:" in capsys.readouterr().out


def test_the_check_that_is_printed_takes_any_file_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = json_lines(tmp_path / "O'Hare (old) shop.jsonl", shop(60))
    assert cli.main(["detect-config", str(path)]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "tidegate check" in line]
    words = shlex.split(line.partition("tidegate check ")[2])
    assert words[:3] == [str(path), "--config-env", "o-hare-old-shop"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "has no records"),
        ('[{"a": 1}]', "one JSON array"),
        ('{"a": 1}\n{"a": 2}\n', "no column with a time"),
        ('{"event_time": "2026-06-01 00:00:00"}\n', "no column with numbers or ids"),
    ],
)
def test_what_is_no_sample_is_refused(
    content: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    assert cli.main(["detect-config", str(path)]) == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("source", ["nowhere.jsonl", "no/file", "s3://bucket", "a stream"])
def test_a_source_that_is_none_is_refused(source: str) -> None:
    with pytest.raises(InputError):
        read_sample(source)


@pytest.mark.parametrize(
    ("header", "measures"),
    [
        (",time,platform,orders", "orders:SUM"),
        (",time,platform,5xx", "5xx:SUM"),
        (",at,where,HTTP 2", "HTTP_2:SUM"),
    ],
)
def test_a_header_is_told_from_the_rows_below_and_an_index_is_no_measure(
    header: str, measures: str, tmp_path: Path
) -> None:
    path = tmp_path / "frame.csv"
    rows = (f"{row},2026-03-01 {row // 2:02d}:00:00,{('web', 'app')[row % 2]},{row * 7 % 11}.5" for row in range(40))
    path.write_text("\n".join([header, *rows]) + "\n")
    sample = read_sample(str(path))
    assert (len(sample.records), sample.records[0][0]) == (40, 2)
    assert proposal(path).deployment.parameters["Measures"] == measures


def test_a_first_row_of_data_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("".join(f"2026-03-01 10:{minute:02d}:00,web,{minute}\n" for minute in range(40)))
    assert read_sample(str(path)).header == ()


@pytest.mark.parametrize("header", ["time,shop,note,orders\n", '"time","shop","note, of the clerk","orders"\n', ""])
def test_a_row_of_csv_ends_where_its_quotes_do(header: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    rows = (f'2026-03-01 10:{minute:02d}:00,web,"left at\r\ndoor, {minute}",{minute}\r\n' for minute in range(40))
    path.write_bytes((header + "".join(rows)).encode())
    sample = read_sample(str(path))
    found = rows_of(sample)
    assert (len(sample.records), found.unread) == (40, 0)
    assert sample.records[1][0] == (4 if header else 3)
    assert found.rows[1][found.columns[2]] == "left at\ndoor, 1"
    assert proposal(path).deployment.parameters["Measures"] == f"{found.columns[3]}:SUM"
    stray = tmp_path / "stray.csv"
    stray.write_bytes(path.read_bytes() + b'2026-03-01 11:00:00,web,"a door,1\n' + b"2026-03-01 11:01:00,web,x,1\n")
    assert rows_of(read_sample(str(stray))).unread == 1


def test_of_a_folder_the_newest_file_with_records_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for day, rows in (("01", "2026-06-01 00:00:00,1\n"), ("02", "2026-06-02 00:00:00,2\n"), ("03", "")):
        (tmp_path / f"2026-06-{day}.csv").write_text(f"time,orders\n{rows}")
    assert cli.main(["detect-config", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert f"{tmp_path}/2026-06-02.csv, the newest by name of 3 files" in printed.replace("\n", "")
    assert f"tidegate check {tmp_path} --config-env" in printed
    for path in tmp_path.iterdir():
        path.write_text("time,orders\n")
    assert cli.main(["detect-config", str(tmp_path)]) == 2
    assert f"{tmp_path}: has no file with records" in capsys.readouterr().err
