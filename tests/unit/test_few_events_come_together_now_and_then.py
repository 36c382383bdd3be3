"""Where few events are usual, two or three at once are no incident; many are, and so is a regular beat that doubles."""

from dataclasses import replace
from functools import cache

import numpy as np

from tests.detector_world import ALARM, ORDERS, WEEK, Curve, alarms, observe
from tidegate.contracts.anomaly import Kind, SeriesScore
from tidegate.detect.detector import Detector

POINTS = 288
DAYS = 21
BURSTS = [day * POINTS + 77 for day in (8, 13, 19)]
"""In each second series: six events or more in each of three intervals."""
RATES = (0.002, 0.01, 0.05, 0.2, 0.5, 1)
SERIES = 6
ORDERS_5M = replace(ORDERS, interval_minutes=5)


def events(rate: float, seed: int) -> Curve:
    """Independent events."""
    random = np.random.default_rng([seed, round(1000 * rate)])
    curve = random.poisson(rate, DAYS * POINTS).astype(float)
    if seed % 2:
        for place in BURSTS:
            curve[place : place + 3] += 6 + random.poisson(10 * rate, 3)
    return curve


@cache
def watched() -> dict[str, list[SeriesScore]]:
    """Events of all rates, seen by one detector."""
    series = {f"{rate}/{seed}": events(rate, seed) for rate in RATES for seed in range(SERIES)}
    return observe(Detector(ORDERS_5M), series, range(DAYS * POINTS), seconds=300)


def of(rate: float, *, bursts: bool) -> list[list[SeriesScore]]:
    """The scores of the series of a rate, with bursts or without."""
    return [watched()[f"{rate}/{seed}"] for seed in range(SERIES) if seed % 2 == bursts]


def test_of_few_events_nothing_is_told() -> None:
    told = {rate: [alarms(scores) for scores in of(rate, bursts=False)] for rate in RATES}
    assert sum(len(places) for series in told.values() for places in series) <= 2, told


def test_bursts_are_told_at_once() -> None:
    for rate in RATES:
        for scores in of(rate, bursts=True):
            places = alarms(scores)
            first = [min((place - burst for place in places if place >= burst), default=POINTS) for burst in BURSTS]
            assert sum(delay <= 2 for delay in first) >= 2, (rate, first)
            assert first[0] <= 2, (rate, first)


def test_what_is_expected_of_few_events_is_few() -> None:
    for scores in of(0.2, bursts=False):
        assert max(score.expected for score in scores[2 * POINTS :] if score.expected is not None) < 2.5


def test_a_regular_beat_that_doubles_is_no_chance() -> None:
    beat = np.full(3 * WEEK, 10.0)
    beat[2 * WEEK + 40 :] = 20
    found = observe(Detector(ORDERS), {"beat": beat}, range(3 * WEEK))["beat"]
    assert alarms(found)[:1] == [2 * WEEK + 40]


def test_the_same_count_again_is_no_flat_line_where_counts_are_small() -> None:
    for scores in of(0.5, bursts=False):
        assert [score for score in scores if score.severity >= ALARM and score.kind == Kind.FLAT] == []
