"""Each outbreak of errors is told, not the first few alone: none tells the spread how far the next may go."""

from dataclasses import replace

import numpy as np
import pytest

from tests.detector_world import ALARM, ORDERS, alarms, observe
from tidegate.detect.detector import Detector

HOURS = 24
DAYS = 90
LASTS = 9
OUTBREAKS = [DAYS * HOURS - HOURS * 18 + round(86.4 * number) + hour for number, hour in enumerate((7, 15, 3, 20, 11))]
"""Five in eighteen days."""
SERIES = 8


@pytest.mark.parametrize(("usual", "failing"), [(20, 0.1), (2, 0.01), (2, 0.6)])
def test_an_outbreak_of_errors_is_told_when_it_comes_again(usual: float, failing: float) -> None:
    """Of 20,000 requests an hour (by night 4,000) so many fail, in an outbreak so large a part more."""
    place = np.arange(DAYS * HOURS)
    requests = (20_000 * (1 + 0.8 * np.sin(2 * np.pi * place / HOURS))).astype(int)
    share = np.full(len(place), usual / 20_000)
    for outbreak in OUTBREAKS:
        share[outbreak : outbreak + LASTS] += failing
    series = {str(seed): np.random.default_rng(seed).binomial(requests, share).astype(float) for seed in range(SERIES)}
    found = observe(Detector(replace(ORDERS, interval_minutes=60)), series, range(len(place)), "orders", seconds=3600)
    for outbreak in OUTBREAKS:
        told = [max(score.severity for score in found[name][outbreak : outbreak + LASTS]) >= ALARM for name in series]
        assert sum(told) >= SERIES - 2, (OUTBREAKS.index(outbreak), told)
    others = [
        at for name in series for at in alarms(found[name]) if not any(0 <= at - o < LASTS + 6 for o in OUTBREAKS)
    ]
    assert len(others) <= SERIES, others
