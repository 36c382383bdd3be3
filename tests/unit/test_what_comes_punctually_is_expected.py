"""One interval of the day unlike those around it, day after day or week after week, is known by then, and missed."""

from functools import cache
from typing import Final

import numpy as np
import pytest

from tests.detector_world import DAY, WEEK, Curve, alarms, observe
from tidegate.config import DetectorConfig, Function, Measure
from tidegate.contracts.anomaly import SeriesScore
from tidegate.detect.detector import Detector

POINTS: Final = 288
"""Five-minute intervals a day."""
DAYS: Final = 30
AT: Final = 37
"""The job runs at 03:05, in the middle of a slot of the day profile."""
STOPS: Final = 20
FIVE_MINUTES: Final = DetectorConfig(
    measures=(Measure("orders", Function.AVG),), interval_minutes=5, dimensions=("shop",)
)
HOURLY: Final = DetectorConfig(measures=(Measure("orders", Function.AVG),), interval_minutes=60, dimensions=("shop",))


def usual() -> Curve:
    """About 50, 20 at night and 80 by day."""
    hour = np.arange(DAYS * POINTS) / 12
    return np.asarray(50 * (1 + 0.6 * np.sin(2 * np.pi * (hour - 10) / 24)))


def drawn(rates: dict[str, Curve], seed: int) -> dict[str, Curve]:
    """Negative binomial counts."""
    random = np.random.default_rng(seed)
    return {name: random.poisson(random.gamma(50, rate / 50)).astype(float) for name, rate in rates.items()}


def job(days: list[int]) -> Curve:
    rate = usual()
    rate[[day * POINTS + AT for day in days]] += 300
    return rate


@cache
def scores() -> dict[str, list[SeriesScore]]:
    """Every series' scores, one an interval."""
    every = list(range(DAYS))
    minute = np.arange(DAYS * POINTS) % POINTS
    rates = {
        "no job": usual(),
        "daily": job(every),
        "weekdays": job([day for day in every if day % 7 < 5]),
        "on Mondays": job([day for day in every if day % 7 == 0]),
        "missing once": job([day for day in every if day != STOPS]),
        "stops": job([day for day in every if day < STOPS]),
        "opens at 07:05": usual() * ((minute > 84) & (minute < 264)),
        "nothing else": job(every) - usual(),
        "three times once": job(every),
    }
    values = drawn(rates, 5)
    values["three times once"][STOPS * POINTS + AT] *= 3
    return observe(Detector(FIVE_MINUTES), values, range(DAYS * POINTS), seconds=300)


def days_told(name: str) -> list[int]:
    """On which days the interval of the job was told."""
    return [place // POINTS for place in alarms(scores()[name]) if place % POINTS == AT]


def test_a_daily_job_is_told_in_its_first_days_only() -> None:
    assert not days_told("no job")
    assert all(day < 6 for day in days_told("daily"))
    at_last = scores()["daily"][(DAYS - 1) * POINTS + AT]
    assert at_last.expected == pytest.approx(320, rel=0.4)


def test_a_job_that_does_not_run_is_told_once() -> None:
    assert [day for day in days_told("missing once") if day > 6] == [STOPS]
    assert [day for day in days_told("stops") if day > 6] == [STOPS]
    assert not alarms(scores()["stops"], (STOPS + 1) * POINTS)


def test_a_job_far_larger_than_ever_is_told() -> None:
    assert [day for day in days_told("three times once") if day > 6] == [STOPS]


def test_a_job_of_working_days_is_missed_on_one_weekend_at_most() -> None:
    assert all(day < 7 for day in days_told("weekdays"))


def test_a_weekly_job_is_told_twice_at_most() -> None:
    assert set(days_told("on Mondays")) <= {7, 14}


def test_hours_that_begin_within_a_slot_are_known_after_two_weeks() -> None:
    assert not alarms(scores()["opens at 07:05"], 15 * POINTS)


def test_a_job_in_a_series_of_zeros_is_told_in_its_first_weeks_only() -> None:
    assert len([day for day in days_told("nothing else") if day > 6]) <= 2


def test_a_newsletter_of_two_hours_is_told_on_its_first_mondays() -> None:
    begin, weeks, shops = 4, 10, 8
    hour = np.arange(weeks * WEEK)
    rate = 200 * (1 + 0.6 * np.sin(2 * np.pi * (hour % DAY - 9) / DAY)) * np.where(hour // DAY % 7 >= 5, 0.7, 1.0)
    for after, factor in ((10, 4), (11, 2)):
        rate[begin * WEEK + after :: WEEK] *= factor
    found = observe(Detector(HOURLY), drawn({f"shop-{n}": rate for n in range(shops)}, 3), range(weeks * WEEK))
    told = [
        sum(bool({week * WEEK + 10, week * WEEK + 11} & set(alarms(of))) for of in found.values())
        for week in range(weeks)
    ]
    assert told[begin] == told[begin + 1] == shops
    assert sum(told[begin + 2 :]) <= 0.3 * shops * (weeks - begin - 2)


def test_an_incident_is_not_expected_the_day_after() -> None:
    values = drawn({"shop": usual()}, 9)
    begin = STOPS * POINTS + 150
    for day in (0, 1):
        values["shop"][begin + day * POINTS : begin + day * POINTS + 12] *= 0.1
    found = observe(Detector(FIVE_MINUTES), values, range(begin + 2 * POINTS), seconds=300)["shop"]
    told = alarms(found, begin)
    assert min(told) < begin + 6
    assert any(begin + POINTS <= place < begin + POINTS + 6 for place in told)


def test_what_only_the_sum_over_many_shows_is_known_as_well() -> None:
    """Twenty shops open five minutes into a slot, and sell so little that none shows it alone."""
    minute = np.arange(DAYS * POINTS) % POINTS
    rate = 0.4 * usual() * ((minute > 84) & (minute < 264))
    config = DetectorConfig(measures=(Measure("orders", Function.SUM),), interval_minutes=5, dimensions=("shop",))
    shops = drawn({f"shop-{number:02d}": rate for number in range(20)}, 5)
    found = observe(Detector(config), shops, range(18 * POINTS), seconds=300)
    at_opening = [[place // POINTS for place in alarms(of_shop) if place % POINTS == 84] for of_shop in found.values()]
    told = {day for days in at_opening for day in days}
    assert told
    assert max(told) < 12
