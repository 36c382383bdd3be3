"""A series that was all zeros is judged by what it has become; what happens to one now and then is told each time."""

from dataclasses import replace

import numpy as np
import pytest

from tests.detector_world import LATENCY, ORDERS, WEEK, Curve, alarms, observe
from tidegate.detect.detector import Detector

POINTS = 288
DAYS = 21
LATENCY_5M = replace(LATENCY, interval_minutes=5)
SPIKES = [day * POINTS + 100 for day in (9, 14, 19)]


def latency(seed: int, zeros: int) -> Curve:
    """Noise with heavy tails around 100 and three spikes; before it so many zeros."""
    curve = 100 + 4 * np.random.default_rng(seed).standard_t(8, DAYS * POINTS)
    curve[SPIKES] += 120
    curve[:zeros] = 0
    return np.asarray(curve)


def told(zeros: int) -> list[list[int]]:
    """At which intervals each of ten series alarms."""
    series = {str(seed): latency(seed, zeros) for seed in range(10)}
    found = observe(Detector(LATENCY_5M), series, range(DAYS * POINTS), "latency", seconds=300)
    return [alarms(scores) for scores in found.values()]


def others(places: list[int], first: int = 0) -> int:
    """How many alarms there are beside the spikes."""
    return len([place for place in places if place >= first and place not in SPIKES])


@pytest.mark.parametrize("zeros", [20, POINTS - 1])
def test_zeros_of_less_than_a_day_make_no_difference(zeros: int) -> None:
    with_zeros = told(zeros)
    assert [sorted(set(SPIKES) & set(places)) for places in with_zeros] == [SPIKES] * 10
    assert sum(map(others, with_zeros)) <= sum(map(others, told(0))) + 5


def test_a_series_that_comes_to_life_after_days_is_told_and_learned_anew() -> None:
    life, learned = 3 * POINTS, 5 * POINTS
    with_zeros = told(life)
    assert all({life, *SPIKES} <= set(places) for places in with_zeros)
    assert sum(others(places, learned) for places in with_zeros) <= sum(map(others, told(0))) + 5


def test_errors_of_a_service_that_seldom_has_any_are_told_each_time() -> None:
    incidents = [7, 11, 15, 19]
    errors = np.zeros(DAYS * POINTS)
    for day in incidents:
        errors[day * POINTS + 50 : day * POINTS + 62] = np.random.default_rng(day).poisson(200, 12)
    found = observe(Detector(replace(ORDERS, interval_minutes=5)), {"it": errors}, range(DAYS * POINTS), seconds=300)
    places = alarms(found["it"])
    assert [day for day in incidents if not {day * POINTS + 50, day * POINTS + 51} & set(places)] == []
    assert {place // POINTS for place in places} == set(incidents)


def test_a_shop_that_opens_on_monday_is_learned_by_the_hour() -> None:
    orders = np.random.default_rng(2).poisson(100, 6 * WEEK).astype(float)
    orders[: 2 * 24] = 0
    orders[5 * WEEK + 30 : 5 * WEEK + 34] = 20
    places = alarms(observe(Detector(ORDERS), {"it": orders}, range(6 * WEEK))["it"])
    assert 5 * WEEK + 30 in places
    assert [place for place in places if place < 5 * WEEK] == []
