"""The first weekend of a business that rests is told; it is no lasting shift, and the next ones are expected."""

import numpy as np
import pytest

from tests.detector_world import Curve, alarms, observe
from tidegate.config import DetectorConfig, Function, Measure
from tidegate.detect.detector import Detector

POINTS = 288
CONFIG = DetectorConfig(measures=(Measure("orders", Function.SUM),), interval_minutes=5, dimensions=("shop",))
WEEKS = 3


def business(mean: float, weekend: float, seed: int) -> Curve:
    """Orders from Monday on, weekend: what Saturdays and Sundays have of a weekday."""
    at = np.arange(WEEKS * 7 * POINTS)
    day = 1 + 0.75 * np.sin(2 * np.pi * (at % POINTS / POINTS - 9.5 / 24))
    usual = mean * day * np.where(at // POINTS % 7 >= 5, weekend, 1.0)
    random = np.random.default_rng(seed)
    return random.poisson(random.gamma(300, usual / 300)).astype(float)


def test_only_the_first_quiet_weekend_is_told() -> None:
    shops = {(mean, weekend): business(mean, weekend, 1) for mean in (60, 600) for weekend in (0.1, 0.25, 0.4)}
    scores = observe(
        Detector(CONFIG), {str(name): orders for name, orders in shops.items()}, range(WEEKS * 7 * POINTS), seconds=300
    )
    for mean, weekend in shops:
        found = alarms(scores[str((mean, weekend))])
        assert all(alarm < 7 * POINTS for alarm in found)
        assert found or weekend > 0.25  # the first day of two fifths may lie within the doubt about it
        for alarm in found:  # none when what is smoothed still remembers what by now is expected
            score = scores[str((mean, weekend))][alarm]
            assert score.value is not None
            assert score.expected is not None
            assert score.value < 0.9 * score.expected
        at_noon = scores[str((mean, weekend))][19 * POINTS + POINTS // 2]  # on the third Saturday
        assert at_noon.expected == pytest.approx(1.6 * mean * weekend, rel=0.4)
