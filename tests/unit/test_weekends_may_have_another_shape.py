"""Weekends that wake later and have one peak instead of two: expected as they are at every quarter of an hour."""

from dataclasses import replace
from functools import cache

import numpy as np

from tests.detector_world import ORDERS, Curve, alarms, observe
from tidegate.contracts.anomaly import SeriesScore
from tidegate.detect.detector import Detector

MINUTES = 15
DAY = 24 * 60 // MINUTES
WEEKS = 6
SERIES = 8
USUAL = 200


def rate(minutes: int = MINUTES, weeks: int = WEEKS, usual: float = USUAL) -> Curve:
    """Two rush hours on working days, a broad afternoon at the weekend."""
    day = 24 * 60 // minutes
    at = np.arange(weeks * 7 * day)
    hour = at % day * 24 / day
    morning, noon, evening = (
        np.exp(-(((hour - peak) / width) ** 2)) for peak, width in ((8.5, 1.8), (13, 3), (17.5, 2.5))
    )
    working = 0.15 + morning + 0.9 * evening + 0.5 * noon
    weekend = 0.15 + 0.9 * np.exp(-(((hour - 14) / 4) ** 2))
    return np.asarray(usual * np.where(at // day % 7 >= 5, weekend, working))


def counts(truth: Curve, number: int) -> dict[str, Curve]:
    random = np.random.default_rng(3)
    return {f"{place}": random.poisson(random.gamma(60, truth / 60)).astype(float) for place in range(number)}


@cache
def watched() -> dict[str, list[SeriesScore]]:
    series = counts(rate(), SERIES)
    detector = Detector(replace(ORDERS, interval_minutes=MINUTES))
    return observe(detector, series, range(len(rate())), seconds=60 * MINUTES)


def test_nothing_is_told_of_ordinary_weekends() -> None:
    told = {name: alarms(scores, WEEKS // 2 * 7 * DAY) for name, scores in watched().items()}
    assert not any(told.values()), told


def test_there_is_no_step_from_one_quarter_of_an_hour_to_the_next() -> None:
    """In the error of what is expected, over all series and the last two weekends, where the flanks are steep."""
    expected = np.mean([[score.expected or 0.0 for score in scores] for scores in watched().values()], axis=0)
    last = expected[-14 * DAY :].reshape(2, 7, DAY)[:, 5:].mean(axis=(0, 1))
    truth = rate()[5 * DAY : 6 * DAY]
    flanks = slice(7 * DAY // 24, 20 * DAY // 24)
    off = last[flanks] / truth[flanks] - 1
    assert np.abs(np.diff(off)).max() < 0.15


@cache
def small_counts() -> tuple[Curve, dict[str, list[SeriesScore]]]:
    """A few orders each five minutes, four weeks: what was expected of them."""
    truth = rate(5, 4, 20)
    detector = Detector(replace(ORDERS, interval_minutes=5))
    return truth, observe(detector, counts(truth, 6), range(len(truth)), seconds=300)


def test_a_level_that_fell_on_the_first_saturday_teaches_no_saturday() -> None:
    """The first quiet morning is an incident, and moves the level."""
    truth, watched = small_counts()
    told = {name: alarms(scores, len(truth) // 2) for name, scores in watched.items()}
    assert not any(told.values()), told


def test_the_third_saturday_of_counts_is_expected_nearly_as_it_is() -> None:
    """Its morning, when working days have three times as many."""
    truth, watched = small_counts()
    morning = slice(19 * 288 + 7 * 12, 19 * 288 + 10 * 12)
    expected = np.mean([[score.expected or 0.0 for score in scores[morning]] for scores in watched.values()])
    assert 0.9 < expected / truth[morning].mean() < 1.35
