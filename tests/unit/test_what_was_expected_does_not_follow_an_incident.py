"""People are told what would have been: the season's value and band, also some intervals into an incident."""

from dataclasses import replace

import numpy as np
import pytest

from tests.detector_world import ALARM, DAY, LATENCY, ORDERS, WEEK, changed, counts, observe, season
from tidegate.detect.detector import Detector
from tidegate.detect.levels import SHIFT_POINTS

WEEKS = 5
MORNING = 4 * WEEK + DAY + 8
QUARTERS = 4


@pytest.mark.parametrize("factor", [0.3, 2.5])
def test_of_an_incident_the_season_is_told(factor: float) -> None:
    incident = range(MORNING, MORNING + SHIFT_POINTS)
    values = changed(counts(200, WEEKS * WEEK, 3), incident, lambda value: value * factor)
    scores = observe(Detector(ORDERS), {"shop": values}, range(len(values)))["shop"]
    told = [at for at in incident if scores[at].severity >= ALARM]
    assert told
    for at in told:
        assert scores[at].expected == pytest.approx(200 * season(len(values))[at], rel=0.15), at


def test_so_it_is_where_the_forecast_follows_the_last_value() -> None:
    """A smooth latency that wanders about its season by a twentieth, for some hours each way."""
    length = WEEKS * WEEK * QUARTERS
    usual = 50 * np.interp(np.arange(length) / QUARTERS, np.arange(WEEKS * WEEK), season(WEEKS * WEEK))
    random, off = np.random.default_rng(2), np.zeros(length)
    for at in range(1, length):
        off[at] = 0.98 * off[at - 1] + random.normal(0, 0.01)
    incident = range(MORNING * QUARTERS, MORNING * QUARTERS + SHIFT_POINTS)
    values = changed(usual * np.exp(off), incident, lambda value: value * 0.3)
    detector = Detector(replace(LATENCY, interval_minutes=60 // QUARTERS))
    scores = observe(detector, {"shop": values}, range(length), "latency", seconds=3600 // QUARTERS)["shop"]
    assert scores[incident[0]].severity >= ALARM
    for at in incident:
        score = scores[at]
        assert score.expected == pytest.approx(usual[at], rel=0.2), at
        assert score.value is not None
        assert score.lower is not None
        assert score.value < score.lower
