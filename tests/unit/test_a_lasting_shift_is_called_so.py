"""A shift is a dip or a spike at first; once it has lasted, and before it is the new normal, it is called a shift."""

import numpy as np
import pytest

from tests.detector_world import DAY, LATENCY, ORDERS, WEEK, Curve, alarms, changed, counts, gauge, observe
from tidegate.config import DetectorConfig
from tidegate.contracts.anomaly import Kind
from tidegate.detect.detector import Detector
from tidegate.detect.kinds import LASTING_POINTS

SHIFT = 4 * WEEK + DAY + 6
HOURS = SHIFT + DAY


def kinds(config: DetectorConfig, usual: Curve, factor: float) -> list[Kind | None]:
    """What the alarms since the shift are called, in order."""
    shifted = changed(usual, range(SHIFT, HOURS), lambda values: np.floor(values * factor))
    scores = observe(Detector(config), {"it": shifted}, range(HOURS), config.measure_names[0])["it"]
    return [scores[place].kind for place in alarms(scores, SHIFT)]


@pytest.mark.parametrize(("factor", "at_first"), [(0.5, Kind.DIP), (2.0, Kind.SPIKE)])
def test_a_shift_is_called_so_when_it_has_lasted(factor: float, at_first: Kind) -> None:
    found = kinds(LATENCY, gauge(50, HOURS, 7), factor)
    assert found[:LASTING_POINTS] == [at_first] * LASTING_POINTS
    assert set(found[LASTING_POINTS:]) == {Kind.SHIFT}


def test_a_rise_that_many_points_show_and_none_alone_is_a_shift_at_once() -> None:
    assert kinds(ORDERS, counts(200, HOURS, 10), 1.3)[0] is Kind.SHIFT
