"""From a file to scores, anomalies and a report, by the command that people type."""

import csv
import gzip
import io
import json
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from local.cli import main

START = datetime(2026, 3, 2, tzinfo=UTC)
HOURS, SPIKE = 24 * 21, 24 * 17 + 14
SHOPS = ("de", "fr", "it", "us")


def orders(file: Path) -> None:
    """Three weeks of hourly orders with a daily shape; on a Thursday at 14:00 those of `it` are five times as many."""
    random = np.random.default_rng(7)
    hours = np.arange(HOURS)
    shape = 1 + 0.5 * np.sin(2 * np.pi * hours / 24)
    with gzip.open(file, "wt", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["hour", "shop", "orders"])
        for scale, shop in zip((60, 90, 120, 200), SHOPS, strict=True):
            counts = random.poisson(scale * shape)
            if shop == "it":
                counts[SPIKE] *= 5
            rows.writerows([START.timestamp() + 3600 * int(hour), shop, counts[hour]] for hour in hours)


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command wrote, and in said.txt what it printed."""
    folder = tmp_path_factory.mktemp("backtest")
    orders(folder / "orders.csv.gz")
    given = [str(folder / "orders.csv.gz"), "--interval", "1h", "--timestamp-column", "hour", "--dimension", "shop"]
    given += ["--timestamp-format", "UNIX", "--measure", "orders:SUM", "--output", str(folder / "out")]
    with redirect_stdout(io.StringIO()) as said:
        assert main(["backtest", *given]) == 0
    (folder / "out" / "said.txt").write_text(said.getvalue())
    return folder / "out"


def test_every_series_and_interval_has_its_row(output: Path) -> None:
    with (output / "scores.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == ["timestamp", "shop", "measure", "value", "expected", "lower", "upper", "severity"]
    assert len({(row["timestamp"], row["shop"]) for row in rows}) == len(rows) == HOURS * len(SHOPS)
    assert rows[0]["timestamp"] == "2026-03-02 00:00:00"
    assert all(row["expected"] == "" and row["severity"] == "0.00" for row in rows[: 24 * len(SHOPS)]), "learning"
    last = rows[-1]
    assert float(last["lower"]) < float(last["expected"]) < float(last["upper"])


def test_the_planted_spike_is_the_severest_anomaly(output: Path) -> None:
    anomalies = json.loads((output / "anomalies.json").read_text())
    severest = max(anomalies, key=lambda anomaly: anomaly["severity"])
    assert (severest["measure"], severest["start"]) == ("orders", "2026-03-19T14:00:00+00:00")
    assert severest["kind"] == "spike"
    worst = severest["series"][0]
    assert worst["dimensions"] == {"shop": "it"}
    assert worst["value"] > worst["upper"] > worst["expected"]
    assert severest["contributions"]["shop"][0]["value"] == "it"


def test_the_report_shows_it(output: Path) -> None:
    shown = (output / "report.html").read_text()
    assert "orders rose: " in shown
    assert "Thu 19 Mar 2026, 14:00" in shown


def test_the_summary_says_what_was_done_and_where_it_lies(output: Path) -> None:
    said = (output / "said.txt").read_text()
    for part in (f"{HOURS * len(SHOPS):,}", f"{HOURS}", str(output / "scores.csv"), str(output / "report.html")):
        assert part in said
