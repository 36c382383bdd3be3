"""A rate of success is 100 for hours while nothing fails: no flat line, as zero errors are none."""

from dataclasses import replace

import numpy as np

from tests.detector_world import ALARM, LATENCY, observe
from tidegate.contracts.anomaly import Kind
from tidegate.detect.detector import Detector

POINTS = 288
DAYS = 14
STUCK = 12 * POINTS
CONFIG = replace(LATENCY, interval_minutes=5)


def test_a_rate_of_success_without_failures_is_not_flat() -> None:
    """Of a thousand requests, by night of two hundred, one in 500, in 3,300 or in 20,000 fails."""
    series = {}
    for seed, failing in enumerate((0.002, 0.0003, 0.00005) * 4):
        requests = (1000 * (1 + 0.8 * np.sin(2 * np.pi * np.arange(DAYS * POINTS) / POINTS))).astype(int)
        series[str(seed)] = 100 - 100 * np.random.default_rng(seed).binomial(requests, failing) / requests
    found = observe(Detector(CONFIG), series, range(DAYS * POINTS), "latency", seconds=300)
    flat = [
        (name, score.value)
        for name, scores in found.items()
        for score in scores
        if score.kind is Kind.FLAT and score.severity >= ALARM
    ]
    assert flat == []


def test_a_rate_of_success_that_repeats_another_value_is_flat() -> None:
    rate = 100 - np.random.default_rng(1).gamma(0.5, 0.2, DAYS * POINTS)
    rate[STUCK:] = rate[STUCK]
    scores = observe(Detector(CONFIG), {"it": rate}, range(DAYS * POINTS), "latency", seconds=300)["it"]
    assert any(score.kind is Kind.FLAT and score.severity >= ALARM for score in scores[STUCK : STUCK + 24])
