"""A value far beyond all that a series has shown is told, however often it bursts and however slowly it drifts."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.detector_world import DAY, LATENCY, ORDERS, Curve, alarms, counts, observe
from tidegate.contracts.anomaly import SeriesScore
from tidegate.detect.detector import Detector

POINTS = 288
DAYS = 21
LARGEST = 5e6
FIRST, AGAIN = 11 * POINTS + 100, 16 * POINTS + 20
"""Where a burst is more than half as high again as any before, and where one is as high as that."""


def bursts(seed: int, zeros: int = 0) -> Curve:
    """Bytes written: every two hours or so a burst of up to 5 MB, else nothing. zeros: so many intervals come first."""
    random = np.random.default_rng(seed)
    curve = np.where(random.random(DAYS * POINTS) < 1 / 24, random.uniform(1e6, LARGEST, DAYS * POINTS), 0)
    curve[:zeros] = 0
    curve[[FIRST, AGAIN]] = 8.5e6
    return np.asarray(curve)


@cache
def scored(zeros: int) -> dict[str, list[SeriesScore]]:
    """The scores of ten series."""
    series = {str(seed): bursts(seed, zeros) for seed in range(10)}
    detector = Detector(replace(LATENCY, interval_minutes=5))
    return observe(detector, series, range(DAYS * POINTS), "latency", seconds=300)


@pytest.mark.parametrize("zeros", [0, POINTS // 2])
def test_a_burst_higher_than_all_before_is_told(zeros: int) -> None:
    assert [name for name, scores in scored(zeros).items() if FIRST not in alarms(scores)] == []


def test_the_same_again_is_less_severe() -> None:
    assert all(scores[AGAIN].severity < scores[FIRST].severity - 5 for scores in scored(0).values())


def test_bursts_of_usual_heights_are_hardly_told() -> None:
    usual = [place for scores in scored(0).values() for place in alarms(scores, 7 * POINTS)]
    assert len(set(usual) - {FIRST, AGAIN}) <= len(scored(0)), usual


def temperature(seed: int) -> Curve:
    """A room's temperature in °C by the hour: it follows day and weather, and nothing about it is sudden."""
    random = np.random.default_rng(seed)
    hours = 60 * DAY
    weather = np.zeros(hours)
    for hour in range(1, hours):
        weather[hour] = 0.97 * weather[hour - 1] + 0.3 * random.standard_normal()
    curve = 20 + 2 * np.sin(2 * np.pi * np.arange(hours) / DAY) + weather
    rise = slice(50 * DAY, 50 * DAY + 10)
    curve[rise] = curve[rise.start] + np.arange(10)
    return np.asarray(curve)


def test_a_slow_rise_far_beyond_the_range_is_told_by_its_tenth_hour() -> None:
    series = {str(seed): temperature(seed) for seed in range(6)}
    found = observe(Detector(LATENCY), series, range(60 * DAY), "latency")
    rise = range(50 * DAY, 50 * DAY + 10)
    assert [name for name, scores in found.items() if not set(alarms(scores)) & set(rise)] == []


def test_the_first_saturday_of_a_shop_is_no_anomaly_for_being_its_best_day() -> None:
    orders = counts(100, 4 * 7 * DAY, 3)
    orders[np.arange(len(orders)) // DAY % 7 == 5] *= 1.6
    found = observe(Detector(ORDERS), {"it": orders}, range(len(orders)))["it"]
    assert alarms(found) == []


def test_a_lasting_shift_beyond_the_range_is_told_while_it_is_new() -> None:
    series, shift = {}, range(12 * POINTS, 13 * POINTS)
    for seed in range(8):
        random = np.random.default_rng(seed)
        curve = 100 * np.exp(0.15 * random.standard_normal(14 * POINTS))
        curve[shift.start : shift.stop] *= 2.5
        series[str(seed)] = curve
    found = observe(Detector(replace(LATENCY, interval_minutes=5)), series, range(14 * POINTS), "latency", seconds=300)
    told = [[place - shift.start for place in alarms(scores, shift.start)] for scores in found.values()]
    assert all(places[0] <= 1 for places in told), told
    assert len([place for places in told for place in places if place > 12]) <= 1, told
