"""Each kind of incident in counts is found while it lasts, and called by its name."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.detector_world import (
    ALARM,
    DAY,
    HOUR,
    LATENCY,
    LEARNED,
    ORDERS,
    START,
    WEEK,
    Curve,
    alarms,
    changed,
    counts,
    gauge,
    observe,
    season,
)
from tidegate.contracts.anomaly import Kind, SeriesScore
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import IntervalValues
from tidegate.detect.detector import Detector

HOURS = 5 * WEEK
BEGIN = 4 * WEEK + 2 * DAY
"""Wednesday, 00:00: each incident begins some hours later, at another time, so that they are not one common one."""
INCIDENTS = {
    Kind.SPIKE: range(BEGIN + 8, BEGIN + 9),
    Kind.DIP: range(BEGIN + 16, BEGIN + 19),
    Kind.SAG: range(BEGIN + 30, BEGIN + 66),
    Kind.NOISE: range(BEGIN + 70, BEGIN + 82),
    Kind.FLAT: range(BEGIN + 84, BEGIN + 100),
    Kind.SILENCE: range(BEGIN + 104, BEGIN + 110),
}


def with_incident(kind: Kind, curve: Curve) -> Curve:
    random = np.random.default_rng(9)
    changes = {
        Kind.SPIKE: lambda usual: usual * 3,
        Kind.DIP: lambda usual: np.floor(usual * 0.3),
        Kind.SAG: lambda usual: np.floor(usual * 0.5),
        Kind.NOISE: lambda usual: np.floor(usual * random.choice([0.0, 3.0], len(usual))),
        Kind.FLAT: lambda usual: np.full(len(usual), usual[0]),
        Kind.SILENCE: lambda usual: np.full(len(usual), np.nan),
    }
    return changed(curve, INCIDENTS[kind], changes[kind])


@cache
def scores() -> dict[str, list[SeriesScore]]:
    shops = {f"ordinary-{seed}": counts(120, HOURS, 50 + seed) for seed in range(6)}
    shops |= {kind.value: with_incident(kind, counts(120, HOURS, seed)) for seed, kind in enumerate(INCIDENTS)}
    return observe(Detector(ORDERS), shops, range(HOURS))


@pytest.mark.parametrize("kind", INCIDENTS)
def test_the_incident_is_found_and_named(kind: Kind) -> None:
    span = INCIDENTS[kind]
    found = [score.kind for score in scores()[kind.value][span.start : span.stop + 1] if score.severity >= ALARM]
    assert kind in found


@pytest.mark.parametrize("kind", INCIDENTS)
def test_it_is_quiet_before(kind: Kind) -> None:
    before = scores()[kind.value][: INCIDENTS[kind].start]
    assert not alarms(before, 2 * WEEK)


@pytest.mark.parametrize("threshold", [40.0, 70.0])
def test_kinds_are_named_from_the_alert_threshold_on(threshold: float) -> None:
    orders = changed(counts(120, LEARNED + 20, 3), range(LEARNED + 12, LEARNED + 20), lambda usual: usual * 0.75)
    found = observe(Detector(replace(ORDERS, alert_threshold=threshold)), {"shop": orders}, range(len(orders)))["shop"]
    assert any(40 <= score.severity < 70 for score in found)
    assert all((score.kind is not None) is (score.severity >= threshold) for score in found)


def test_a_severity_just_below_the_line_is_not_shown_as_on_it() -> None:
    hour = IntervalValues(Interval(START, START + HOUR), {("orders", ("shop",)): 120.0})
    scores = Detector(ORDERS).observe(hour)
    (row,) = replace(scores, severity=np.array([69.998], np.float32)).rows()
    assert row.severity == 69.99


def test_an_outage_is_found_at_once() -> None:
    orders = changed(counts(120, BEGIN + 20, 3), range(BEGIN + 12, BEGIN + 16), np.zeros_like)
    found = alarms(observe(Detector(ORDERS), {"shop": orders}, range(len(orders)))["shop"], BEGIN)
    assert found[0] == BEGIN + 12


@pytest.mark.parametrize(("factor", "kind"), [(0.2, Kind.DIP), (2.5, Kind.SPIKE)])
def test_a_deviation_alone_is_no_noise(factor: float, kind: Kind) -> None:
    latency = changed(gauge(50, 3 * WEEK + 40, 5), range(3 * WEEK + 36, 3 * WEEK + 37), lambda usual: usual * factor)
    scores = observe(Detector(LATENCY), {"it": latency}, range(3 * WEEK + 37), "latency")["it"]
    assert scores[-1].severity >= ALARM
    assert scores[-1].kind is kind


@pytest.mark.parametrize(("factor", "kind"), [(0.1, Kind.DIP), (3.0, Kind.SPIKE)])
def test_on_a_weekday_never_seen_a_deviation_to_one_side_is_no_noise(factor: float, kind: Kind) -> None:
    usual = np.random.default_rng(2).poisson(60 * np.repeat(season(2 * DAY), 12)).astype(float)
    tuesday = range(DAY * 12 + 130, DAY * 12 + 140)
    orders = changed(usual, tuesday, lambda values: np.floor(values * factor))
    detector = Detector(replace(ORDERS, interval_minutes=5))
    found = observe(detector, {"it": orders}, range(tuesday.stop), seconds=300)["it"]
    first = alarms(found)[0]
    assert first in tuesday
    assert found[first].kind is kind
