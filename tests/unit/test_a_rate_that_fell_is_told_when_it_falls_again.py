"""Of a rate of success with rare failures each incident is told, not the first alone: none is a measure of the next."""

from dataclasses import replace

import numpy as np
import pytest

from tests.detector_world import ALARM, LATENCY, alarms, observe
from tidegate.detect.detector import Detector

HOURS = 24
DAYS = 70
LASTS = 3
FALLS = [DAYS * HOURS - HOURS * 18 + round(86.4 * number) + hour for number, hour in enumerate((7, 15, 3))]
"""Three in eight days."""
SERIES = 8


@pytest.mark.parametrize("usual", [2, 0.3])
@pytest.mark.parametrize("lost", [0.1, 0.6])
def test_a_rate_that_fell_is_told_when_it_falls_again(usual: float, lost: float) -> None:
    """Of 20,000 requests an hour (by night 4,000) so many fail, in an incident so large a part more."""
    place = np.arange(DAYS * HOURS)
    requests = (20_000 * (1 + 0.8 * np.sin(2 * np.pi * place / HOURS))).astype(int)
    failing = np.full(len(place), usual / 20_000)
    for fall in FALLS:
        failing[fall : fall + LASTS] += lost
    series = {
        str(seed): 100 - 100 * np.random.default_rng(seed).binomial(requests, failing) / requests
        for seed in range(SERIES)
    }
    found = observe(Detector(replace(LATENCY, interval_minutes=60)), series, range(len(place)), "latency", seconds=3600)
    for fall in FALLS:
        told = [max(score.severity for score in found[name][fall : fall + LASTS]) >= ALARM for name in series]
        assert sum(told) >= SERIES - 2, (FALLS.index(fall), told)
    others = [at for name in series for at in alarms(found[name]) if not any(0 <= at - fall < 12 for fall in FALLS)]
    assert len(others) <= SERIES, others
