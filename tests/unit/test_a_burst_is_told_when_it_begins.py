"""What a series has just shown is its record: as much again, in the next intervals of a burst, is no news."""

from dataclasses import replace

import numpy as np

from tests.detector_world import LATENCY, Curve, alarms, observe
from tidegate.detect.detector import Detector

POINTS = 288
DAYS = 7
BURST = 4 * POINTS
SERIES = 24


def latency(seed: int) -> Curve:
    """Of 50 with noise of 1, and once three intervals of about 62."""
    random = np.random.default_rng(seed)
    curve = np.asarray(50 + random.standard_normal(DAYS * POINTS))
    at = BURST + int(random.integers(0, POINTS))
    curve[at : at + 3] += 12
    return curve


def test_its_first_interval_is_told_and_hardly_another() -> None:
    series = {str(seed): latency(seed) for seed in range(SERIES)}
    detector = Detector(replace(LATENCY, interval_minutes=5))
    found = observe(detector, series, range(DAYS * POINTS), "latency", seconds=300)
    told = [alarms(scores) for scores in found.values()]
    firsts = [int(np.flatnonzero(series[name][BURST:] > 57)[0]) + BURST for name in found]
    assert all(first in places for first, places in zip(firsts, told, strict=True))
    assert sum(map(len, told)) <= 1.5 * SERIES, told
