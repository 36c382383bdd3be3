"""Lookout's alert event: every form is read, ours is written, what is malformed is named by its path."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alert_events import changed, document, ours
from tests.detect_world import CONFIG, NAMES, interval, score
from tidegate.config import DetectorConfig, Function, Measure
from tidegate.contracts.alert_event import AlertEvent, series_id
from tidegate.contracts.alert_time import AlertTime
from tidegate.contracts.errors import ConfigurationError, MalformedAlert
from tidegate.contracts.incident_facts import IncidentState
from tidegate.contracts.names import DetectorNames
from tidegate.detect.events import MAX_EVENT_SERIES, alert_event
from tidegate.detect.groups import Grouping
from tidegate.detect.scores import Standing

FORMS = ["alert-lookout-2021", "alert-lookout-2022", "alert-tidegate"]
OF_2021, OF_2022, OF_OURS = (document(name) for name in FORMS)
SERIES = "impactedMetric.relevantTimeSeries"
CONTRIBUTIONS = "impactedMetric.dimensionContribution"
CONSUMERS_PATTERN = re.compile(r"T(\d+):(\d+)Z\[(.+)\]")
NAME = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@pytest.mark.parametrize("name", FORMS)
def test_a_document_is_written_as_it_was_read(name: str) -> None:
    assert AlertEvent.parse(document(name)).to_document() == document(name)


def test_the_form_of_2021_has_neither_link_nor_group() -> None:
    event = AlertEvent.parse(OF_2021)
    assert (event.console_url, event.group_id, event.description, event.facts) == (None, None, None, None)
    assert event.group == "7d9c2f4e-5b1a-4a55-9f0e-2c6a3b7e8d10"
    assert event.detector == "orders"


def test_numbers_keep_their_form() -> None:
    assert '"metricValue":17}' in AlertEvent.parse(OF_2021).to_json()
    assert '"metricValue":9.5}' in AlertEvent.parse(OF_2021).to_json()
    assert '"anomalyScore":79.31,' in AlertEvent.parse(OF_2021).to_json()


def test_unknown_fields_are_kept() -> None:
    found = OF_2022
    for path in ("later", "impactedMetric.unit", f"{SERIES}.0.rank", f"{CONTRIBUTIONS}.0.note"):
        found = changed(found, path, {"any": [1, None]})
    assert AlertEvent.parse(found).to_document() == found


def test_there_may_be_no_dimension() -> None:
    found = changed(changed(OF_2022, CONTRIBUTIONS, []), f"{SERIES}.0.dimensions", None)
    event = AlertEvent.parse(found)
    assert event.contributions == ()
    assert event.series[0].dimensions == ()


def test_there_may_be_ten_dimensions_and_thousands_of_series() -> None:
    dimensions = [{"dimensionName": f"d{place}", "dimensionValue": f"v{place}"} for place in range(10)]
    series = [{"timeSeriesId": str(place), "dimensions": dimensions, "metricValue": place} for place in range(5000)]
    event = AlertEvent.parse(changed(OF_2022, SERIES, series))
    assert len(event.series) == 5000
    assert len(event.series[0].dimensions) == 10


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("alertName", None, "alertName"),
        ("alertEventId", "", "alertEventId"),
        ("alertArn", 7, "alertArn"),
        ("impactedMetric", [], "impactedMetric"),
        ("impactedMetric.metricName", None, "impactedMetric.metricName"),
        (SERIES, "all", SERIES),
        (f"{SERIES}.1", 3, f"{SERIES}[1]"),
        (f"{SERIES}.2.metricValue", "148.5", f"{SERIES}[2].metricValue"),
        (f"{SERIES}.2.metricValue", True, f"{SERIES}[2].metricValue"),
        (f"{SERIES}.0.metricValue", float("nan"), f"{SERIES}[0].metricValue"),
        (f"{SERIES}.0.metricValue", 10**400, f"{SERIES}[0].metricValue"),
        (f"{SERIES}.0.dimensions.1.dimensionName", None, f"{SERIES}[0].dimensions[1].dimensionName"),
        (f"{SERIES}.0.dimensions.1.dimensionValue", 5, f"{SERIES}[0].dimensions[1].dimensionValue"),
        (
            f"{CONTRIBUTIONS}.0.dimensionValueContributions.0.valueContribution",
            50.5,
            f"{CONTRIBUTIONS}[0].dimensionValueContributions[0].valueContribution",
        ),
        (
            f"{CONTRIBUTIONS}.0.dimensionValueContributions.0.valueContribution",
            101,
            f"{CONTRIBUTIONS}[0].dimensionValueContributions[0].valueContribution",
        ),
        ("anomalyScore", -0.01, "anomalyScore"),
        ("anomalyScore", 100.01, "anomalyScore"),
        ("anomalyScore", "91", "anomalyScore"),
        ("timestamp", "yesterday", "timestamp"),
        ("timestamp", "2022-13-09T23:00Z[UTC]", "timestamp"),
        ("timestamp", "2022-03-09T23:00Z[Mars/Olympus]", "timestamp"),
        ("timestamp", "2022-03-09T23:00Z[../../etc/passwd]", "timestamp"),
        ("timestamp", "1969-12-31T23:00Z[UTC]", "timestamp"),
        ("timestamp", "0001-01-01T00:00Z[Asia/Tokyo]", "timestamp"),
        ("tidegate", "yes", "tidegate"),
        ("tidegate", {"version": 1, "state": "asleep"}, "tidegate.state"),
    ],
)
def test_what_is_malformed_is_named(path: str, value: object, place: str) -> None:
    with pytest.raises(MalformedAlert) as raised:
        AlertEvent.parse(changed(OF_2022, path, value))
    assert raised.value.place == place


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        (2, "is 2; the version known here is 1"),
        (99, "is 99; the version known here is 1"),
        (1.5, "is 1.5; the version known here is 1"),
        ("1", "must be a number, is a text"),
        (None, "must be a number, is null"),
    ],
)
def test_a_version_of_our_facts_that_is_not_known_is_refused_by_name(version: object, problem: str) -> None:
    with pytest.raises(MalformedAlert, match=f"^tidegate.version: {problem}"):
        AlertEvent.parse(changed(document("alert-tidegate"), "tidegate.version", version))


def test_our_facts_without_a_version_are_refused() -> None:
    event = document("alert-tidegate")
    del event["tidegate"]["version"]
    with pytest.raises(MalformedAlert, match=r"^tidegate.version: is missing$"):
        AlertEvent.parse(event)


@pytest.mark.parametrize("field", ["alertName", "alertEventId", "alertArn", "anomalyDetectorArn", "timestamp"])
def test_what_is_missing_is_named(field: str) -> None:
    with pytest.raises(MalformedAlert, match=f"^{field}: is missing$"):
        AlertEvent.parse({name: value for name, value in OF_2022.items() if name != field})


@pytest.mark.parametrize("event", [None, [], "event", 3, {}])
def test_what_is_no_event_is_malformed(event: object) -> None:
    with pytest.raises(MalformedAlert):
        AlertEvent.parse(event)


def test_the_canonical_malformed_event_is() -> None:
    with pytest.raises(MalformedAlert, match=r"relevantTimeSeries\[1\].metricValue: must be a number, is a text"):
        AlertEvent.parse(document("alert-malformed"))


def instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2022-01-15T04:25Z[UTC]", "2022-01-15T04:25+00:00"),
        ("2021-02-14T04:00Z[Atlantic/St_Helena]", "2021-02-14T04:00+00:00"),
        ("2022-07-15T04:25Z[Europe/Berlin]", "2022-07-15T02:25+00:00"),
        ("2022-07-15T04:25:30Z[Asia/Kolkata]", "2022-07-14T22:55:30+00:00"),
        ("2022-07-15T04:25+02:00[Europe/Berlin]", "2022-07-15T02:25+00:00"),
        ("2022-10-30T02:30+01:00[Europe/Berlin]", "2022-10-30T01:30+00:00"),
        ("2022-07-15T04:25:30.123Z", "2022-07-15T04:25:30.123+00:00"),
    ],
)
def test_timestamps_of_every_zone_are_read(text: str, utc: str) -> None:
    assert AlertTime.parse(text, "timestamp").instant == instant(utc)


@settings(deadline=None)
@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Atlantic/St_Helena"]),
)
def test_consumers_can_parse_what_we_write(moment: datetime, zone: str) -> None:
    start = moment.timestamp() // 60 * 60
    time = AlertTime.of(start, zone)
    found = CONSUMERS_PATTERN.search(time.text)
    assert found
    assert found[3] == zone
    assert time.clock_of(start).endswith(f"{found[1]}:{found[2]}")
    read = AlertTime.parse(time.text, "timestamp").instant
    assert read == start or AlertTime.of(read, zone).text == time.text  # a repeated hour


@settings(deadline=None)
@given(st.lists(st.tuples(NAME, st.text(max_size=20)), max_size=10), NAME, st.floats(0, 100), st.text(max_size=20))
def test_any_names_and_values_survive(
    dimensions: list[tuple[str, str]], measure: str, severity: float, note: str
) -> None:
    found = changed(OF_2022, "impactedMetric.metricName", measure)
    found = changed(found, "anomalyScore", severity)
    found = changed(found, "note", note)
    found = changed(
        found,
        f"{SERIES}.0.dimensions",
        [{"dimensionName": name, "dimensionValue": value} for name, value in dimensions],
    )
    event = AlertEvent.parse(found)
    assert event.series[0].dimensions == tuple(dimensions)
    expected = changed(found, "anomalyScore", round(severity, 2))
    assert event.to_document() == expected
    assert AlertEvent.parse(event.to_document()) == AlertEvent.parse(expected)


def event_of(*hits: Any, config: DetectorConfig = CONFIG) -> AlertEvent:
    ((state, group),) = (
        Grouping(NAMES, config.dimensions).step((), interval(1), hits, Standing(known={"views": 21})).changes
    )
    return alert_event(state, group, config, NAMES)


def test_our_event_has_the_youngest_form() -> None:
    event = event_of(score("it", 86.78, 148.5), score("fr", 80, 900)).to_document()
    assert list(event)[: len(OF_2022)] == list(OF_2022)
    arn = "arn:aws:tidegate:eu-central-1:123456789012"
    assert event["anomalyDetectorArn"] == f"{arn}:AnomalyDetector:shop"
    assert event["alertArn"] == f"{arn}:Alert:shop"
    assert event["alertEventId"] == f"{arn}:Alert:shop:event/{event['anomalyGroupId']}"
    assert event["timestamp"] == "2025-11-21T00:05Z[UTC]"
    assert event["anomalyScore"] == 87.11
    assert AlertEvent.parse(event).to_document() == event


def test_our_timestamp_is_the_start_on_the_detectors_clocks() -> None:
    event = event_of(
        score("it", 86),
        config=DetectorConfig((Measure("views", Function.SUM),), timezone="Asia/Tokyo", dimensions=("market",)),
    )
    assert event.time.text == "2025-11-21T09:05Z[Asia/Tokyo]"


def test_our_series_are_identified_by_what_they_are() -> None:
    (series,) = event_of(score("it", 86)).series
    assert re.fullmatch("[0-9a-f]{128}", series.series_id)
    assert series.series_id == hashlib.sha512(b'["shop","views",[["market","it"]]]').hexdigest()
    assert series_id("shop", "views", [("b", "1"), ("a", "2")]) == series_id("shop", "views", [("a", "2"), ("b", "1")])
    others = {series_id("shop", "views", [("a", "x")]), series_id("shop", "x", [("a", "views")])}
    assert len({series.series_id, *others}) == 3


def test_our_dimensions_are_alphabetical() -> None:
    config = DetectorConfig((Measure("views", Function.SUM),), dimensions=("platform", "market"))
    event = event_of(score("it", 86, dimensions=("pc_web", "it")), config=config)
    assert [item.name for item in event.contributions] == ["market", "platform"]
    assert event.series[0].dimensions == (("market", "it"), ("platform", "pc_web"))


def test_our_event_lists_the_worst_series_and_says_how_many_there_are() -> None:
    event = event_of(*(score(f"m{place}", 70 + place / 10) for place in range(60)))
    assert event.facts
    assert len(event.series) == len(event.facts.series) == MAX_EVENT_SERIES
    assert event.facts.series_hit == 60
    assert event.series[0].dimensions == (("market", "m59"),)


def test_an_absent_series_is_0_for_lookouts_consumers_and_null_for_ours() -> None:
    event = event_of(score("it", 86, None)).to_document()
    assert event["impactedMetric"]["relevantTimeSeries"][0]["metricValue"] == 0  # type: ignore[index]  # JSON
    assert event["tidegate"]["series"][0]["value"] is None  # type: ignore[index]  # JSON


def test_the_end_of_an_incident_names_the_first_normal_interval() -> None:
    event = ours(IncidentState.ENDED, 2)
    assert event.time.text == "2026-06-01T09:30Z[UTC]"
    assert AlertEvent.parse(event.to_document()) == event


def test_names_come_from_the_functions_arn() -> None:
    arn = "arn:aws-cn:lambda:cn-north-1:123456789012:function:shop-DetectFunction-X1:live"
    names = DetectorNames.from_function_arn(arn, "shop", "stack-business")
    assert names.alert_arn == "arn:aws-cn:tidegate:cn-north-1:123456789012:Alert:shop"
    console = "https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1"
    assert names.console_url == f"{console}#dashboards/dashboard/stack-business"
    with pytest.raises(ConfigurationError, match="function ARN"):
        DetectorNames.from_function_arn("shop-DetectFunction", "shop")
