"""Files as they come in life, to `tidegate detect-config` and `tidegate check`: a proposal, or one line that helps."""

import gzip
import json
import shlex
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local import cli

TIMES = [datetime(2026, 6, 1, tzinfo=UTC) + timedelta(seconds=30 * place) for place in range(200)]
CLOCK = "%Y-%m-%d %H:%M:%S"


def csv_text(mark: str = ",", header: str = "time,shop,orders", end: str = "\n") -> str:
    rows = [f"{time:{CLOCK}},{'ab'[place % 2]},{place % 9}" for place, time in enumerate(TIMES)]
    return "".join(row.replace(",", mark) + end for row in [header, *rows])


def json_text(**columns: object) -> str:
    return "".join(json.dumps({"time": time.isoformat(), **columns}) + "\n" for time in TIMES)


UNIX = "".join(
    json.dumps({"ts": int(time.timestamp() * 1000), "temp": place / 7}) + "\n" for place, time in enumerate(TIMES)
)
MIXED = "".join(
    json.dumps({"time": time.isoformat(), "v": [1, "n/a", None, True][place % 4], "k": "ab"[place % 2]}) + "\n"
    for place, time in enumerate(TIMES)
)

UNDERSTOOD: dict[str, tuple[str | bytes, str, str]] = {
    "a byte order mark, CRLF": ("\ufeff" + csv_text(end="\r\n"), "x.csv", "Measures=orders:SUM"),
    "gzip, milliseconds": (gzip.compress(UNIX.encode()), "x.jsonl.gz", "TimestampFormat=UNIX"),
    "blank lines": ("\n\n" + json_text(v=1.5).replace("\n", "\n\n"), "x.jsonl", "Measures=v:SUM"),
    "names that no parameter takes": (csv_text(header="Event Time,Shop,Orders (n)"), "x.csv", "Measures=Orders_n:SUM"),
    "a clock of twelve hours": (
        "time,v\n" + "".join(f"03/{day:02d}/2026 {hour:02d}:30 PM,{hour}\n" for day in range(1, 20) for hour in (1, 2)),
        "x.csv",
        'TimestampFormat="MM/dd/yyyy hh:mm a"',
    ),
    "no header": (csv_text().partition("\n")[2], "x.csv", "CsvColumns=column1,column2,column3"),
    "nested values": (
        json_text(v=1.5, user={"id": 1}, items=[1, 2]),
        "x.jsonl",
        "user: only top-level columns are read",
    ),
    "values of all kinds": (MIXED, "x.jsonl", "Measures=k:COUNT"),
    "one record": (json.dumps({"event_time": "2026-06-01 00:00:00", "v": 1}), "x.jsonl", "Measures=v:SUM"),
    "a line nested too deeply": (
        "[" * 100_000 + "\n" + json_text(v=1.5),
        "x.jsonl",
        "1 of the sample's records could not",
    ),
}

NAMED: dict[str, tuple[str | bytes, str]] = {
    "semicolons": (csv_text(";"), "is CSV with semicolons; cells are read between commas"),
    "tabs": (csv_text("\t"), "is CSV with tabs"),
    "Latin-1": (csv_text().replace(",a,", ",Köln,").encode("latin-1"), "is no UTF-8 text; `iconv -f WINDOWS-1252"),
    "UTF-16": (csv_text().encode("utf-16"), "is no UTF-8 text"),
    "bytes": (bytes(range(128, 256)) * 20, "is no UTF-8 text"),
    "a gzip file cut off": (gzip.compress(csv_text().encode())[:100], "is not a whole gzip file"),
    "nothing": (b"", "has no records"),
    "blanks": (b"\n \n", "has no records"),
    "a header alone": (b"time,v\n", "has no records"),
    "one JSON array": (
        json.dumps([{"time": "2026-06-01", "v": 1}] * 9, indent=1),
        "is one JSON array; a record is one object a line",
    ),
    "no time": (
        "".join(f'{{"a": {n}.5, "b": "x"}}\n' for n in range(9)),
        "has no column with a time that can be read (a, b)",
    ),
    "times without leading zeros": (
        "time,v\n" + "".join(f"3/{day}/2026 {day}:00,{day}\n" for day in range(1, 10)),
        "time is like '3/1/2026 1:00', and formats are ISO8601, UNIX or patterns",
    ),
    "numbers that are none": (
        json_text(v=float("nan")),
        "no column with numbers or ids to measure; v: always the same",
    ),
    "nothing to measure": (json_text(user={"id": 1}), "no column with numbers or ids to measure; user: only top-level"),
}


def written(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


@pytest.mark.parametrize("case", UNDERSTOOD)
def test_a_sample_is_understood(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, name, proposed = UNDERSTOOD[case]
    assert cli.main(["detect-config", written(tmp_path / name, content)]) == 0
    assert proposed in capsys.readouterr().out


@pytest.mark.parametrize("case", NAMED)
def test_what_is_wrong_is_one_line(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, problem = NAMED[case]
    assert cli.main(["detect-config", written(tmp_path / "x.dat", content)]) == 2
    told = capsys.readouterr()
    assert problem in told.err
    assert (told.err.count("\n"), told.out) == (1, "")


def test_a_terminal_is_never_told_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "x.jsonl", json_text(n=1.5, v="\x1b[31mred\x07", k="[bold]x[/bold]"))
    assert cli.main(["detect-config", path]) == 0
    assert cli.main(["check", path, "--set", "Measures=v:SUM", "--set", "TimestampColumn=time"]) == 1
    printed = capsys.readouterr().out
    assert "[bold]x[/bold]" in printed
    assert "\x1b" not in printed
    assert "\x07" not in printed


def test_check_says_where_and_what_in_each_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        '{"time": "2026-06-01 00:00:00", "v": 1}',
        '{"time": "soon", "v": 1}',
        "",
        '{"time": "2026-06-01 00:00:00", "v": true}',
    ]
    lines += ['{"time": "2026-06-01 00:00:00", "v": "many"}'] * 7 + ["no json"]
    path = written(tmp_path / "x.jsonl", "\n".join(lines))
    assert cli.main(["check", path, "--set", "Measures=v:SUM", "--set", "TimestampColumn=time"]) == 1
    rows = [" ".join(text.split()) for text in capsys.readouterr().out.splitlines()]
    assert [row for row in rows if row.startswith("not_a_number ")] == [
        "not_a_number 7 5, 6, 7, 8, 9 ... v is a text that is no finite number many",
        "not_a_number 1 4 v is true or false true",
    ]
    assert any(row.startswith("bad_timestamp 1 2 ") and row.endswith(" soon") for row in rows)
    assert any(row.startswith("not_json 1 12 is not JSON at character 0 no json") for row in rows)


def test_records_that_cannot_be_used_are_among_what_is_unsure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"2026-06-01 00:{minute:02d}:00,{'NaN' if minute == 7 else minute}\n" for minute in range(40))
    assert cli.main(["detect-config", written(tmp_path / "x.csv", f"time,v\n{rows}")]) == 0
    printed = capsys.readouterr().out
    assert (
        "  - 1 record cannot be used: v is a text that is no finite number (NaN), line 9; such a cell means" in printed
    )


def test_a_narrow_terminal_gets_fewer_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("local.commands.detect_config.line_width", lambda: 80)
    columns = {f"measure_with_a_long_name_{number}": 0.1234567890123 + number for number in range(9)}
    assert cli.main(["detect-config", written(tmp_path / "x.jsonl", json_text(**columns))]) == 0
    sample = capsys.readouterr().out.partition("\n\n")[0].splitlines()
    assert "8 more columns" in sample[0] or "7 more columns" in sample[0]
    assert all(len(line) <= 80 for line in sample[1:])


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_the_command_that_is_told_makes_commas(mark: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "x.csv", csv_text(mark))
    assert cli.main(["detect-config", path]) == 2
    command = capsys.readouterr().err.partition("convert them: ")[2].partition(" < FILE")[0]
    new = tmp_path / "new.csv"
    with Path(path).open() as old, new.open("w") as made:
        subprocess.run(shlex.split(command), stdin=old, stdout=made, check=True)
    assert cli.main(["detect-config", str(new)]) == 0


def test_check_names_who_needs_a_column_that_the_header_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "x.csv", csv_text())
    assert cli.main(["check", path, "--set", "Measures=orders:SUM"]) == 2
    assert "lacks event_time, named in TimestampColumn;" in capsys.readouterr().err


def test_amounts_with_a_unit_are_told_how_to_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "x.csv", 'time,v\n2026-03-01 10:00:00,"$1,234.50"\n')
    assert cli.main(["check", path, "--set", "Measures=v:SUM", "--set", "TimestampColumn=time"]) == 1
    assert "not_a_number: write amounts like 1234.5, without unit or comma" in capsys.readouterr().out
