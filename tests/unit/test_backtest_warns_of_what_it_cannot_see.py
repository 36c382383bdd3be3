"""A backtest says which silences it cannot see: in a small series an outage would pass without a word."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local import cli

START = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("comes", "given", "is_told"),
    [
        (lambda hour: hour % 24 > 5, "orders:SUM --missing-series missing", True),
        (lambda hour: hour % 24 > 5, "orders:COUNT --missing-series missing", True),
        (lambda hour: hour % 24 > 5, "orders:SUM --missing-series zero", False),
        (lambda hour: hour % 24 > 5, "orders:AVG --missing-series missing", False),
        (lambda hour: hour % 50 > 0, "orders:SUM --missing-series missing", False),
        (lambda hour: hour > 100, "orders:SUM --missing-series missing", False),
    ],
)
def test_series_that_often_have_no_row_are_told(
    comes: Callable[[int], bool], given: str, is_told: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        f"{START + timedelta(hours=hour):%Y-%m-%d %H:%M:%S},{shop},{hour % 7}\n"
        for hour in range(450)
        for shop in ("a", "b")
        if shop == "a" or comes(hour)
    ]
    path, output = tmp_path / "orders.csv", tmp_path / "out"
    path.write_text("time,shop,orders\n" + "".join(rows))
    options = f"--interval 1h --timestamp-column time --dimension shop --measure {given} --output".split()
    assert cli.main(["backtest", str(path), *options, str(output)]) == 0
    told = "1 of 2 series have no row in more than 5 % of the intervals"
    assert (told in capsys.readouterr().out) == is_told
    assert (told in (output / "report.html").read_text()) == is_told
