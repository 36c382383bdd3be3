"""Jobs, resets and switches that belong to a series alarm at first, then no longer; what is larger still does."""

from dataclasses import replace
from functools import cache

import numpy as np

from tests.detector_world import LATENCY, ORDERS, WEEK, Curve, alarms, counts, observe
from tidegate.detect.detector import Detector

DAYS = 21
POINTS = 288
TOLD_FOR = 12 * POINTS
"""By then what comes every day is told no more."""
NIGHT_JOB, JOB_LASTS = 60, 4
LARGE = 20 * POINTS + 150
"""Where the job is ten times as large, on the last day."""


def jobs() -> Curve:
    """50 orders in five minutes, 600 more in each of 20 minutes of every night, at a time that varies by an hour."""
    random = np.random.default_rng(3)
    curve = random.poisson(50, DAYS * POINTS).astype(float)
    for night in range(DAYS):
        at = night * POINTS + NIGHT_JOB + int(random.integers(-6, 7))
        curve[at : at + JOB_LASTS] += 600
    curve[LARGE : LARGE + JOB_LASTS] += 6000
    return curve


def reset() -> Curve:
    """A counter that starts from 0 at midnight."""
    point = np.arange(DAYS * POINTS)
    return np.asarray(point % POINTS * 100 + np.random.default_rng(4).poisson(100, len(point)), float)


def switched() -> Curve:
    """A machine that is on or off for hours."""
    random = np.random.default_rng(5)
    on = np.repeat(random.random(DAYS * POINTS // 36) < 0.5, 36)
    return np.asarray(np.where(on, 80, 5) + 2 * random.standard_normal(len(on)))


def profit() -> Curve:
    """Values of both signs with heavy tails."""
    return np.asarray(200 * np.random.default_rng(4).standard_t(4, DAYS * POINTS))


@cache
def told() -> dict[str, list[int]]:
    """At which intervals each of the series alarms, all seen by one detector."""
    series = {"jobs": jobs(), "reset": reset(), "switched": switched(), "profit": profit()}
    detector = Detector(replace(LATENCY, interval_minutes=5))
    found = observe(detector, series, range(DAYS * POINTS), "latency", seconds=300)
    return {name: alarms(scores) for name, scores in found.items()}


def test_a_job_at_a_changing_time_of_every_night_is_told_for_some_nights() -> None:
    nights = {place // POINTS for place in told()["jobs"] if place < LARGE}
    assert nights
    assert len({night for night in nights if night * POINTS >= TOLD_FOR}) <= 2, sorted(nights)


def test_a_job_much_larger_than_those_of_other_nights_is_told() -> None:
    assert LARGE in told()["jobs"]


def test_a_counter_that_is_reset_every_day_is_quiet() -> None:
    assert not [place for place in told()["reset"] if place >= TOLD_FOR]


def test_a_machine_that_is_switched_on_and_off_is_quiet() -> None:
    assert not [place for place in told()["switched"] if place >= TOLD_FOR]


def test_a_peak_that_the_season_lets_expect_is_no_anomaly_however_far_it_is_from_the_mean() -> None:
    weeks = 16
    orders = counts(50, weeks * WEEK, 1)
    orders[8::WEEK] += 700
    found = observe(Detector(ORDERS), {"it": orders}, range(weeks * WEEK))["it"]
    peaks = [place for place in alarms(found) if place >= 8 * WEEK and place % WEEK == 8]
    assert len(peaks) <= 1, f"{len(peaks)} of 8 peaks"


def test_values_that_can_be_negative_may_fall_as_suddenly_as_they_rise() -> None:
    assert len(told()["profit"]) <= 4, f"{len(told()['profit'])} anomalies"
