"""A shop that is closed at night and on Sundays is judged by what it is while it is open."""

from dataclasses import replace
from functools import cache

import numpy as np

from tests.detector_world import DAY, ORDERS, WEEK, Curve, alarms, observe
from tidegate.contracts.anomaly import SeriesScore
from tidegate.detect.detector import Detector

POINTS = 288
DAYS = 27
OUTAGES = [day * POINTS + 160 for day in (17, 22, 26)]
OUTAGE_POINTS = 6
SHOPS = 6
MEANS = (60, 300)
FIRST_SUNDAY = 6


def hours() -> Curve:
    """1 from eight to twenty o'clock on weekdays, else 0: the first day is a Monday."""
    place = np.arange(DAYS * POINTS)
    point, weekday = place % POINTS, place // POINTS % 7
    return np.asarray((point >= 96) & (point < 240) & (weekday != FIRST_SUNDAY), float)


def shop(mean: float, seed: int) -> Curve:
    """Orders of a shop; each second one has three outages of half an hour."""
    random = np.random.default_rng([seed, round(mean)])
    rate = random.gamma(60, mean / 60, DAYS * POINTS) * hours()
    curve = random.poisson(rate).astype(float)
    if seed % 2:
        for outage in outages(mean, seed):
            curve[outage : outage + OUTAGE_POINTS] = 0
    return curve


def outages(mean: float, seed: int) -> list[int]:
    """Where a shop's outages begin: at no time two shops have one, so that none is named for the others."""
    return [outage + 10 * seed - (5 if mean == MEANS[0] else 0) for outage in OUTAGES]


@cache
def watched() -> dict[str, list[SeriesScore]]:
    """All shops, those with outages by a detector of their own."""
    series = {f"{mean}/{seed}": shop(mean, seed) for mean in MEANS for seed in range(SHOPS)}
    config = replace(ORDERS, interval_minutes=5)
    found: dict[str, list[SeriesScore]] = {}
    for part in ("0", "1"):
        some = {name: curve for name, curve in series.items() if str(int(name[-1]) % 2) == part}
        found |= observe(Detector(config), some, range(DAYS * POINTS), seconds=300)
    return found


def test_outages_in_open_hours_are_told() -> None:
    told = 0
    for name, scores in watched().items():
        if int(name[-1]) % 2:
            mean, seed = map(int, name.split("/"))
            places = alarms(scores)
            told += sum(
                any(outage <= place <= outage + OUTAGE_POINTS for place in places) for outage in outages(mean, seed)
            )
    assert told >= 0.85 * len(OUTAGES) * len(MEANS) * SHOPS / 2


def test_from_the_second_sunday_on_nothing_is_told_of_ordinary_days() -> None:
    first = (FIRST_SUNDAY + 7) * POINTS
    told = {name: alarms(scores, first) for name, scores in watched().items() if not int(name[-1]) % 2}
    assert sum(map(len, told.values())) <= 3, told


def test_nothing_is_expected_of_closed_hours() -> None:
    closed = np.flatnonzero(hours()[18 * POINTS :] == 0) + 18 * POINTS
    for name, scores in watched().items():
        mean = float(name.split("/")[0])
        expected = [scores[place].expected for place in closed if place % POINTS not in range(84, 108)]
        assert np.mean([value for value in expected if value is not None]) < 0.02 * mean, name


def test_outages_of_two_hours_are_told_by_the_hour() -> None:
    """Hourly orders, the shop is open every day: 600 at noon, none for two hours."""
    place = np.arange(6 * WEEK)
    course = np.maximum(np.sin(np.pi * (place % DAY - 8) / 12), 0)
    outages = [week * WEEK + day * DAY + 12 for week, day in ((3, 1), (4, 3), (5, 5))]
    series = {}
    for seed in range(4):
        random = np.random.default_rng(seed)
        curve = random.poisson(random.gamma(60, 10, len(place)) * course).astype(float)
        if seed % 2:
            for outage in outages:
                curve[outage : outage + 2] = 0
        series[str(seed)] = curve
    for part in ("0", "2"), ("1", "3"):
        found = observe(Detector(ORDERS), {name: series[name] for name in part}, range(len(place)))
        for name, scores in found.items():
            places = alarms(scores)
            if int(name) % 2:
                assert all(any(outage <= place < outage + 2 for place in places) for outage in outages), places
            else:
                assert len(places) <= 1, places
