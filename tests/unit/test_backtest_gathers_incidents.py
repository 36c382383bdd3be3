"""Scores of single intervals become incidents, lines and rows; the part that was learned is scored but not listed."""

import io
from pathlib import Path

import numpy as np
import pytest

from local.backtest import run
from local.backtest.run import Judged, judge
from local.backtest.scores_file import ScoresFile
from local.history.aggregate import read_history
from tidegate.config import DetectorConfig
from tidegate.contracts.anomaly import Outcome
from tidegate.contracts.series import IntervalValues, SeriesKey
from tidegate.detect.scores import IntervalScores

CONFIG = DetectorConfig.from_parameters({"Measures": "orders:SUM", "Dimensions": "shop", "TimestampFormat": "UNIX"})
FIRST, STEP, COUNT = 86_400, 300, 40
IT, DE = ("orders", ("it",)), ("orders", ("de",))


class LoudDetector:
    """Expects half of every value; a value of 1000 and more has the severity of its thousands times ten, one of 100 and
    more is off.
    """

    def __init__(self, config: DetectorConfig) -> None:
        self.known: list[SeriesKey] = []

    def observe(self, values: IntervalValues) -> IntervalScores:
        self.known = sorted({*self.known, *values.values})
        value = np.array([values.values.get(key, np.nan) for key in self.known], np.float32)
        severity = np.where(value >= 1000, value // 1000 * 10, 0).astype(np.float32)
        return IntervalScores(
            interval=values.interval,
            series=tuple(self.known),
            value=value,
            expected=value / 2,
            lower=value / 4,
            upper=value,
            severity=severity,
            learning=np.zeros(len(value), np.bool_),
            kind=np.zeros(len(value), np.int8),
            learned=1,
            needed=1,
            off=value >= 100,
        )


def judged(values: dict[tuple[str, int], int], tmp_path: Path, train: float = 0.0) -> tuple[Judged, list[str]]:
    """`values`: (shop, number of the interval) -> what it has there instead of 10; 0: no row."""
    path = tmp_path / "orders.csv"
    rows = [
        f"{FIRST + STEP * at},{shop},{values.get((shop, at), 10)}\n"
        for at in range(COUNT)
        for shop in ("it", "de")
        if values.get((shop, at)) != 0
    ]
    path.write_text("event_time,shop,orders\n" + "".join(rows))
    scores = io.StringIO()
    history = read_history([path], CONFIG, lambda rows: None)
    found = judge(history, CONFIG, train, ScoresFile(scores, CONFIG), lambda intervals: None)
    return found, scores.getvalue().splitlines()


@pytest.fixture(autouse=True)
def loud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "Detector", LoudDetector)


def test_successive_anomalous_intervals_are_one_incident(tmp_path: Path) -> None:
    found, _ = judged({("it", 20): 8000, ("it", 21): 9500, ("de", 22): 7000}, tmp_path)
    (group,) = found.incidents.groups()
    assert (group.started, group.interval.end) == (FIRST + 20 * STEP, FIRST + 23 * STEP)
    assert group.severity == 90
    assert [(one.dimensions, one.value) for one in group.series] == [(("it",), 9500.0), (("de",), 7000.0)]
    assert dict(group.contributions["shop"]) == {"it": 58, "de": 42}


def test_an_incident_lasts_as_long_as_its_series_are_off(tmp_path: Path) -> None:
    found, _ = judged({("it", 20): 8000, ("it", 21): 500, ("it", 22): 500}, tmp_path)
    (group,) = found.incidents.groups()
    assert (group.started, group.interval.end) == (FIRST + 20 * STEP, FIRST + 23 * STEP)
    assert group.outcome is Outcome.RECOVERED


def test_incidents_apart_are_two(tmp_path: Path) -> None:
    found, _ = judged({("it", 20): 8000, ("it", 30): 8000}, tmp_path)
    assert [group.started for group in found.incidents.groups()] == [FIRST + 20 * STEP, FIRST + 30 * STEP]


def test_what_was_learned_is_scored_and_not_listed(tmp_path: Path) -> None:
    found, rows = judged({("it", 19): 8000, ("it", 30): 8000}, tmp_path, train=0.5)
    assert [group.started for group in found.incidents.groups()] == [FIRST + 30 * STEP]
    assert found.judged_from == FIRST + 20 * STEP
    assert sum(row.endswith(",80.00") for row in rows) == 2


def test_a_series_that_is_neither_there_nor_expected_has_no_row(tmp_path: Path) -> None:
    _, rows = judged({("de", 20): 0}, tmp_path)
    assert len(rows) == 1 + 2 * COUNT - 1
    assert "1970-01-02 01:40:00,it,orders,10,5,2.5,10,0.00" in rows


def test_lines_follow_a_series_whose_row_moves(tmp_path: Path) -> None:
    late = {("de", at): 0 for at in range(10)} | {("de", 15): 500}
    found, _ = judged(late, tmp_path)
    lines = found.kept.lines([IT, DE])
    assert len(lines[IT].starts) == COUNT
    assert lines[DE].starts[0] == FIRST + 10 * STEP
    assert lines[DE].value[5] == 500
    assert set(lines[IT].value) == {10.0}
