"""What is told of hours: no more false alarms a week than of five minutes, and so smaller deviations."""

import numpy as np
import pytest

from tests.detector_world import ALARM, DAY, ORDERS, WEEK, alarms, changed, counts, observe
from tidegate.detect.detector import Detector
from tidegate.detect.pace import Pace

SEEDS = range(4)


def found(*, mean: float, begin: int, hours: int, share: float) -> int:
    """How many shops of so many orders an hour are told, whose orders fall to such a share of the usual ones."""
    incident = range(begin, begin + hours)
    told = 0
    for seed in SEEDS:
        orders = changed(counts(mean, incident.stop, seed), incident, lambda usual: np.floor(share * usual))
        told += bool(alarms(observe(Detector(ORDERS), {"shop": orders}, range(incident.stop))["shop"], begin))
    return told


def test_one_hour_without_orders_is_told() -> None:
    assert found(mean=30, begin=4 * WEEK + 2 * DAY + 13, hours=1, share=0) >= 3


def test_a_dip_of_four_hours_is_told_after_three_weeks() -> None:
    assert found(mean=300, begin=3 * WEEK + 2 * DAY + 9, hours=4, share=0.3) >= 4


def test_ordinary_weeks_stay_quiet() -> None:
    shops = {f"{mean}-{seed}": counts(mean, 8 * WEEK, seed) for mean in (3, 30, 300) for seed in SEEDS}
    scores = observe(Detector(ORDERS), shops, range(8 * WEEK))
    assert sum(score.severity >= ALARM for rows in scores.values() for score in rows) == 0


@pytest.mark.parametrize(("minutes", "largest"), [(1, 1.10), (5, 1.0), (15, 0.92), (60, 0.82), (1440, 0.51)])
def test_lines_follow_the_largest_deviation_of_a_week(minutes: int, largest: float) -> None:
    assert float(Pace(minutes).largest_of_week) == pytest.approx(largest, abs=0.01)
