"""A value that comes back is what the season expected all along, however far it is from the last ones."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.detector_world import ALARM, DAY, LATENCY, WEEK, Curve, changed, observe, season
from tidegate.detect.detector import Detector

QUARTERS = 4
BEGIN = (4 * WEEK + DAY + 8) * QUARTERS
LENGTH = BEGIN + DAY * QUARTERS
SECONDS = 3600 // QUARTERS


@cache
def usual(seed: int) -> Curve:
    """A smooth latency that wanders about its season by a twentieth, for some hours each way."""
    curve = 50 * np.interp(np.arange(LENGTH) / QUARTERS, np.arange(5 * WEEK), season(5 * WEEK))
    random, off = np.random.default_rng(seed), np.zeros(LENGTH)
    for at in range(1, LENGTH):
        off[at] = 0.98 * off[at - 1] + random.normal(0, 0.01)
    return np.asarray(curve * np.exp(off))


@cache
def learned(seed: int) -> bytes:
    detector = Detector(replace(LATENCY, interval_minutes=60 // QUARTERS))
    observe(detector, {"shop": usual(seed)}, range(BEGIN), "latency", SECONDS)
    return detector.to_bytes()


@pytest.mark.parametrize("points", [1, 3, 6, 16])
@pytest.mark.parametrize("factor", [0.3, 2.0])
def test_nothing_is_told_of_the_return(points: int, factor: float) -> None:
    for seed in range(4):
        detector = Detector.from_bytes(learned(seed), replace(LATENCY, interval_minutes=60 // QUARTERS))
        values = changed(usual(seed), range(BEGIN, BEGIN + points), lambda value: value * factor)
        scores = observe(detector, {"shop": values}, range(BEGIN, LENGTH), "latency", SECONDS)["shop"]
        assert scores[0].severity >= ALARM
        assert max(score.severity for score in scores[points:]) < ALARM, seed
