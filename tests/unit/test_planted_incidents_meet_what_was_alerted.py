"""Incidents put together from alert events, and planted ones matched with them."""

from dataclasses import replace

from local.alerted import alerted_groups
from local.planted import TOLERANCE_SECONDS, match
from tests.alert_events import STEP, ours
from tidegate.contracts.anomaly import AnomalyGroup, Kind, SeriesScore
from tidegate.contracts.incident_facts import IncidentState
from tidegate.contracts.interval import Interval
from tidegate.generate.plan import Incident

DIMENSIONS = ("platform", "marketplace")
START = 1_780_000_200


def group(
    start: int, intervals: int = 1, measure: str = "views", dimensions: tuple[str, str] = ("pc_web", "de")
) -> AnomalyGroup:
    score = SeriesScore(measure, dimensions, 1.0, 2.0, 1.5, 2.5, 90.0)
    last = Interval(start + (intervals - 1) * STEP, start + intervals * STEP)
    return AnomalyGroup(f"{measure}-{start}", measure, start, last, 90.0, Kind.SPIKE, (score,))


def incident(scope: tuple[tuple[str, str], ...] = (("marketplace", "de"),)) -> Incident:
    return Incident(Kind.SPIKE, "a crawler", scope, ("views",), START, START + 2 * STEP, 3.0)


def test_the_events_of_an_incident_make_one_group() -> None:
    events = [
        ours(),
        ours(IncidentState.CONTINUING, 1, score=99.5),
        ours(IncidentState.CONTINUING, 2, score=80.0),
        ours(IncidentState.ENDED, 2),
    ]
    (found,) = alerted_groups([event.to_document() for event in events], ("marketplace", "platform"))
    first = events[0].facts
    assert first is not None
    assert found.started == first.started
    assert found.interval == Interval(first.started + 2 * STEP, first.started + 3 * STEP)
    assert found.severity == 99.5
    assert found.measure == events[0].measure
    assert len(found.series) == len(events[0].series)
    assert [score.severity for score in found.series] == sorted((one.severity for one in first.series), reverse=True)
    named = dict(events[0].series[0].dimensions)
    assert found.series[0].dimensions == (named["marketplace"], named["platform"])
    assert {name: dict(values) for name, values in found.contributions.items()} == {
        item.name: dict(item.values) for item in events[0].contributions
    }


def test_events_of_other_detectors_are_passed_over() -> None:
    assert alerted_groups([replace(ours(), facts=None).to_document()], DIMENSIONS) == []


def test_an_incident_is_found_by_the_first_anomaly_of_its_measure_and_scope() -> None:
    groups = [group(START + STEP), group(START, measure="revenue"), group(START, dimensions=("pc_web", "us"))]
    (found,), unexplained = match([incident()], groups, DIMENSIONS)
    assert found.group == groups[0]
    assert unexplained == groups[1:]
    assert found.where == "de"
    assert found.planted().group_id == groups[0].group_id


def test_an_anomaly_before_or_long_after_is_another() -> None:
    echo, early, late = (
        group(START + 2 * STEP + TOLERANCE_SECONDS - STEP),
        group(START - STEP),
        group(START + 2 * STEP + TOLERANCE_SECONDS),
    )
    (found,), unexplained = match([incident()], [early, echo, late], DIMENSIONS)
    assert found.group == echo
    assert unexplained == [early, late]


def test_what_nothing_found_is_missed() -> None:
    (found,), unexplained = match([incident(scope=())], [], DIMENSIONS)
    assert (found.group, found.where, unexplained) == (None, "everywhere", [])
    assert found.planted().group_id is None
