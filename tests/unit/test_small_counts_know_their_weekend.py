"""What a weekend is in small counts, far within the noise of one value, is expected whole."""

import numpy as np
import pytest

from tests.detector_world import DAY, ORDERS, WEEK, Curve, alarms, counts, observe, season
from tidegate.detect.detector import Detector

SHOPS, ORDERS_AN_HOUR = 30, 8
WEEKS = 4


def shops() -> dict[str, Curve]:
    """Their weekends have 0.7 of a weekday, 2.4 orders an hour fewer, where one hour's noise is 3."""
    return {f"shop-{number:02d}": counts(ORDERS_AN_HOUR, WEEKS * WEEK, number) for number in range(SHOPS)}


def test_weekends_are_expected_as_they_are() -> None:
    scores = observe(Detector(ORDERS), shops(), range(WEEKS * WEEK))
    truth = SHOPS * ORDERS_AN_HOUR * season(WEEKS * WEEK)
    for week in range(2, WEEKS):
        for day in range(7):
            hours = range(week * WEEK + day * DAY, week * WEEK + (day + 1) * DAY)
            expected = sum(of_shop[hour].expected or 0.0 for of_shop in scores.values() for hour in hours)
            assert expected == pytest.approx(truth[hours.start : hours.stop].sum(), rel=0.04)


def test_a_fall_of_all_by_a_quarter_is_seen_in_their_sum() -> None:
    """In each of them it lies half a standard deviation off."""
    begin, end = 3 * WEEK + 12, 3 * WEEK + 24
    random = np.random.default_rng(7)
    fallen = {name: orders.copy() for name, orders in shops().items()}
    for orders in fallen.values():
        orders[begin:end] = random.binomial(orders[begin:end].astype(int), 0.75)
    scores = observe(Detector(ORDERS), fallen, range(end + 6))
    assert sum(bool(alarms(of_shop, begin)) for of_shop in scores.values()) >= SHOPS / 3
