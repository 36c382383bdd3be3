"""What rules and planned times suppress is in the scores, in anomalies.json and on the page, marked with the reason."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from local.backtest.anomalies_file import write_anomalies
from local.backtest.incidents import Incidents
from local.backtest.scores_file import ScoresFile
from local.report import ReportData
from local.report.page import page
from local.report.words import not_alerted
from tidegate.calendar_entries import calendar
from tidegate.config import DetectorConfig
from tidegate.contracts.anomaly import AnomalyGroup, Kind, SuppressedBy, Suppression
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import IntervalValues
from tidegate.detect.scores import KINDS, IntervalScores

CONFIG = DetectorConfig.from_parameters({"Measures": "orders:SUM", "Dimensions": "shop"})
PLANNED = replace(CONFIG, calendar=calendar("Calendar", "sale:2026-01-01/2026-01-02"))
SALE, DIPS = Suppression(SuppressedBy.CALENDAR, "sale"), Suppression(SuppressedBy.DIRECTION, "dips")
SHOPS = ("de", "it", "uk")


def scores(number: int, severities: tuple[float, float, float], **suppressed: Suppression) -> IntervalScores:
    """An interval of the three shops; suppressed: by shop."""
    return IntervalScores(
        interval=Interval(86_400 + 300 * number, 86_700 + 300 * number),
        series=tuple(("orders", (shop,)) for shop in SHOPS),
        value=np.full(3, 5, np.float32),
        expected=np.full(3, 9, np.float32),
        lower=np.full(3, 8, np.float32),
        upper=np.full(3, 10, np.float32),
        severity=np.array(severities, np.float32),
        learning=np.zeros(3, np.bool_),
        kind=np.full(3, KINDS.index(Kind.DIP), np.int8),
        learned=1,
        needed=1,
        suppressed={SHOPS.index(shop): reason for shop, reason in suppressed.items()},
    )


def gathered(*intervals: IntervalScores) -> list[AnomalyGroup]:
    incidents = Incidents(CONFIG)
    for interval in intervals:
        incidents.add(interval)
    return list(incidents.groups())


def rows(config: DetectorConfig, interval: IntervalScores) -> list[str]:
    file = io.StringIO()
    values = dict(zip(interval.series, interval.value.tolist(), strict=True))
    ScoresFile(file, config).write(IntervalValues(interval.interval, values), interval)
    return file.getvalue().splitlines()


def test_without_rules_the_scores_have_the_columns_that_they_always_had() -> None:
    header, first, *_ = rows(CONFIG, scores(0, (90, 0, 0)))
    assert header == "timestamp,shop,measure,value,expected,lower,upper,severity"
    assert first == "1970-01-02 00:00:00,de,orders,5,9,8,10,90.00"


def test_with_rules_a_last_column_says_what_was_suppressed() -> None:
    header, *found = rows(PLANNED, scores(0, (90, 80, 10), de=SALE))
    assert header.endswith(",severity,suppressed")
    assert [row.rpartition(",")[2] for row in found] == ["calendar: sale", "", ""]
    assert found[0].startswith("1970-01-02 00:00:00,de,orders,5,9,8,10,90.00,")


def test_what_one_reason_suppresses_is_an_incident_of_its_own() -> None:
    groups = gathered(
        scores(0, (90, 80, 75), de=SALE, it=DIPS),
        scores(1, (95, 80, 0), de=SALE, it=DIPS),
        *(scores(number, (0, 0, 0)) for number in range(2, 6)),
        scores(6, (90, 0, 0), de=SALE),
    )
    assert [(group.suppressed, group.series[0].dimensions[0], group.severity) for group in groups] == [
        (None, "uk", 75),
        (SALE, "de", 95),
        (DIPS, "it", 80),
        (SALE, "de", 90),
    ]
    assert len({group.group_id for group in groups}) == 4


def test_an_incident_that_was_told_of_is_not_cut_by_a_planned_time() -> None:
    first, *others = gathered(scores(0, (90, 0, 0)), scores(1, (90, 80, 0), de=SALE, it=SALE), scores(2, (90, 0, 0)))
    assert (first.suppressed, first.interval.end - first.started) == (None, 900)
    assert [(group.suppressed, group.series[0].dimensions[0]) for group in others] == [(SALE, "it")]


def test_anomalies_json_says_why(tmp_path: Path) -> None:
    groups = gathered(scores(0, (90, 80, 0), de=SALE))
    write_anomalies(tmp_path / "anomalies.json", groups, CONFIG)
    document = json.loads((tmp_path / "anomalies.json").read_text())
    assert [group["suppressed"] for group in document] == [None, "calendar: sale"]


def test_the_page_shows_and_marks_them() -> None:
    groups = gathered(scores(0, (90, 80, 0), de=SALE))
    shown = page(ReportData("orders", [], ("shop",), 300, 70.0, groups, {}))
    assert "2 anomalies, 1 of them not alerted" in shown
    assert "not alerted: planned (sale)" in shown
    assert shown.count('class="anomaly suppressed"') == 1
    assert "not alerted" not in page(ReportData("orders", [], ("shop",), 300, 70.0, groups[:1], {}))


@pytest.mark.parametrize("by", SuppressedBy)
def test_every_reason_has_words(by: SuppressedBy) -> None:
    assert not_alerted(Suppression(by, "dips")).startswith("not alerted: ")
