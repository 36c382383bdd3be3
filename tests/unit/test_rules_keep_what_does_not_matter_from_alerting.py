"""MeasureRules on series whose truth is known: what a rule keeps back is scored as before and says why."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.detector_world import (
    ALARM,
    HOUR,
    LATENCY,
    LEARNED,
    ORDERS,
    START,
    Curve,
    alarms,
    changed,
    counts,
    gauge,
    observe,
    trained,
)
from tidegate.config import DetectorConfig
from tidegate.contracts.anomaly import Kind, SeriesScore, SuppressedBy, Suppression
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import IntervalValues
from tidegate.detect.detector import Detector
from tidegate.measure_rules import Direction, MeasureRule

HOURS = LEARNED + 48
SPAN = range(LEARNED + 12, LEARNED + 15)


def scored(config: DetectorConfig, rule: MeasureRule | None, curve: Curve) -> list[SeriesScore]:
    """The scores behind the hours that were learned without a rule."""
    measure = config.measure_names[0]
    ruled = replace(config, measure_rules={measure: rule} if rule else {})
    detector = Detector.from_bytes(trained(measure), ruled)
    return observe(detector, {"it": curve}, range(LEARNED, len(curve)), measure)["it"]


def reasons(scores: list[SeriesScore]) -> set[Suppression | None]:
    return {scores[hour].suppressed for hour in alarms(scores) if LEARNED + hour in SPAN}


@pytest.mark.parametrize(
    ("direction", "change", "suppressed"),
    [
        (Direction.DIPS, lambda value: value * 4, True),
        (Direction.DIPS, lambda value: value * 0.1, False),
        (Direction.SPIKES, lambda value: value * 4, False),
        (Direction.SPIKES, lambda value: value * 0.1, True),
        (Direction.SPIKES, lambda value: value * np.nan, True),
        (Direction.DIPS, lambda value: value * np.nan, False),
        (Direction.BOTH, lambda value: value * 4, False),
    ],
)
def test_only_the_direction_that_matters_alerts(
    direction: Direction, change: Callable[[Curve], Curve], suppressed: bool
) -> None:
    scores = scored(ORDERS, MeasureRule(direction), changed(counts(200, HOURS, 1), SPAN, change))
    expected = Suppression(SuppressedBy.DIRECTION, direction) if suppressed else None
    assert reasons(scores) == {expected}


@pytest.mark.parametrize(
    ("rule", "suppressed"),
    [
        (MeasureRule(least=1000), True),
        (MeasureRule(least=20), False),
        (MeasureRule(least_percent=150), True),
        (MeasureRule(least_percent=50), False),
        (MeasureRule(least=20, least_percent=150), True),
        (MeasureRule(least=1000, least_percent=50), True),
    ],
)
def test_a_deviation_has_to_reach_the_least_worth_an_alert(rule: MeasureRule, suppressed: bool) -> None:
    scores = scored(ORDERS, rule, changed(counts(200, HOURS, 1), SPAN, lambda value: value * 0.05))
    assert reasons(scores) == {Suppression(SuppressedBy.LEAST) if suppressed else None}


def test_the_absence_of_a_count_is_as_large_as_what_was_expected() -> None:
    gone = changed(counts(200, HOURS, 1), SPAN, lambda value: value * np.nan)
    assert reasons(scored(ORDERS, MeasureRule(least=10), gone)) == {None}
    assert reasons(scored(ORDERS, MeasureRule(least=10_000), gone)) == {Suppression(SuppressedBy.LEAST)}


def test_what_a_rule_keeps_back_is_scored_as_without_it() -> None:
    curve = changed(counts(200, HOURS, 1), SPAN, lambda value: value * 4)
    plain, ruled = scored(ORDERS, None, curve), scored(ORDERS, MeasureRule(Direction.DIPS), curve)
    assert [replace(score, suppressed=None) for score in ruled] == plain
    assert any(score.suppressed for score in ruled)
    assert not any(score.suppressed for score in ruled if score.severity < ALARM)


def test_a_flat_line_has_no_side() -> None:
    flat = changed(gauge(50, HOURS, 1), range(LEARNED, LEARNED + 30), lambda value: np.full(30, value[0]))
    scores = scored(LATENCY, MeasureRule(Direction.SPIKES, least=1e6), flat)
    told = [score for score in scores if score.severity >= ALARM and not score.suppressed]
    assert {score.kind for score in told} == {Kind.FLAT}


def test_an_impossible_value_is_an_anomaly_of_its_own_from_the_first_interval_on() -> None:
    curve = gauge(50, 12, 1)
    curve[[0, 5]] = -1
    rules = {"latency": MeasureRule(Direction.SPIKES, least=1e6, low=0)}
    scores = observe(Detector(replace(LATENCY, measure_rules=rules)), {"it": curve}, range(12), "latency")["it"]
    found = [(hour, score.kind, score.value) for hour, score in enumerate(scores) if score.severity == 100]
    assert found == [(0, Kind.IMPOSSIBLE, -1), (5, Kind.IMPOSSIBLE, -1)]
    assert not any(score.suppressed for score in scores)


def test_the_bounds_themselves_are_possible() -> None:
    rules = {"latency": MeasureRule(low=0, high=100)}
    curve = np.array([0.0, 100.0, 100.5, -0.5])
    scores = observe(Detector(replace(LATENCY, measure_rules=rules)), {"it": curve}, range(4), "latency")["it"]
    assert [score.severity == 100 for score in scores] == [False, False, True, True]


def test_an_impossible_value_is_neither_learned_nor_taken_for_silence() -> None:
    curve = counts(200, HOURS, 1)
    broken = changed(curve, range(LEARNED, LEARNED + 12), lambda value: np.full(len(value), -1e6))
    after = [score.severity for score in scored(ORDERS, MeasureRule(low=0), broken)[12:]]
    usual = [score.severity for score in scored(ORDERS, None, curve)[12:]]
    assert max(after) < ALARM
    assert np.mean(np.abs(np.subtract(after, usual))) < 5


def test_expected_value_and_band_stay_within_the_range() -> None:
    scores = scored(LATENCY, MeasureRule(low=20, high=60), np.clip(gauge(50, HOURS, 1), 20, 60))
    known = [score for score in scores if score.expected is not None]
    assert known
    for score in known:
        assert score.expected is not None
        assert score.lower is not None
        assert score.upper is not None
        assert 20 <= score.lower <= score.expected <= score.upper <= 60
    assert max(score.upper or 0 for score in known) == 60


def test_a_rule_concerns_its_own_measure_only() -> None:
    config = replace(ORDERS, measures=(*ORDERS.measures, *LATENCY.measures))
    detector = Detector(replace(config, measure_rules={"latency": MeasureRule(high=1)}))
    interval = Interval(START, START + HOUR)
    scores = detector.observe(IntervalValues(interval, {("orders", ("it",)): 5, ("latency", ("it",)): 5}))
    assert {score.measure: score.severity for score in scores.rows()} == {"latency": 100, "orders": 0}
