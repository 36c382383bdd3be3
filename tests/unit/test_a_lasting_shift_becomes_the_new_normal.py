"""A lasting shift is one incident; the new level is normal soon, and the old one is remembered."""

import pytest

from tests.detector_world import DAY, ORDERS, WEEK, alarms, changed, counts, observe, season
from tidegate.detect.detector import Detector
from tidegate.detect.levels import SHIFT_POINTS

SHIFT = 4 * WEEK + DAY
BACK = SHIFT + 3 * DAY
HOURS = BACK + 3 * DAY


def shifted(factor: float) -> list[int]:
    orders = changed(counts(200, HOURS, 7), range(SHIFT, BACK), lambda usual: usual * factor)
    return alarms(observe(Detector(ORDERS), {"shop": orders}, range(HOURS))["shop"], SHIFT - DAY)


def test_a_shift_down_alarms_and_is_normal_soon() -> None:
    found = shifted(0.5)
    assert SHIFT <= found[0] <= SHIFT + 7
    assert max(found) <= found[0] + SHIFT_POINTS + 2


def test_a_shift_up_alarms_and_is_normal_soon() -> None:
    found = shifted(2)
    assert SHIFT <= found[0] <= SHIFT + 7
    assert max(found) <= found[0] + SHIFT_POINTS + 2


def test_the_old_normal_returns_quietly() -> None:
    assert not [at for at in shifted(0.5) if at >= BACK]


def test_a_return_to_neither_level_is_seen() -> None:
    orders = changed(counts(200, HOURS, 7), range(SHIFT, BACK), lambda usual: usual * 0.5)
    orders = changed(orders, range(BACK + 10, BACK + 14), lambda usual: usual * 3)
    found = alarms(observe(Detector(ORDERS), {"shop": orders}, range(HOURS))["shop"], BACK)
    assert found
    assert found[0] <= BACK + 13


def test_what_returns_is_told_beside_the_old_normal() -> None:
    orders = changed(counts(200, HOURS, 7), range(SHIFT, BACK), lambda usual: usual * 3)
    scores = observe(Detector(ORDERS), {"shop": orders}, range(HOURS))["shop"]
    for at in range(BACK, BACK + 4):
        assert scores[at].expected == pytest.approx(200 * season(HOURS)[at], rel=0.25), at
