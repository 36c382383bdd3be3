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
YOUNG = 200
"""Hours in which there is a fifth shop, `uk`: fewer than the model learns."""


def orders(file: Path) -> None:
    """Three weeks of hourly orders with a daily shape; on a Thursday at 14:00 those of `it` are five times as many."""
    last = START.timestamp() + 3600 * (HOURS - YOUNG)
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
        rows.writerows([last + 3600 * hour, "uk", 50] for hour in range(YOUNG))


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command wrote, and in said.txt what it printed."""
    folder = tmp_path_factory.mktemp("backtest")
    orders(folder / "orders.csv.gz")
    backtest(folder, "out")
    return folder / "out"


def backtest(folder: Path, name: str, *more: str, code: int = 0) -> None:
    given = [str(folder / "orders.csv.gz"), "--interval", "1h", "--timestamp-column", "hour", "--dimension", "shop"]
    given += ["--timestamp-format", "UNIX", "--measure", "orders:SUM", "--output", str(folder / name), *more]
    with redirect_stdout(io.StringIO()) as said:
        assert main(["backtest", *given]) == code
    if not code:
        (folder / name / "said.txt").write_text(said.getvalue())


def test_every_series_and_interval_has_its_row(output: Path) -> None:
    with (output / "scores.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == ["timestamp", "shop", "measure", "value", "expected", "lower", "upper", "severity"]
    assert len({(row["timestamp"], row["shop"]) for row in rows}) == len(rows) == HOURS * len(SHOPS) + YOUNG
    assert rows[0]["timestamp"] == "2026-03-02 00:00:00"
    assert all(row["expected"] == "" and row["severity"] == "0.00" for row in rows[: 24 * len(SHOPS)]), "learning"
    last = rows[-2]
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
    for part in (
        f"{HOURS * len(SHOPS) + YOUNG:,}",
        f"{HOURS}",
        str(output / "scores.csv"),
        str(output / "report.html"),
    ):
        assert part in said


def test_it_says_who_is_still_learned(output: Path) -> None:
    said = (output / "said.txt").read_text()
    assert ["series", "still", "learning", "their", "300", "points", "1"] in [
        line.split() for line in said.splitlines()
    ]
    assert "5, 1 still learning" in (output / "report.html").read_text()


def test_the_root_cause_is_named(output: Path) -> None:
    anomalies = json.loads((output / "anomalies.json").read_text())
    severest = max(anomalies, key=lambda anomaly: anomaly["severity"])
    assert severest["rootCauses"] == [{"dimensions": {"shop": "it"}, "percent": 100}]


@pytest.mark.parametrize(
    ("option", "text", "reason"),
    [
        ("--calendar", "fair:cron(0 14 * * THU)/1h,learn=no", "calendar: fair"),
        ("--measure-rules", "orders:direction=dips", "direction: dips"),
    ],
)
def test_what_people_know_better_keeps_the_spike_from_alerting(
    output: Path, option: str, text: str, reason: str
) -> None:
    backtest(output.parent, "ruled", option, text)
    ruled = output.parent / "ruled"
    found = json.loads((ruled / "anomalies.json").read_text())
    (spike,) = [group for group in found if group["start"].startswith("2026-03-19T14")]
    assert (spike["suppressed"], spike["kind"]) == (reason, "spike")
    with (ruled / "scores.csv").open(newline="") as lines:
        suppressed = {row["timestamp"]: row["suppressed"] for row in csv.DictReader(lines) if row["suppressed"]}
    assert suppressed["2026-03-19 14:00:00"] == reason
    assert "more that rules or calendar kept from alerting" in (ruled / "said.txt").read_text()
    assert "not alerted" in (ruled / "report.html").read_text()


@pytest.mark.parametrize(
    ("option", "text", "rule"),
    [
        ("--measure-rules", "orders:direction=up", "'direction=up': direction must be one of dips, spikes, both"),
        ("--measure-rules", "views:least=5", "is not a measure (orders)"),
        ("--calendar", "sale:2026-03-19", "when must be START/END or cron(FIELDS)/LENGTH"),
    ],
)
def test_a_rule_that_is_none_is_named_by_its_option(
    output: Path, option: str, text: str, rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    backtest(output.parent, "none", option, text, code=2)
    said = capsys.readouterr().err
    assert said.startswith(f"tidegate backtest: {option} ")
    assert rule in said
