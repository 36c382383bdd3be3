"""What all series of a shop show together is seen, though none shows it alone, and names them."""

import numpy as np
import pytest

from tests.detector_world import ORDERS, WEEK, Curve, alarms, changed, counts, observe, season
from tidegate.detect import common
from tidegate.detect.detector import Detector

BEGIN = 3 * WEEK + 36
HOURS = BEGIN + 12
SHOPS = 30


def found(hit: int) -> dict[str, bool]:
    shops: dict[str, Curve] = {}
    for number in range(SHOPS):
        orders = counts(40, HOURS, 100 + number)
        if number < hit:
            orders = changed(orders, range(BEGIN, BEGIN + 3), lambda usual: usual * 0.6)
        shops[f"shop-{number:02d}"] = orders
    scores = observe(Detector(ORDERS), shops, range(HOURS))
    return {name: bool(alarms(of_shop, BEGIN)) for name, of_shop in scores.items()}


def test_a_dip_of_all_series_names_more_than_they_show_alone() -> None:
    together, alone = found(SHOPS), found(1)
    assert sum(together.values()) >= SHOPS / 2
    assert not alone["shop-00"]


def test_one_series_names_no_others() -> None:
    shops = {f"shop-{number:02d}": counts(40, HOURS, 100 + number) for number in range(SHOPS)}
    shops["shop-00"] = changed(shops["shop-00"], range(BEGIN, BEGIN + 4), lambda usual: usual * 0)
    scores = observe(Detector(ORDERS), shops, range(HOURS))
    assert [name for name, of_shop in scores.items() if alarms(of_shop, BEGIN)] == ["shop-00"]


def test_alarms_end_soon_after_the_incident() -> None:
    end, hours = BEGIN + 4, BEGIN + 28
    random = np.random.default_rng(3)
    usual = [random.poisson(400 * season(hours)).astype(float) for _ in range(12)]
    shops = {
        f"shop-{number:02d}": changed(orders, range(BEGIN, end), lambda values: np.floor(values * 0.1))
        for number, orders in enumerate(usual)
    }
    for of_shop in observe(Detector(ORDERS), shops, range(hours)).values():
        assert BEGIN + 2 <= alarms(of_shop, BEGIN)[-1] <= end + 2


def test_sums_are_the_same_in_one_call_and_in_many(monkeypatch: pytest.MonkeyPatch) -> None:
    shops = {f"shop-{number:02d}": counts(40, WEEK, 100 + number) for number in range(SHOPS)}

    def snapshot() -> bytes:
        detector = Detector(ORDERS)
        observe(detector, shops, range(WEEK))
        return detector.to_bytes()

    at_once = snapshot()
    monkeypatch.setattr(common, "_ADDED_AT_ONCE", 2 * SHOPS)
    assert snapshot() == at_once
