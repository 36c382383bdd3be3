"""What is wrong with a file that a person gave is said with its place, what it is, and what to do."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from local.cli import main
from local.history.files import history_files
from local.output import output_folder

TIME = "2026-03-01 10:00:00"


def backtest(tmp_path: Path, content: str | bytes, *more: str) -> int:
    path = tmp_path / "orders.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    given = [str(path), "--interval", "5m", "--timestamp-column", "time", "--measure", "orders:SUM"]
    return main(["backtest", *given, "--output", str(tmp_path / "out"), *more])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "orders.csv: has no rows"),
        ("time,orders\n", "orders.csv: has no rows"),
        ("time,sales\n", "orders.csv, line 1: no column 'orders'; the columns are time, sales"),
        ("time,orders,orders\n", "orders.csv, line 1: column 'orders' stands there twice"),
        (f"time,orders\n{TIME},1\n{TIME},many\n", "orders.csv, line 3, column orders: 'many': "),
        (f"time,orders\n{TIME},1\ntime,orders\n", "line 3, column time: 'time' does not follow"),
        (f"time,orders\n{TIME},1\n{TIME},orders\n", "'orders': orders is a text that is no finite number; this is"),
        ("time,orders\n2026-03-01T10:00:00Z,1\n", "follow yyyy-MM-dd HH:mm:ss; --timestamp-format ISO8601 reads it"),
        ("time,orders\n1772323200000,1\n", "follow yyyy-MM-dd HH:mm:ss; --timestamp-format UNIX reads it"),
        ("time,orders\n01.03.2026 10:00,1\n", "; --timestamp-format 'dd.MM.yyyy HH:mm' reads it"),
        ("time,orders\nsoon,1\n", "; mend it, or name another format with --timestamp-format"),
        (f'time,orders\n{TIME},"101,73"\n', "is a text that is no finite number; write it like 1234.5"),
        (f"time;orders\n{TIME};1\n", "orders.csv, line 1: is CSV with semicolons; cells are read between commas"),
        ("PK\x03\x04 a workbook", "orders.csv: is a zip archive, as Excel's workbooks are: save the sheet as CSV"),
        (b"PAR1\x15\x04", "orders.csv: is Parquet: write it as CSV or JSON lines"),
        ('[{"time": 1}]\n', "orders.csv: is one JSON array; a record is one object a line"),
        (f"time,orders\n{TIME},1\n{TIME},2e14\n", "line 3, column orders: '2e14' is beyond 1e+14, the most that"),
        (f"time,orders\n{TIME},9e13\n{TIME},2e13\n", f"begins at {TIME}: SUM of column orders is beyond 1e+14, the"),
        (f"time,orders\n{TIME},nan\n", "orders.csv, line 2, column orders: 'nan': "),
        (f"time,orders\n{TIME},NA\n", "number; such a cell means no value: leave it empty (pandas: na_rep='')"),
        (f'{{"time": "{TIME}", "orders": NaN}}\n', "line 1: is not a JSON object: NaN is no JSON; write null"),
        (f"time,orders\n{TIME},1_000\n", "orders.csv, line 2, column orders: '1_000': "),
        (f"time,orders\n{TIME},1\n01/03/2026,2\n", "line 3, column time: '01/03/2026' does not follow yyyy-MM-dd"),
        ("time,orders\n,2\n", "orders.csv, line 2, column time: is empty; every row needs its timestamp"),
        (f"time,orders\n{TIME},1,2\n", "orders.csv, line 2: has 3 fields where the header has 2"),
        (f'time,orders\n{TIME},"1\n', "orders.csv, line 2: is not CSV: unexpected end of data"),
        (b"time,orders\n\xff\xfe,1\n", "orders.csv: is not UTF-8 text (invalid start byte); `iconv -f WINDOWS-1252"),
        (gzip.compress(b"time,orders\n", mtime=0)[:-4], "orders.csv: is not a whole gzip file"),
        (f'{{"time": "{TIME}", "orders": 1}}\nnonsense\n', "orders.csv, line 2: is not a JSON object"),
        (f'{{"time": "{TIME}", "orders": true}}\n', "orders.csv, line 1, column orders: True: "),
        (f'{{"time": "{TIME}", "orders": {"9" * 400}}}\n', "orders.csv, line 1, column orders: "),
        (f'{{"time": "{TIME}", "sales": 1}}\n', "orders.csv: no column 'orders'; the columns are time, sales"),
        ('{"at": 1, "orders": 1}\n', "orders.csv: no column 'time'; the columns are at, orders"),
        (f"time,orders\n{TIME},\n", "orders.csv: has no value in any measure column"),
        (f"time,orders\n{TIME},1\n", "at most 1 points a series, and the model learns from the first 300: give more"),
    ],
)  # fmt: skip
def test_a_bad_file(content: str | bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(tmp_path, content) == 2
    heard = capsys.readouterr().err
    assert said in heard
    assert heard.startswith("tidegate backtest: ")
    assert heard.count("\n") == 1
    assert not (tmp_path / "out" / "scores.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--interval", "7m"], "argument --interval: '7m' is no length that divides a day"),
        (["--interval", "soon"], "argument --interval: 'soon' is no length that divides a day"),
        (["--timestamp-column", "Order Date"], "at most 63 characters; a header's 'Order Date' is called Order_Date"),
        (["--timezone", "Mars/Base"], "--timezone Mars/Base: must be an IANA name"),
        (["--timestamp-format", "dd/mm/yy"], "--timestamp-format dd/mm/yy: must be ISO8601, UNIX or a pattern"),
        (["--measure", "orders"], "--measure orders:SUM,orders: 'orders' must be column:FUNCTION"),
        (["--measure", "time:SUM"], "--measure time: is already used in TimestampColumn"),
        (["--dimension", "shop", "--dimension", "shop"], "--dimension shop,shop: names a column twice"),
        (["--timestamp-format", "YYYY-MM-DD HH:mm:ss"], "other letters in single quotes\n"),
        (["--missing-series", "none"], "invalid choice: 'none' (choose from 'missing', 'zero')"),
        (["--threshold", "101"], "argument --threshold: '101' is no severity from 0 to 100"),
        (["--train", "1"], "argument --train: '1' is no share from 0 up to (not including) 1"),
        (["--output", "/dev/null/there"], "--output /dev/null/there: cannot be made a folder"),
    ],
)
def test_a_bad_argument(arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(tmp_path, f"time,orders\n{TIME},1\n", *arguments) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = [str(tmp_path / "none.csv"), "--interval", "5m", "--timestamp-column", "t", "--measure", "m:SUM"]
    assert main(["backtest", *given, "--output", str(tmp_path / "out")]) == 2
    assert "none.csv: cannot be read: No such file or directory" in capsys.readouterr().err


def test_a_file_of_another_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{86_400 + 3600 * hour},1\n" for hour in range(500))
    assert backtest(tmp_path, "time,orders\n" + rows, "--timestamp-format", "UNIX") == 2
    assert "has rows every 1h, not every 5m: give --interval 1h" in capsys.readouterr().err


def test_sparse_rows_are_no_other_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{86_400 + 300 * (number * number % 977 + 977 * number)},1\n" for number in range(200))
    backtest(tmp_path, "time,orders\n" + rows, "--timestamp-format", "UNIX")
    assert "give more history" in capsys.readouterr().err


def test_more_series_than_the_model_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.commands.backtest.MAX_SERIES", 2)
    rows = "".join(f"{TIME},{shop},1\n" for shop in ("it", "de", "fr"))
    assert backtest(tmp_path, "time,shop,orders\n" + rows, "--dimension", "shop") == 2
    assert "has 3 series; the limit is 2: give fewer --dimension" in capsys.readouterr().err


def test_names_of_columns_may_have_spaces_around_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(tmp_path, f"time, orders\n{TIME},1\n") == 2
    assert "give more history" in capsys.readouterr().err


def history(name: Path, intervals: int) -> Path:
    name.write_text("time,orders\n" + "".join(f"{86_400 + 300 * at},{1 + at % 7}\n" for at in range(intervals)))
    return name


def unix(*arguments: str) -> int:
    given = ["--interval", "5m", "--timestamp-column", "time", "--timestamp-format", "UNIX", "--measure", "orders:SUM"]
    return main(["backtest", *given, *arguments])


def test_a_folder_stands_for_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("b.csv", "deep/c.CSV"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        history(tmp_path / name, 100)
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(history(tmp_path / "b.csv", 100).read_bytes()))
    for name in ("notes.txt", ".hidden.csv"):
        (tmp_path / name).write_text("nothing to read")
    assert [path.name for path in history_files([tmp_path])] == ["b.csv", "c.CSV", "packed.csv.gz"]
    (tmp_path / "none").mkdir()
    assert unix(str(tmp_path / "none"), "--output", str(tmp_path / "out")) == 2
    assert "is a folder without any file that ends in .csv, .json, .jsonl, .ndjson" in capsys.readouterr().err


def test_a_file_that_is_given_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = history(tmp_path / "orders.csv", 400)
    assert unix(str(path), str(tmp_path), "--output", str(tmp_path / "out")) == 2
    assert "orders.csv: is given twice: its rows would count twice" in capsys.readouterr().err


def test_a_dash_is_standard_input(tmp_path: Path) -> None:
    path = history(tmp_path / "orders.csv", 400)
    options = "--interval 5m --timestamp-column time --timestamp-format UNIX --measure orders:SUM"
    command = [sys.executable, "-m", "local.cli", "backtest", *options.split(), "--output", str(tmp_path / "out"), "-"]
    ended = subprocess.run(command, input=path.read_text(), capture_output=True, text=True, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False)
    assert "rows                                     400" in ended.stdout


def test_a_run_that_is_stopped_leaves_what_was_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = history(tmp_path / "orders.csv", 400), tmp_path / "out"
    assert unix(str(path), "--output", str(out)) == 0
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    assert sorted(before) == [".tidegate-written", "anomalies.json", "report.html", "scores.csv"]

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("local.commands.backtest.write_report", stopped)
    assert unix(str(history(path, 500)), "--output", str(out)) == 130
    assert capsys.readouterr().err.endswith("tidegate backtest: stopped\n")
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


def test_an_input_is_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = history(tmp_path / "scores.csv", 400)
    before = path.read_bytes()
    assert unix(str(path), "--output", str(tmp_path)) == 2
    assert f"{path} would be replaced; name another folder" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_folder_is_read_without_what_a_run_wrote_there(tmp_path: Path) -> None:
    output = tmp_path / "scored"
    with output_folder(output, ("anomalies.json",)).appearing_whole() as making:
        (making / "anomalies.json").write_text("[]")
    for path in (tmp_path / "a.csv", output / "b.csv"):
        path.write_text("t,v\n")
    assert [path.name for path in history_files([tmp_path])] == ["a.csv", "b.csv"]


def test_what_was_only_learned_is_not_called_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert unix(str(history(tmp_path / "orders.csv", 336)), "--output", str(out)) == 0
    printed = capsys.readouterr().out
    assert "intervals judged                         36 of 336, after 300 learned" in printed
    assert printed.endswith("36 intervals judged: give more of it.\n")
    assert "36 of 336, after 300 learned" in (out / "report.html").read_text()
    assert unix(str(history(tmp_path / "orders.csv", 700)), "--output", str(out)) == 0
    printed = capsys.readouterr().out
    assert "400 of 700, after 300 learned" in printed
    assert "Warning" not in printed
