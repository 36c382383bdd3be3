"""Values up to the largest that is taken get the scores of the same values in a smaller unit."""

import warnings

import numpy as np
from numpy.typing import NDArray

from tidegate.config import DetectorConfig
from tidegate.contracts.series import IntervalValues
from tidegate.detect.detector import Detector
from tidegate.detect.values import LARGEST_VALUE

HOURLY = DetectorConfig.from_parameters({"Measures": "v:AVG", "IntervalMinutes": "60", "TimestampColumn": "t"})
INTERVALS, SPIKE = 400, 360


def severities(largest: float) -> NDArray[np.float64]:
    """Of days with noise and an incident whose largest value is the given one."""
    noise = np.random.default_rng(1).normal(0, 0.02, INTERVALS)
    shape = 0.2 + 0.1 * np.sin(2 * np.pi * np.arange(INTERVALS) / 24) + 0.2 * noise
    shape[SPIKE] = 1.0
    detector, interval, found = Detector(HOURLY), HOURLY.grid.containing(1_767_225_600), []
    for value in shape * largest:
        scores = detector.observe(IntervalValues(interval, {("v", ()): float(value)}))
        found.append(float(scores.severity[0]))
        interval = HOURLY.grid.after(interval)
    return np.array(found)


def test_the_largest_values_have_the_scores_of_ordinary_ones() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        large, ordinary = severities(LARGEST_VALUE), severities(1e6)
    assert large[SPIKE] > 70
    np.testing.assert_allclose(large, ordinary, atol=1.0)
