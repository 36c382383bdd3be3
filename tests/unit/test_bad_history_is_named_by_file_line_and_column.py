"""What is wrong with a file that a person gave is said with its place, what it is, and what to do."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from local.cli import main

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
        (f"time,orders\n{TIME},nan\n", "orders.csv, line 2, column orders: 'nan': "),
        (f"time,orders\n{TIME},1_000\n", "orders.csv, line 2, column orders: '1_000': "),
        (f"time,orders\n{TIME},1\n01/03/2026,2\n", "line 3, column time: '01/03/2026' does not follow yyyy-MM-dd"),
        ("time,orders\n,2\n", "orders.csv, line 2, column time: is empty; every row needs its timestamp"),
        (f"time,orders\n{TIME},1,2\n", "orders.csv, line 2: has 3 fields where the header has 2"),
        (f'time,orders\n{TIME},"1\n', "orders.csv, line 2: is not CSV: unexpected end of data"),
        (b"time,orders\n\xff\xfe,1\n", "orders.csv: is not UTF-8 text"),
        (gzip.compress(b"time,orders\n", mtime=0)[:-4], "orders.csv: is not a whole gzip file"),
        (f'{{"time": "{TIME}", "orders": 1}}\nnonsense\n', "orders.csv, line 2: is not a JSON object"),
        (f'{{"time": "{TIME}", "orders": true}}\n', "orders.csv, line 1, column orders: True: "),
        (f'{{"time": "{TIME}", "orders": {"9" * 400}}}\n', "orders.csv, line 1, column orders: "),
        (f'{{"time": "{TIME}", "sales": 1}}\n', "orders.csv: no column 'orders'; the columns are time, sales"),
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
        (["--timezone", "Mars/Base"], "--timezone Mars/Base: must be an IANA name"),
        (["--timestamp-format", "dd/mm/yy"], "--timestamp-format dd/mm/yy: must be ISO8601, UNIX or a pattern"),
        (["--measure", "orders"], "--measure orders:SUM,orders: 'orders' must be column:FUNCTION"),
        (["--measure", "time:SUM"], "--measure time: is already used in TimestampColumn"),
        (["--dimension", "shop", "--dimension", "shop"], "--dimension shop,shop: names a column twice"),
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


def test_a_full_disk(tmp_path: Path) -> None:
    """In a process of its own, for its standard output is given up."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "scores.csv").symlink_to("/dev/full")
    path = tmp_path / "orders.csv"
    path.write_text("time,orders\n" + "".join(f"{86_400 + 300 * number},{number % 7}\n" for number in range(400)))
    given = [str(path), "--interval", "5m", "--timestamp-column", "time", "--timestamp-format", "UNIX"]
    command = [
        sys.executable,
        "-m",
        "local.cli",
        "backtest",
        *given,
        "--measure",
        "orders:SUM",
        "--output",
        str(path.parent / "out"),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.endswith("out: No space left on device; what was written is not whole\n")
    assert "Traceback" not in ended.stderr
