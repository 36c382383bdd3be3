"""An incident is over when its series are as they were, or stay as they are; which of the two is told."""

import pytest

from tests.detect_world import NAMES
from tests.detector_world import (
    DAY,
    HOUR,
    LATENCY,
    LEARNED,
    ORDERS,
    START,
    Curve,
    changed,
    counts,
    gauge,
    observe,
    season,
    trained,
)
from tidegate.config import DetectorConfig
from tidegate.contracts.anomaly import AnomalyGroup, Outcome
from tidegate.contracts.incident_facts import IncidentState
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import IntervalValues, SeriesKey
from tidegate.detect.detector import Detector
from tidegate.detect.groups import Grouping
from tidegate.detect.incidents import QUIET_INTERVALS, Incident

BEGIN = LEARNED + DAY + 10
HOURS = BEGIN + 3 * DAY


def ends(detector: Detector, config: DetectorConfig, shops: dict[str, Curve], hours: range) -> list[AnomalyGroup]:
    """The incidents that end in these hours, as they end."""
    measure, grouping = config.measure_names[0], Grouping(NAMES, config.dimensions)
    incidents: tuple[Incident, ...] = ()
    found = []
    for hour in hours:
        interval = Interval(START + hour * HOUR, START + (hour + 1) * HOUR)
        values: dict[SeriesKey, float] = {
            (measure, (name,)): float(curve[hour]) for name, curve in shops.items() if curve[hour] == curve[hour]
        }
        scores = detector.observe(IntervalValues(interval, values))
        step = grouping.step(incidents, interval, scores.above(config.anomaly_threshold), scores.standing())
        incidents = step.incidents
        found += [group for state, group in step.changes if state is IncidentState.ENDED]
    return found


def hour_of(instant: int) -> int:
    return (instant - START) // HOUR


@pytest.mark.parametrize("hours", [3, 5, 7])
def test_an_outage_is_over_when_the_orders_are_back(hours: int) -> None:
    orders = changed(counts(200, HOURS, 1), range(BEGIN, BEGIN + hours), lambda usual: usual * 0)
    detector = Detector.from_bytes(trained("orders"), ORDERS)
    (end,) = ends(detector, ORDERS, {"it": orders}, range(LEARNED, HOURS))
    assert end.outcome is Outcome.RECOVERED
    assert BEGIN <= hour_of(end.started) <= BEGIN + 1
    assert BEGIN + hours <= hour_of(end.interval.end) <= BEGIN + hours + 3  # the sum over three goes on


@pytest.mark.parametrize("factor", [0.4, 2.5])
def test_a_level_that_lasts_ends_as_the_new_normal(factor: float) -> None:
    orders = changed(counts(200, HOURS, 1), range(BEGIN, HOURS), lambda usual: usual * factor)
    detector = Detector.from_bytes(trained("orders"), ORDERS)
    first, *_ = ends(detector, ORDERS, {"it": orders}, range(LEARNED, HOURS))
    assert first.outcome is Outcome.NEW_NORMAL
    assert hour_of(first.interval.end) <= BEGIN + DAY


def test_a_gauge_that_stays_silent_ends_as_the_new_normal() -> None:
    silent = changed(gauge(50, HOURS, 1), range(BEGIN, HOURS), lambda usual: usual * float("nan"))
    detector = Detector.from_bytes(trained("latency"), LATENCY)
    (end,) = ends(detector, LATENCY, {"it": silent}, range(LEARNED, HOURS))
    assert end.outcome is Outcome.NEW_NORMAL


def test_what_only_many_series_show_together_becomes_their_normal_state_too() -> None:
    shops = {
        f"shop-{number:02d}": changed(counts(40, HOURS, 100 + number), range(BEGIN, HOURS), lambda usual: usual * 0.5)
        for number in range(30)
    }
    detector = Detector(ORDERS)
    observe(detector, shops, range(LEARNED))
    found = ends(detector, ORDERS, shops, range(LEARNED, HOURS))
    largest = max(found, key=lambda group: group.interval.end - group.started)
    assert largest.outcome is Outcome.NEW_NORMAL
    assert hour_of(largest.interval.end) <= BEGIN + DAY


def test_a_spike_is_over_when_it_is() -> None:
    orders = changed(counts(200, HOURS, 1), range(BEGIN, BEGIN + 1), lambda usual: usual * 4)
    detector = Detector.from_bytes(trained("orders"), ORDERS)
    (end,) = ends(detector, ORDERS, {"it": orders}, range(LEARNED, HOURS))
    assert end.outcome is Outcome.RECOVERED
    assert hour_of(end.interval.end) <= BEGIN + 1 + QUIET_INTERVALS


def test_the_usual_range_of_a_constant_is_narrow() -> None:
    hosts = season(LEARNED) * 0 + 12
    hosts[-1] = 9
    (scores,) = observe(Detector(LATENCY), {"it": hosts}, range(LEARNED), "latency").values()
    last = scores[-1]
    assert last.severity >= 70
    assert last.lower is not None
    assert last.upper is not None
    assert 9 < last.lower <= 12 <= last.upper < 15
