"""New, absent, silent, forgotten and too many series; gaps in time; order within an interval."""

from datetime import UTC, datetime

import numpy as np

from tests.detector_world import ALARM, DAY, HOUR, LATENCY, ORDERS, START, WEEK, alarms, counts, gauge, observe
from tidegate.contracts.anomaly import Kind, SeriesScore
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import IntervalValues
from tidegate.detect.detector import Detector


def values(hour: int, **shops: float) -> IntervalValues:
    start = START + hour * HOUR
    return IntervalValues(Interval(start, start + HOUR), {("orders", (shop,)): n for shop, n in shops.items()})


def test_a_new_series_is_learned_before_it_is_scored() -> None:
    orders = counts(30, 420, 1)
    orders[100] = 900
    scores = observe(Detector(ORDERS), {"shop": orders}, range(420))["shop"]
    assert all(score.severity == 0 and score.expected is None for score in scores[:300])
    assert scores[300].expected is not None


def test_learned_counts_up() -> None:
    detector = Detector(ORDERS)
    learned = [detector.observe(values(hour, shop=5.0)) for hour in range(3)]
    assert [(scores.learned, scores.needed) for scores in learned] == [(1, 300), (2, 300), (3, 300)]


def test_a_known_series_that_stops_is_silence() -> None:
    orders = counts(100, 3 * WEEK, 1)
    orders[-6:] = np.nan
    both = {"shop": orders, "other": counts(100, len(orders), 2)}
    last = observe(Detector(ORDERS), both, range(len(orders)))["shop"][-1]
    assert last.value is None
    assert last.severity >= ALARM
    assert last.kind is Kind.SILENCE


def test_a_gauge_that_stops_is_shown_below_the_alarm_line() -> None:
    latency = gauge(30, 12 * 30 + 6, 1)
    latency[-6:] = np.nan
    both = {"shop": latency, "other": gauge(30, len(latency), 2)}
    last = observe(Detector(LATENCY), both, range(len(latency)), "latency")["shop"][-1]
    assert 50 <= last.severity < 70
    assert last.kind is Kind.SILENCE


def test_a_series_that_is_often_absent_is_not_silent() -> None:
    orders = counts(30, 480, 1)
    orders[np.random.default_rng(1).random(480) < 0.3] = np.nan
    scores = observe(Detector(ORDERS), {"shop": orders, "other": counts(30, 480, 2)}, range(480))["shop"]
    assert not alarms(scores)


def test_a_gap_of_days_is_no_incident() -> None:
    orders = counts(30, 30 * DAY, 1)
    detector = Detector(ORDERS)
    observe(detector, {"shop": orders}, range(15 * DAY))
    assert not alarms(observe(detector, {"shop": orders}, range(19 * DAY + 5, 22 * DAY))["shop"])


def test_a_series_gone_for_two_weeks_is_forgotten() -> None:
    detector = Detector(ORDERS)
    detector.observe(values(0, old=1.0, shop=1.0))
    assert len(detector.observe(values(13 * DAY, shop=1.0))) == 2
    assert detector.observe(values(15 * DAY, shop=1.0)).series == (("orders", ("shop",)),)


def test_series_beyond_the_limit_are_counted() -> None:
    detector = Detector(ORDERS, limit=2)
    scores = detector.observe(values(0, a=1.0, b=2.0, c=3.0))
    assert (len(scores), scores.refused) == (2, 1)
    assert detector.observe(values(1, a=1.0, b=2.0)).refused == 0


def test_the_order_within_an_interval_does_not_matter() -> None:
    shops = {name: counts(30, 340, seed) for seed, name in enumerate("abcdef")}
    backwards = dict(reversed(shops.items()))
    one, other = (Detector(ORDERS) for _ in range(2))
    observe(one, shops, range(340))
    observe(other, backwards, range(340))
    assert one.to_bytes() == other.to_bytes()


def test_seasons_follow_local_time_over_a_clock_change() -> None:
    zone = ORDERS.__class__(
        measures=ORDERS.measures, dimensions=("shop",), interval_minutes=60, timezone="Europe/Berlin"
    )
    detector = Detector(zone)
    first = int(datetime(2026, 3, 9, tzinfo=UTC).timestamp())
    found: list[SeriesScore] = []
    for hour in range(24 * 24):
        interval = zone.grid.containing(first + hour * HOUR)
        open_now = 8 <= zone.grid.local_start(interval).hour < 20
        orders = np.random.default_rng(hour).poisson(100 if open_now else 10)
        found += detector.observe(IntervalValues(interval, {("orders", ("shop",)): float(orders)})).above(70)
    assert not found
