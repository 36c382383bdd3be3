"""New, absent, silent, forgotten and too many series; gaps in time; order within an interval."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from tests.detector_world import (
    ALARM,
    DAY,
    HOUR,
    LATENCY,
    ORDERS,
    START,
    WEEK,
    Curve,
    alarms,
    changed,
    counts,
    gauge,
    observe,
)
from tidegate.contracts.anomaly import Kind, SeriesScore
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import IntervalValues
from tidegate.detect.detector import Detector

ORDERS_5M = replace(ORDERS, interval_minutes=5)


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


def losing(share: float, days: int) -> Curve:
    """Five-minute orders, some of whose intervals were lost on the way."""
    orders = np.random.default_rng(1).poisson(100, days * 288).astype(float)
    orders[np.random.default_rng(2).random(len(orders)) < share] = np.nan
    return orders


def test_orders_that_were_always_there_are_silence_from_the_first_interval_without_them() -> None:
    orders = losing(0, 10)
    orders[-1] = np.nan
    known = observe(Detector(ORDERS_5M), {"shop": orders, "other": losing(0, 10)}, range(len(orders)), seconds=300)
    assert known["shop"][-1].severity >= ALARM


def test_intervals_lost_by_chance_are_missing_values_and_no_silence() -> None:
    orders = losing(0.005, 14)
    known = observe(Detector(ORDERS_5M), {"shop": orders, "other": losing(0, 14)}, range(len(orders)), seconds=300)
    lost = sum(score.value is None for score in known["shop"])
    assert lost > 15
    assert len(alarms(known["shop"])) <= 2


def test_orders_that_stop_are_silence_also_where_intervals_are_lost_by_chance() -> None:
    orders = losing(0.005, 10)
    orders[-6:] = np.nan
    known = observe(Detector(ORDERS_5M), {"shop": orders, "other": losing(0, 10)}, range(len(orders)), seconds=300)
    severities = [score.severity for score in known["shop"][-6:]]
    assert all(severity >= ALARM for severity in severities[2:])


def stopping(absent: int, others: int = 1, gone: int = 0) -> list[SeriesScore]:
    """The last `absent` hours of a gauge that stops, beside others that go on and some that are gone for long."""
    hours = 15 * DAY + absent
    gauges = {f"other-{number}": gauge(30, hours, 2 + number) for number in range(others)} | {"it": gauge(30, hours, 1)}
    gauges["it"][-absent:] = np.nan
    for number in range(gone):
        gauges[f"gone-{number}"] = changed(gauge(30, hours, 90 + number), range(14 * DAY, hours), to_nothing)
    return observe(Detector(LATENCY), gauges, range(hours), "latency")["it"][-absent:]


def to_nothing(usual: Curve) -> Curve:
    return np.full(len(usual), np.nan)


def test_a_gauge_that_stops_is_silence_for_a_while() -> None:
    severities = [score.severity for score in stopping(16)]
    first = next(hour for hour, severity in enumerate(severities) if severity >= ALARM)
    assert 2 <= first <= 4
    assert all(severity >= ALARM for severity in severities[first : first + 8])
    assert all(50 <= severity < ALARM for severity in severities[first + 9 :])
    assert {score.kind for score in stopping(8) if score.severity >= ALARM} == {Kind.SILENCE}


def test_gauges_that_stop_together_are_silence() -> None:
    hours = 15 * DAY + 5
    gauges = {
        f"it-{number}": changed(gauge(30, hours, number), range(hours - 5, hours), to_nothing) for number in range(3)
    }
    scores = observe(Detector(LATENCY), gauges | {"other": gauge(30, hours, 9)}, range(hours), "latency")
    assert all(scores[name][-1].severity >= ALARM for name in gauges)


def test_where_series_come_and_go_one_more_that_stops_is_no_anomaly() -> None:
    assert not alarms(stopping(10, others=4, gone=3))


def test_a_daily_pause_is_told_once() -> None:
    gauges = {"it": gauge(30, 21 * DAY, 1), "other": gauge(30, 21 * DAY, 2)}
    for day in range(16, 21):
        gauges["it"][day * DAY + 2 : day * DAY + 8] = np.nan
    told = alarms(observe(Detector(LATENCY), gauges, range(21 * DAY), "latency")["it"])
    assert told
    assert max(told) < 17 * DAY


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
