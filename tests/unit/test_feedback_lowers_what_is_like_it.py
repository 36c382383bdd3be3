"""What people said: deviations like a judged one score lower, others as before, and "an anomaly" takes it back."""

import json
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alert_events import ours
from tests.detector_world import HOUR, LEARNED, ORDERS, START, counts, trained
from tidegate.alert.record import AnomalyRecord, Feedback
from tidegate.config import DetectorConfig, Function, Measure
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.anomaly import Kind, SeriesScore
from tidegate.contracts.feedback import Form, Peak, Verdict, form_of, merged_peaks, peaks_of, score_of, size_of
from tidegate.contracts.incident_facts import IncidentState
from tidegate.contracts.interval import Interval
from tidegate.contracts.names import DetectorNames
from tidegate.contracts.series import IntervalValues
from tidegate.detect.detector import Detector
from tidegate.detect.events import alert_event
from tidegate.detect.feedback import MAX_TOLERANCES, Tolerance, lowered, tolerances
from tidegate.detect.groups import Grouping
from tidegate.detect.scores import KINDS, IntervalScores, Standing
from tidegate.detect.severity import severity

ALARM = 70.0
SHOPS = ("de", "it", "uk")
PEAK = Peak((("shop", "it"),), Form.BELOW, 4.0, 2.0)
"""Four half bands below, severity 85."""


def verdict(peak: Peak = PEAK, *, is_anomaly: bool = False, given: int = 0, event: str = "event") -> Verdict:
    return Verdict(event, "orders", peak, is_anomaly, given)


def scores(size: float, height: float, kind: Kind = Kind.DIP, start: int = 0) -> IntervalScores:
    """All shops so many half bands from their expected 1000 (negative: below), at one severity."""
    return IntervalScores(
        interval=Interval(start, start + 300),
        series=tuple(("orders", (shop,)) for shop in SHOPS),
        value=np.full(3, 1000 + 100 * size, np.float32),
        expected=np.full(3, 1000, np.float32),
        lower=np.full(3, 900, np.float32),
        upper=np.full(3, 1100, np.float32),
        severity=np.full(3, height, np.float32),
        learning=np.zeros(3, np.bool_),
        kind=np.full(3, KINDS.index(kind), np.int8),
        learned=1,
        needed=1,
    )


def after(found: IntervalScores, *verdicts: Verdict) -> list[float]:
    """The severities of the shops when this was said."""
    lower, _ = lowered(found, tolerances(verdicts, (), ALARM), ("shop",), ALARM)
    return [round(float(each), 2) for each in lower.severity]


@pytest.mark.parametrize("height", [0.0, 10.0, 69.9, 70.0, 85.0, 99.0])
def test_a_score_is_what_its_severity_was_made_of(height: float) -> None:
    assert float(severity(np.array([score_of(height)], np.float32))[0]) == pytest.approx(height, abs=1e-3)


def test_the_same_again_stays_below_the_threshold_in_its_series_only() -> None:
    assert after(scores(-4, 85), verdict()) == [85, 56, 85]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (scores(-5, 85), 56),
        (scores(-8, 85), 85),
        (scores(-20, 95), 95),
        (scores(4, 85, Kind.SPIKE), 85),
        (scores(-4, 85, Kind.NOISE), 85),
        (scores(-4, 85, Kind.FLAT), 85),
        (scores(-4, 100, Kind.IMPOSSIBLE), 100),
        (scores(-4, 85, Kind.SAG), 56),
        (scores(-4, 95), 87.5),
    ],
    ids=["as large", "twice as large", "much larger", "up", "noise", "flat", "impossible", "sag", "clearer"],
)
def test_only_what_is_like_it_is_lowered(found: IntervalScores, expected: float) -> None:
    assert after(found, verdict())[1] == expected


def test_what_does_not_reach_the_threshold_stays_as_it_is() -> None:
    assert after(scores(-4, 69), verdict())[1] == 69


def test_it_fades_with_the_size() -> None:
    found = [after(scores(-size, 85), verdict())[1] for size in (4, 5, 5.5, 6, 7, 7.9, 8)]
    assert found == sorted(found)
    assert found[0] < ALARM < found[-1] == 85


@pytest.mark.parametrize("kind", [Kind.NOISE, Kind.FLAT])
def test_what_has_no_side_is_measured_by_its_score(kind: Kind) -> None:
    judged = verdict(replace(PEAK, form=Form(kind.value)))
    assert after(scores(9, 85, kind), judged)[1] == 56
    assert after(scores(9, 92.5, kind), judged)[1] == 92.5


def test_an_absent_value_is_like_zero() -> None:
    gone = replace(scores(-10, 85), value=np.full(3, np.nan, np.float32))
    assert after(gone, verdict(replace(PEAK, size=9.0)))[1] == 56


def test_anomaly_restores_what_was_said_before_of_its_like() -> None:
    again = replace(PEAK, size=4.5)
    assert after(scores(-4, 85), verdict(), verdict(again, is_anomaly=True, given=1, event="later"))[1] == 85
    assert after(scores(-4, 85), verdict(given=2), verdict(again, is_anomaly=True, given=1, event="earlier"))[1] == 56


def test_anomaly_of_another_form_size_or_series_restores_nothing() -> None:
    for other in (
        replace(PEAK, form=Form.ABOVE),
        replace(PEAK, size=9.0),
        replace(PEAK, dimensions=(("shop", "de"),)),
    ):
        assert after(scores(-4, 85), verdict(), verdict(other, is_anomaly=True, given=1, event="other"))[1] == 56


def test_the_threshold_is_what_it_stays_below() -> None:
    tolerated = tolerances([verdict(replace(PEAK, score=score_of(92)))], (), 90.0)
    lower, _ = lowered(scores(-4, 92), tolerated, ("shop",), 90.0)
    assert 70 < lower.severity[1] < 90


def test_what_it_did_is_counted_once_an_interval() -> None:
    tolerated = tolerances([verdict()], (), ALARM)
    for start, (size, height) in enumerate([(-4.0, 85.0), (-4.0, 50.0), (4.0, 85.0), (-4.0, 85.0)]):
        _, tolerated = lowered(scores(size, height, start=300 * start), tolerated, ("shop",), ALARM)
    assert tolerated == (Tolerance(verdict(), spared=2, latest=900),)
    more = tolerances([verdict(), verdict(given=1, event="other")], tolerated, ALARM)
    assert more == (*tolerated, Tolerance(verdict(given=1, event="other")))


def test_nothing_said_is_nothing_done() -> None:
    found = scores(-4, 85)
    assert lowered(found, (), ("shop",), ALARM) == (found, ())


def test_the_latest_that_were_said_hold() -> None:
    many = [verdict(given=number, event=str(number)) for number in range(MAX_TOLERANCES + 3)]
    held = tolerances(many, (), ALARM)
    assert [tolerance.verdict.given for tolerance in held] == list(range(3, MAX_TOLERANCES + 3))


PEAKS = st.builds(
    Peak,
    st.sampled_from([(("shop", shop),) for shop in SHOPS]),
    st.sampled_from(Form),
    st.none() | st.floats(0, 10),
    st.floats(0.1, 30),
)


@settings(deadline=None)
@given(st.lists(PEAKS, max_size=12), st.randoms())
def test_peaks_are_the_same_in_whatever_order_events_come(peaks: list[Peak], random: Random) -> None:
    shuffled = peaks.copy()
    random.shuffle(shuffled)
    one_by_one: tuple[Peak, ...] = ()
    for peak in shuffled:
        one_by_one = merged_peaks(one_by_one, [peak])
    assert one_by_one == merged_peaks((), peaks)


def test_an_incident_is_judged_by_its_largest_deviation_of_each_series() -> None:
    first, second = ours(), ours(IncidentState.CONTINUING, 1)
    assert second.facts
    small = replace(second.facts, series=tuple(replace(one, severity=71.0) for one in second.facts.series))
    record = AnomalyRecord.of(first).merged(replace(second, facts=small))
    assert record.peaks == peaks_of(first)
    said = record.verdicts(Feedback.NO, 5)
    assert [found.peak for found in said] == list(record.peaks)
    assert {(found.event_id, found.measure, found.is_anomaly, found.given) for found in said} == {
        (first.alert_event_id, first.measure, False, 5)
    }


@pytest.mark.parametrize(
    ("kind", "value", "expected", "form"),
    [
        (Kind.SPIKE, 5.0, 3.0, Form.ABOVE),
        (Kind.SHIFT, 1.0, 3.0, Form.BELOW),
        (Kind.SILENCE, None, 3.0, Form.BELOW),
        (Kind.NOISE, 5.0, 3.0, Form.NOISE),
        (Kind.FLAT, 5.0, 3.0, Form.FLAT),
        (Kind.IMPOSSIBLE, -1.0, None, None),
    ],
)
def test_a_deviation_has_a_side_or_none(kind: Kind, value: float | None, expected: float | None, form: Form) -> None:
    assert form_of(kind, value, expected) is form


def told_of(*found: tuple[Kind, float]) -> AlertEvent:
    """The event of a group of shops, each of its own kind and value (expected 1000, band 900 to 1100)."""
    hits = [
        SeriesScore("orders", (shop,), value, 1000, 900, 1100, 85, kind)
        for shop, (kind, value) in zip(SHOPS, found, strict=True)
    ]
    names = DetectorNames("aws", "eu-central-1", "1" * 12, "shop")
    ((state, group),) = Grouping(names, ("shop",)).step((), Interval(0, 300), hits, Standing()).changes
    config = DetectorConfig(measures=(Measure("orders", Function.SUM),), detector_name="shop", dimensions=("shop",))
    return AlertEvent.parse(json.loads(alert_event(state, group, config, names).to_json()))


def said_of(event: AlertEvent, *found: tuple[Kind, float], height: float = 85) -> list[float]:
    """The severities of these when the event's anomaly was judged none."""
    again = replace(
        scores(0, height),
        value=np.array([value for _, value in found], np.float32),
        kind=np.array([KINDS.index(kind) for kind, _ in found], np.int8),
    )
    return after(again, *AnomalyRecord.of(event).verdicts(Feedback.NO, 0))


@pytest.mark.parametrize(
    "found",
    [
        ((Kind.DIP, 400.0), (Kind.DIP, 500.0), (Kind.NOISE, 600.0)),
        ((Kind.NOISE, 400.0), (Kind.NOISE, 1500.0), (Kind.DIP, 600.0)),
        ((Kind.SPIKE, 1500.0), (Kind.SPIKE, 1600.0), (Kind.FLAT, 1000.0)),
        ((Kind.IMPOSSIBLE, -5.0), (Kind.IMPOSSIBLE, -7.0), (Kind.DIP, 600.0)),
    ],
)
def test_each_series_of_a_group_is_judged_by_its_own_kind(found: tuple[tuple[Kind, float], ...]) -> None:
    lowered_to = said_of(told_of(*found), *found)
    assert lowered_to == [85 if kind is Kind.IMPOSSIBLE else 56 for kind, _ in found]


def test_an_impossible_value_among_spikes_hides_no_real_spike_later() -> None:
    event = told_of((Kind.SPIKE, 1500.0), (Kind.SPIKE, 1600.0), (Kind.IMPOSSIBLE, 99_999.0))
    later = [(Kind.SPIKE, 100_000.0)] * 3
    assert said_of(event, *later, height=99.5) == [99.5] * 3


def test_an_event_without_kinds_of_series_is_judged_by_the_groups() -> None:
    event = told_of((Kind.NOISE, 400.0), (Kind.NOISE, 500.0), (Kind.NOISE, 600.0)).to_document()
    facts: Any = event["tidegate"]
    for series in facts["series"]:
        del series["kind"]
    assert {peak.form for peak in peaks_of(AlertEvent.parse(event))} == {Form.NOISE}


def test_on_a_series_whose_truth_is_known() -> None:
    """Orders double twice for two hours, and are seven times as many later: the first was judged no anomaly.

    At other times of the day: what comes at the same time again is expected by itself.
    """
    curve, usual = counts(200, LEARNED + 140, 1), range(LEARNED + 14, LEARNED + 16)
    for start, factor in ((14, 2.2), (109, 2.15), (132, 7)):
        curve[LEARNED + start : LEARNED + start + 2] *= factor
    told: dict[bool, set[int]] = {}
    for is_judged in (False, True):
        detector = Detector.from_bytes(trained("orders"), ORDERS)
        tolerated: tuple[Tolerance, ...] = ()
        peaks: tuple[Peak, ...] = ()
        told[is_judged] = set()
        for hour in range(LEARNED, len(curve)):
            interval = Interval(START + hour * HOUR, START + (hour + 1) * HOUR)
            found = detector.observe(IntervalValues(interval, {("orders", ("it",)): float(curve[hour])}))
            found, tolerated = lowered(found, tolerated, ("shop",), ALARM)
            (score,) = found.rows()
            if score.severity >= ALARM:
                told[is_judged].add(hour - LEARNED)
            if score.severity >= ALARM and hour in usual:
                size = size_of(score.value, score.expected, score.upper)
                peaks = merged_peaks(peaks, [Peak((("shop", "it"),), Form.ABOVE, size, score_of(score.severity))])
            if is_judged and hour == usual.stop:
                tolerated = tolerances([verdict(peak) for peak in peaks], (), ALARM)
    assert told[False] >= {14, 109, 132}
    assert told[True] == told[False] - {109, 110}
