"""An alert event fits Lambda, SNS and DynamoDB, whatever names and values are in it; detect is never kept by one."""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.alert_events import changed, document
from tests.detect_world import CONFIG, NAMES, STEP, DetectWorld, PlainModel, interval, score
from tidegate.alert.record import AnomalyRecord, Feedback
from tidegate.aws.alert_function import AlertFunction
from tidegate.aws.anomalies import record_values
from tidegate.aws.feedback import verdicts_text
from tidegate.aws.items import Item
from tidegate.config import DetectorConfig
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.anomaly import RootCause
from tidegate.contracts.errors import MalformedAlert
from tidegate.contracts.event_size import MAX_EVENT_BYTES, MAX_VALUE_CHARACTERS, fitted, told_value
from tidegate.contracts.feedback import Verdict, merged_verdicts, peaks_of
from tidegate.contracts.series import IntervalValues
from tidegate.detect.events import MAX_EVENT_SERIES, alert_event
from tidegate.detect.feedback import lowered, tolerances
from tidegate.detect.groups import Grouping
from tidegate.detect.scores import Standing

HITS = 60


def names(values: int) -> tuple[str, ...]:
    return tuple(f"dimension-{place}" for place in range(values))


def event_of(
    *values: tuple[str, ...], causes: tuple[RootCause, ...] = (), config: DetectorConfig | None = None
) -> AlertEvent:
    """Our event of series of these dimension values, the worst first."""
    config = config or replace(CONFIG, dimensions=names(len(values[0])))
    hits = [score("", 95 - place / 10, 1 / 3, dimensions=dimensions) for place, dimensions in enumerate(values)]
    grouping = Grouping(NAMES, config.dimensions)
    ((state, group),) = grouping.step((), interval(1), hits, Standing(), lambda series: causes).changes
    return alert_event(state, group, config, NAMES)


def size(event: AlertEvent) -> int:
    return len(event.to_json().encode())


def test_our_largest_ordinary_event_is_not_cut() -> None:
    values = [(*(f"{place}" * 40 for place in range(9)), f"{number:040d}") for number in range(200)]
    event = event_of(*values)
    assert len(event.series) == MAX_EVENT_SERIES
    assert "seriesOmitted" not in event.extra


@pytest.mark.parametrize("letter", ["x", "é", "日", "\U0001f4a5", '"', "\x01"])
@pytest.mark.parametrize("dimensions", [2, 5, 10])
@pytest.mark.parametrize("length", [200, MAX_VALUE_CHARACTERS])
def test_our_event_fits_whatever_the_values_are(dimensions: int, length: int, letter: str) -> None:
    values = [tuple(f"{number:03d}" + letter * (length - 3) for _ in range(dimensions)) for number in range(HITS)]
    causes = tuple(RootCause(tuple(zip(names(dimensions), one, strict=True)), 20) for one in values[:5])
    event = event_of(*values, causes=causes)
    assert size(event) <= MAX_EVENT_BYTES
    assert AlertEvent.parse(event.to_document()) == event
    assert fitted(event) == event
    assert event.facts
    assert event.facts.series_hit == HITS
    assert len(event.facts.series) == len(event.series)
    assert event.series == event_of(*values[: len(event.series) or 1]).series[: len(event.series)]
    if letter != "\x01":
        assert event.series


def test_a_gigantic_value_is_told_by_its_beginning_and_a_fingerprint() -> None:
    one, other = ("it", "v" * 10**6), ("it", "v" * 10**6 + "w")
    event = event_of(one, other, ("fr", "short"), causes=(RootCause((("dimension-1", one[1]),), 90),))
    assert size(event) < 10_000
    assert event.facts
    told = [dict(series.dimensions)["dimension-1"] for series in event.series]
    assert told == [told_value(one[1]), told_value(other[1]), "short"]
    assert len(set(told)) == 3
    assert len(told[0]) <= MAX_VALUE_CHARACTERS
    assert told[0].startswith("v" * 1000)
    assert event.facts.root_causes[0].dimensions == (("dimension-1", told[0]),)
    assert {value for value, _ in event.contributions[1].values} == set(told)
    assert event.series[0].series_id != event.series[1].series_id


def test_feedback_on_a_series_with_a_gigantic_value_counts_for_it() -> None:
    series = ("views", ("v" * 5000,))
    scores = PlainModel().observe(IntervalValues(interval(1), {series: 90.0, ("views", ("w" * 5000,)): 90.0}))
    event = event_of(*(dimensions for _, dimensions in scores.series[:1]), config=CONFIG)
    judged = AnomalyRecord.of(event).verdicts(Feedback.NO, 0)
    lower, _ = lowered(scores, tolerances(judged, (), 70), CONFIG.dimensions, 70)
    assert scores.series[0] == series
    assert lower.severity[0] < 70 <= lower.severity[1]


def test_short_lists_stay_whole_beside_long_ones() -> None:
    values = [(f"{number:03d}" + "x" * 1021, f"m{number}", "it", "y" * 1000) for number in range(HITS)]
    event = event_of(*values)
    counts = {item.name: len(item.values) for item in event.contributions}
    assert counts["dimension-0"] < counts["dimension-1"] == HITS
    assert counts["dimension-2"] == 1
    assert event.extra["seriesOmitted"] == MAX_EVENT_SERIES - len(event.series)
    assert len(event.series) > 20


def test_an_event_too_large_loses_its_last_series_and_says_how_many() -> None:
    dimensions = [{"dimensionName": f"d{place}", "dimensionValue": "v" * 40} for place in range(10)]
    series = [{"timeSeriesId": "0" * 128, "dimensions": dimensions, "metricValue": place} for place in range(5000)]
    event = AlertEvent.parse(changed(document("alert-lookout-2022"), "impactedMetric.relevantTimeSeries", series))
    small = fitted(event)
    assert MAX_EVENT_BYTES * 0.9 < size(small) <= MAX_EVENT_BYTES
    assert len(small.series) > 50
    assert small.series == event.series[: len(small.series)]
    assert small.contributions == event.contributions
    assert small.extra["seriesOmitted"] == 5000 - len(small.series)
    assert fitted(small) == small


def test_contributions_leave_room_for_series() -> None:
    values = [{"dimensionValue": f"{place}" + "v" * 900, "valueContribution": 1} for place in range(200)]
    path = "impactedMetric.dimensionContribution.0.dimensionValueContributions"
    event = AlertEvent.parse(changed(document("alert-lookout-2022"), path, values))
    small = fitted(event)
    kept = small.contributions[0].values
    assert kept == event.contributions[0].values[: len(kept)]
    assert len(kept) >= 5
    assert small.contributions[1:] == event.contributions[1:]
    assert small.series == event.series


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("note", "x" * MAX_EVENT_BYTES, "without its series; the limit is"),
        ("note", "\ud800", "cannot be written as JSON"),
        ("note", float("nan"), "cannot be written as JSON"),
        ("alertEventId", "x" * 1001, "at most 1000 ASCII characters"),
        ("anomalyDetectorArn", "\u00e9", "at most 1000 ASCII characters"),
    ],
)
def test_what_cannot_be_stored_is_malformed(path: str, value: object, problem: str) -> None:
    with pytest.raises(MalformedAlert, match=problem):
        fitted(AlertEvent.parse(changed(document("alert-lookout-2022"), path, value)))


ITEM_BYTES = 409_600
"""Of DynamoDB."""


def incident_of(length: int, letter: str, events: int = 12) -> list[AlertEvent]:
    """Events of one incident, in each of which other series of long values are hit, the later the worse."""
    found = []
    for number in range(events):
        values = [tuple(f"{number}{place:02d}" + letter * (length - 3) for _ in range(10)) for place in range(HITS)]
        event = event_of(*values)
        assert event.facts
        series = tuple(replace(one, severity=70.0 + number) for one in event.facts.series)
        found.append(replace(event, facts=replace(event.facts, interval=interval(number), series=series)))
    return found


def record_of(events: Iterable[AlertEvent]) -> AnomalyRecord:
    first, *others = events
    return reduce(AnomalyRecord.merged, others, AnomalyRecord.of(first))


def item_size(item: Item) -> int:
    """In bytes, as DynamoDB counts: names and values."""
    return sum(len(name) + len(str(*value.values()).encode()) for name, value in item.items())


@pytest.mark.parametrize("letter", ["x", "日", "\x01"])
@pytest.mark.parametrize("length", [100, MAX_VALUE_CHARACTERS])
def test_a_record_and_its_feedback_fit_an_item_whatever_the_values_are(length: int, letter: str) -> None:
    events = incident_of(length, letter)
    said = tuple[Verdict, ...]()
    assert item_size(record_values(record_of(events))) < ITEM_BYTES
    for given, event in enumerate(events):
        said = merged_verdicts(said, AnomalyRecord.of(event).verdicts(Feedback.NO, given))
        assert len(verdicts_text(said).encode()) < ITEM_BYTES
    latest = AnomalyRecord.of(events[-1]).verdicts(Feedback.NO, len(events) - 1)
    assert set(latest) <= set(said)


@pytest.mark.parametrize("letter", ["x", "日"])
def test_of_too_many_long_names_the_worst_are_kept_in_whatever_order_events_come(letter: str) -> None:
    events = incident_of(MAX_VALUE_CHARACTERS, letter)
    record = record_of(events)
    scores = sorted((peak.score for event in events for peak in peaks_of(event)), reverse=True)
    assert 0 < len(record.peaks) < len(scores)
    assert [peak.score for peak in record.peaks] == scores[: len(record.peaks)]
    for seed in range(10):
        assert record_of(Random(seed).sample(events, len(events))).peaks == record.peaks


LAMBDA_BYTES = 262_144


def refusing_what_is_too_large(**call: Any) -> None:
    """As Lambda's Invoke of type Event does."""
    payload: bytes = call["Payload"]
    if len(payload) > LAMBDA_BYTES:
        answer: Any = {
            "Error": {"Code": "RequestEntityTooLargeException", "Message": f"{len(payload)} bytes"},
            "ResponseMetadata": {"HTTPStatusCode": 413},
        }
        raise ClientError(answer, "Invoke")


@pytest.mark.parametrize("length", [1021, 10**5])
def test_detect_goes_on_behind_an_incident_of_long_values(length: int) -> None:
    config = replace(CONFIG, dimensions=names(5))
    world = DetectWorld(config)
    long = 4 * ["x" * 1021]
    rows = [",".join(f"{number:03d}{value}" for value in ("x" * length, *long)) for number in range(HITS)]
    header = ",".join(("event_time", *config.dimensions, "views", "orders"))
    for number in range(3):
        body = "".join(f"{interval(number).start},{row},90,1000\n" for row in rows)
        world.objects[world.key(number)] = f"{header}\n{body}".encode()
    client: Any = SimpleNamespace(invoke=refusing_what_is_too_large)
    report = world.run(3 * STEP + 60, alerts=AlertFunction(client, "alert"))
    assert (world.seen(), report.refused_events) == ([0, 1, 2], ())
