"""Anomalies chosen by time, severity, measure and dimension; exported without anything that a spreadsheet would run."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from local.anomalies.chart import HEIGHT, chart
from local.anomalies.export import COLUMNS, csv_text, json_lines, rows, write
from local.anomalies.selection import Selection, by_time, named, short_length
from tests.alert_events import changed, document, ours
from tidegate.alert.record import AnomalyRecord, Feedback
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.errors import InputError
from tidegate.contracts.incident_facts import IncidentState

LIFE = AnomalyRecord.of(ours()).merged(ours(IncidentState.CONTINUING, 3)).merged(ours(IncidentState.ENDED, 3))
FOREIGN = AnomalyRecord.of(AlertEvent.parse(document("alert-lookout-2021")))
BEGAN = 1_780_305_300
"""2026-06-01 09:15:00 UTC."""
EVIL = [
    '=HYPERLINK("http://evil")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "  =1",
    "\uff1d1",
]


@pytest.mark.parametrize(
    ("selection", "takes"),
    [
        (Selection(), True),
        (Selection(since=BEGAN + 900), True),
        (Selection(since=BEGAN + 901), False),
        (Selection(until=BEGAN + 1), True),
        (Selection(until=BEGAN), False),
        (Selection(severity=93.46), True),
        (Selection(severity=93.47), False),
        (Selection(measures=frozenset({"revenue", "views"})), True),
        (Selection(measures=frozenset({"views"})), False),
        (Selection(dimensions=(("marketplace", "it"), ("platform", "pc_web"))), True),
        (Selection(dimensions=(("marketplace", "us"),)), False),
        (Selection(dimensions=(("market", "it"),)), False),
    ],
)
def test_everything_that_is_asked_for_must_hold(selection: Selection, takes: bool) -> None:
    assert selection.takes(LIFE) is takes


def test_an_anomaly_is_named_by_its_group_or_the_beginning_of_it() -> None:
    records = by_time([LIFE, FOREIGN])
    assert records == [FOREIGN, LIFE]
    assert named(records, "5554f647") is LIFE
    assert named(records, FOREIGN.event.group) is FOREIGN
    assert named(records, FOREIGN.event_id) is FOREIGN
    with pytest.raises(InputError, match="is no anomaly here"):
        named(records, "nobody")


def test_what_names_several_is_refused_with_what_tells_them_apart() -> None:
    other = replace(FOREIGN.event, alert_event_id=FOREIGN.event_id + "-b", group_id=FOREIGN.event.group)
    twin = replace(FOREIGN, event=other)
    with pytest.raises(InputError, match="is not one anomaly but 2"):
        named([FOREIGN, twin], FOREIGN.event.group)
    assert named([FOREIGN, twin], twin.event_id) is twin


def test_ids_are_cut_where_they_still_differ() -> None:
    twin = replace(LIFE, event=replace(LIFE.event, group_id="5554f647-8f"))
    assert short_length([]) == short_length([LIFE, FOREIGN]) == 8
    assert short_length([LIFE, twin]) == 11


def test_a_row_says_what_the_record_says() -> None:
    (row,) = rows([replace(LIFE, feedback=Feedback.NO)])
    assert list(row) == list(COLUMNS)
    assert row["started"] == "2026-06-01T09:15:00Z"
    assert row["ended"] == "2026-06-01T09:35:00Z"
    assert (row["severity"], row["value"], row["expected"]) == (93.46, 61.4, 402.5)
    assert row["dimensions"] == {"marketplace": "it", "platform": "mobile_app"}
    assert row["contributions"] == {
        "marketplace": {"it": 100},
        "platform": {"mobile_app": 51, "pc_web": 38, "mobile_web": 11},
    }
    assert json.loads(json_lines([row])) == row | {"kind": "dip", "feedback": "no"}
    (read,) = csv.DictReader(io.StringIO(csv_text([row])))
    assert json.loads(read["contributions"]) == row["contributions"]
    assert (read["severity"], read["feedback"], read["kind"]) == ("93.46", "no", "dip")


@pytest.mark.parametrize("text", EVIL)
def test_no_text_becomes_a_formula(text: str) -> None:
    event = changed(document("alert-lookout-2021"), "impactedMetric.metricName", text)
    exported = csv_text(rows([AnomalyRecord.of(AlertEvent.parse(event))]))
    (read,) = csv.DictReader(io.StringIO(exported))
    assert read["measure"] == f"'{text}"
    assert read["severity"] == "79.31"


@pytest.mark.parametrize("text", ['a"b', "a\nb", "<b>x</b>", "\U0001f600", "\u202eabc", "a,b;c"])
def test_names_of_every_sort_survive_both_forms(text: str) -> None:
    event = changed(document("alert-lookout-2021"), "impactedMetric.metricName", text)
    found = rows([AnomalyRecord.of(AlertEvent.parse(event))])
    (read,) = csv.DictReader(io.StringIO(csv_text(found), newline=""))
    assert read["measure"] == text
    (line,) = json_lines(found).split("\n")[:-1]
    assert json.loads(line)["measure"] == text


def test_files_are_written_by_their_endings(tmp_path: Path) -> None:
    found = rows([LIFE, FOREIGN])
    for name in ("a.csv", "a.jsonl"):
        assert write(found, str(tmp_path / name)) == [str(tmp_path / name)]
        assert len((tmp_path / name).read_text().splitlines()) == (3 if name == "a.csv" else 2)
    with pytest.raises(InputError, match=r"must end in .csv or .jsonl"):
        write(found, str(tmp_path / "a.xlsx"))
    with pytest.raises(InputError, match="cannot be written"):
        write(found, str(tmp_path / "none" / "a.csv"))


def test_a_chart_has_a_column_an_interval() -> None:
    lines = chart([100, None, 50, 0], [False, False, True, True])
    assert len(lines) == HEIGHT + 1
    assert lines[0] == "100 |\u2588   "
    assert lines[4] == "    |\u2588 \u2588 "
    assert lines[7] == "  0 |\u2588 \u2588\u2581"
    assert lines[8] == "       ^^"


def test_a_chart_takes_negative_values_and_none_at_all() -> None:
    assert chart([-10, 10], [False, False])[0] == " 10 | \u2588"
    assert chart([-10, 10], [False, False])[7] == "-10 |\u2581\u2588"
    assert chart([None], [True])[-1] == "   ^"
