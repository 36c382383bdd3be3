"""Of a rate of success that mostly rests at its ceiling, two failures at once are no incident; a lasting fall is."""

from dataclasses import replace
from functools import cache

import numpy as np

from tests.detector_world import ALARM, LATENCY, alarms, observe
from tidegate.contracts.anomaly import SeriesScore
from tidegate.detect.detector import Detector

POINTS = 288
DAYS = 28
FALLS = [19 * POINTS + 96, 24 * POINTS + 144]
"""In each second series: two percent more fail, for a quarter of an hour."""
FAILURES = (0.05, 0.005)
"""Usual ones an interval, of a thousand requests by day and two hundred by night."""
SERIES = 12


@cache
def watched() -> dict[str, list[SeriesScore]]:
    """Rates of success in percent, seen by one detector."""
    requests = (1000 * (1 + 0.8 * np.sin(2 * np.pi * np.arange(DAYS * POINTS) / POINTS))).astype(int)
    series = {}
    for usual in FAILURES:
        for seed in range(SERIES):
            failed = np.random.default_rng(seed).binomial(requests, usual / 1000)
            rate = 100 - 100 * failed / requests
            if seed % 2:
                for fall in FALLS:
                    rate[fall : fall + 3] -= 2
            series[f"{usual}/{seed}"] = rate
    found = Detector(replace(LATENCY, interval_minutes=5))
    return observe(found, series, range(DAYS * POINTS), "latency", seconds=300)


def of(usual: float, *, falls: bool) -> list[list[SeriesScore]]:
    """The scores of the series of so many failures, with falls or without."""
    return [watched()[f"{usual}/{seed}"] for seed in range(SERIES) if seed % 2 == falls]


def test_of_few_failures_little_is_told() -> None:
    """At most one and a half intervals a week and series."""
    for usual in FAILURES:
        told = [len(alarms(scores)) for scores in of(usual, falls=False)]
        assert sum(told) <= 1.5 * len(told) * DAYS / 7, (usual, told)


def test_a_fall_is_told_while_it_lasts() -> None:
    for usual in FAILURES:
        for fall in FALLS:
            fallen = [scores[fall : fall + 3] for scores in of(usual, falls=True)]
            told = [any(score.severity >= ALARM for score in scores) for scores in fallen]
            assert sum(told) >= len(told) - 2, (usual, fall)
