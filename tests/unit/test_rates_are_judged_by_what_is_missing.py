"""A rate of success hangs from its ceiling: what is missing there is small, never negative, and comes in bursts."""

from dataclasses import replace
from functools import cache

import numpy as np

from tests.detector_world import ALARM, LATENCY, Curve, alarms, observe
from tidegate.contracts.anomaly import SeriesScore
from tidegate.detect.detector import Detector

POINTS = 288
DAYS = 21
FALLS = [day * POINTS + 50 for day in (8, 13, 19)]
RATES = 8


def rate(seed: int) -> Curve:
    """Of a hundred, with heavy tails below; each second one falls three times, to 90 for three intervals."""
    random = np.random.default_rng(seed)
    curve = np.asarray(100 - random.gamma(0.5, 0.2, DAYS * POINTS))
    if seed % 2:
        for fall in FALLS:
            curve[fall : fall + 3] = 90 + random.standard_normal(3)
    return curve


@cache
def watched() -> list[list[SeriesScore]]:
    """All rates, seen by one detector."""
    series = {str(seed): rate(seed) for seed in range(RATES)}
    found = observe(
        Detector(replace(LATENCY, interval_minutes=5)), series, range(DAYS * POINTS), "latency", seconds=300
    )
    return [found[str(seed)] for seed in range(RATES)]


def test_ordinary_days_are_quiet() -> None:
    told = [alarms(scores) for scores in watched()[::2]]
    assert sum(map(len, told)) <= 2, told


def test_falls_are_told() -> None:
    """Each of them, though the ones before went as far."""
    for scores in watched()[1::2]:
        told = [any(score.severity >= ALARM for score in scores[fall : fall + 3]) for fall in FALLS]
        assert all(told), told


def test_after_a_far_fall_ordinary_bursts_of_what_is_missing_are_no_larger_a_share() -> None:
    """Before it, what the series learned were shares of its value, of which hardly anything is ever missing."""
    series = {}
    for seed in range(RATES):
        missing = np.random.default_rng(seed).gamma(4, 0.075, DAYS * POINTS)
        missing[FALLS[0] : FALLS[0] + 3] += 2.5
        series[str(seed)] = np.asarray(100 - missing)
    detector = Detector(replace(LATENCY, interval_minutes=5))
    found = observe(detector, series, range(DAYS * POINTS), "latency", seconds=300)
    assert all(FALLS[0] in alarms(scores) for scores in found.values())
    later = [at for scores in found.values() for at in alarms(scores) if at > FALLS[0] + POINTS]
    assert len(later) <= 2, later
