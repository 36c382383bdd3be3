"""Of rare events, such as errors an hour or tickets a day, no more is expected than ever comes."""

from dataclasses import replace

import numpy as np
import pytest

from tests.detector_world import DAY, HOUR, LATENCY, ORDERS, WEEK, Curve, alarms, gauge, observe, season
from tidegate.config import MissingSeries
from tidegate.detect.detector import Detector

SERIES = 20


def rare(mean: float, intervals: int, by_hour: bool) -> dict[str, Curve]:
    """Independent events, by day or all day long."""
    hour = np.arange(intervals) % DAY
    rate = mean * (np.exp(-(((hour - 13) / 4) ** 2)) if by_hour else np.ones(intervals))
    return {f"{seed}": np.random.default_rng(seed).poisson(rate).astype(float) for seed in range(SERIES)}


@pytest.mark.parametrize(
    ("mean", "minutes", "intervals", "by_hour"),
    [(0.1, 60, 90 * DAY, False), (0.2, 60, 90 * DAY, True), (0.3, 1440, 300, False)],
    ids=["hourly", "by day", "daily"],
)
def test_what_is_expected_stays_within_what_comes(mean: float, minutes: int, intervals: int, by_hour: bool) -> None:
    """The level and the profile are seen as their product only: neither may run away from the other."""
    series = rare(mean, intervals, by_hour)
    detector = Detector(replace(ORDERS, interval_minutes=minutes))
    scores = observe(detector, series, range(intervals), seconds=60 * minutes)
    expected = np.array([[row.expected or 0.0 for row in of_one] for of_one in scores.values()])
    most = max(float(events.max()) for events in series.values())
    assert most <= 4
    assert expected.max() <= most + 1
    half = intervals // 2
    seen = np.mean([events[half:].mean() for events in series.values()])
    assert expected[:, half:].mean() == pytest.approx(seen, rel=0.35)
    told = sum(len(alarms(of_one, 0)) for of_one in scores.values())
    weeks = SERIES * intervals * minutes / (7 * DAY * 60)
    assert told <= 0.05 * weeks


@pytest.mark.parametrize(("times", "hours", "least"), [(60, 3, SERIES), (16, 24, 0.7 * SERIES)])
def test_bursts_and_rises_of_rare_events_are_told(times: int, hours: int, least: float) -> None:
    begin, end = 40 * DAY, 42 * DAY
    series = rare(0.1, end, by_hour=False)
    for seed, events in enumerate(series.values()):
        events[begin : begin + hours] += np.random.default_rng(900 + seed).poisson(0.1 * (times - 1), hours)
    scores = observe(Detector(ORDERS), series, range(end), seconds=HOUR)
    assert sum(bool(alarms(of_one, begin)) for of_one in scores.values()) >= least


def test_an_average_that_does_not_come_is_no_value_of_zero() -> None:
    """`MissingSeries=zero` is said of sums and counts: a quarter of an hour without orders has no latency of 0."""
    config = replace(LATENCY, missing_series=MissingSeries.ZERO)
    curve = gauge(50, 3 * WEEK, 1) / season(3 * WEEK)
    night = np.arange(3 * WEEK) % DAY < 4
    curve[night & (np.random.default_rng(2).random(3 * WEEK) < 0.4)] = np.nan
    scores = observe(Detector(config), {"it": curve}, range(3 * WEEK), "latency")["it"]
    at_night = [score.expected for score, is_night in zip(reversed(scores), reversed(night), strict=False) if is_night]
    assert np.mean([expected for expected in at_night[:WEEK] if expected is not None]) == pytest.approx(50, rel=0.03)
    assert not alarms(scores)
