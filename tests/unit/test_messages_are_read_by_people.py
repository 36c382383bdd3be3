"""What a notification says, in each format, and that nothing from data gets out of its place in it."""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alert_events import changed, document, ours
from tests.detect_world import CONFIG, NAMES, interval, score
from tidegate.alert.messages import notification
from tidegate.alert.notification import Notification
from tidegate.alert.phrases import amount, difference, duration
from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.alert.text import GSM_ALPHABET, ascii_line, cleaned, gsm_line
from tidegate.config import AlertFormat
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.anomaly import Kind, RootCause, SeriesScore
from tidegate.contracts.incident_facts import IncidentState
from tidegate.detect.events import alert_event
from tidegate.detect.groups import Grouping
from tidegate.detect.scores import Standing


def message(
    event: AlertEvent, notice: Notice = Notice.STARTED, form: AlertFormat = AlertFormat.LONG_TEXT
) -> Notification:
    return notification(AnomalyRecord.of(event), notice, form)


def first_line(*hits: SeriesScore) -> str:
    ((_, group),) = Grouping(NAMES, CONFIG.dimensions).step((), interval(1), hits, Standing()).changes
    return message(alert_event(IncidentState.STARTED, group, CONFIG, NAMES)).text.partition("\n")[0]


@pytest.mark.parametrize("group", ["x; rm -rf ~", "$(id)", "`id`", "a\nb", "-x", ""])
def test_a_command_is_printed_only_for_an_id_that_no_shell_can_misread(group: str) -> None:
    event = replace(ours(), group_id=group, alert_event_id=f"arn:event/{group}")
    text = notification(AnomalyRecord.of(event), Notice.STARTED, AlertFormat.LONG_TEXT, "shop").text
    assert "tidegate anomalies" not in text


SINCE = "since 2025-11-21 00:05 UTC."


@pytest.mark.parametrize(
    ("hit", "expected"),
    [
        (score("it", 90, 370), "views is 370, 63 % below the expected 1,000, in market it"),
        (score("it", 90, 1999), "views is 1,999, 100 % above the expected 1,000, in market it"),
        (score("it", 90, 4000), "views is 4,000, 4 times the expected 1,000, in market it"),
        (score("it", 90, 123456), "views is 123,456, 123 times the expected 1,000, in market it"),
        (score("it", 90, 1.0, expected=0.0101), "views is 1, 99 times the expected 0.0101, in market it"),
        (score("it", 90, 1.0, expected=1e-9), "views is 1, far above the expected 1e-09, in market it"),
        (score("it", 90, 12.5, expected=0.0), "views is 12.5, expected 0, in market it"),
        (score("it", 90, -50, expected=100.0), "views is -50, 150 % below the expected 100, in market it"),
        (score("it", 90, None, kind=Kind.SILENCE), "No data for views in market it, expected 1,000"),
        (score("it", 90, 1000, kind=Kind.FLAT), "views stands still at 1,000, expected 1,000, in market it"),
        (
            score("it", 90, 400, kind=Kind.SHIFT),
            "views has shifted to 400, 60 % below the expected 1,000, in market it",
        ),
        (score("it", 90, 996, kind=Kind.SAG), "views has sagged to 996, 0.4 % below the expected 1,000, in market it"),
        (score("", 90, 370), "views is 370, 63 % below the expected 1,000, in market (none)"),
    ],
)
def test_the_first_sentence_says_what_how_far_where_and_since_when(hit: SeriesScore, expected: str) -> None:
    assert first_line(hit) == f"{expected}, {SINCE}"


IS = "is at worst 61.4, 85 % below the expected 402.5"


def hitting(listed: Sequence[str], hit: int, causes: Sequence[tuple[str, int]] = ()) -> AlertEvent:
    """Our event, of series of these markets and platforms (`it,web`), with root causes such as `market it`."""
    event = ours()
    assert event.facts
    pairs = [tuple(zip(("market", "platform"), text.split(","), strict=True)) for text in listed]
    series = tuple(replace(event.series[0], dimensions=pair) for pair in pairs)
    known = tuple(
        RootCause(
            tuple((name, value) for name, _, value in (item.partition(" ") for item in text.split(", "))), percent
        )
        for text, percent in causes
    )
    facts = replace(event.facts, series_hit=hit, root_causes=known, series=len(pairs) * event.facts.series[:1])
    return replace(event, series=series, facts=facts)


def sentence(event: AlertEvent) -> str:
    return message(event).text.partition(", since")[0]


@pytest.mark.parametrize(
    ("listed", "hit", "expected"),
    [
        (["it,web", "fr,app"], 2, f"revenue in 2 series {IS}, in market it, platform web"),
        (["it,web", "it,app", "it,tv"], 3, f"revenue in market it (3 series) {IS}, in platform web"),
        (["it,web", "fr,web"], 2, f"revenue in platform web (2 series) {IS}, in market it"),
        (["it,web", "it,app"], 60, f"revenue in 60 series {IS}, in market it, platform web"),
        (["it,web"], 1, "revenue is 61.4, 85 % below the expected 402.5, in market it, platform web"),
    ],
)
def test_the_first_sentence_says_what_the_series_have_in_common(listed: list[str], hit: int, expected: str) -> None:
    assert sentence(hitting(listed, hit)) == expected


@pytest.mark.parametrize(
    ("causes", "hit", "expected"),
    [
        ([("market it", 100)], 60, f"in market it (60 series) {IS}, in platform web"),
        ([("market it", 99)], 60, f", mostly in market it (60 series), {IS}, in platform web"),
        ([("market it", 99)], 2, f"in market it (2 series) {IS}, in platform web"),
        ([("market fr", 60)], 60, f", mostly in market fr (60 series), {IS}, in market it, platform web"),
        ([("market it, platform web", 100)], 2, f", mostly in market it, platform web (2 series), {IS}"),
        (
            [("market it", 70), ("market fr, platform tv", 30)],
            60,
            f"in market it and in market fr, platform tv (60 series) {IS}, in market it, platform web",
        ),
        ([("market it", 50)], 60, f"in 60 series {IS}, in market it, platform web"),
        (
            [("market it", 50), ("market fr", 30), ("market uk", 20)],
            60,
            f"in 60 series {IS}, in market it, platform web",
        ),
    ],
)
def test_the_first_sentence_leads_with_one_or_two_root_causes(
    causes: list[tuple[str, int]], hit: int, expected: str
) -> None:
    assert sentence(hitting(["it,web", "it,app"], hit, causes)).removeprefix("revenue").strip() == expected


def test_a_root_cause_of_many_series_stands_in_subject_and_sms() -> None:
    found = message(hitting(["it,web"], 51, [("market it", 100)]))
    start = "revenue in market it (51 series) is at worst 61.4, 85 % below the expected 402.5,"
    assert found.subject.startswith(start)
    assert found.short.startswith(start)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.SPIKE, "is at worst 61.4"),
        (Kind.SHIFT, "has at worst shifted to 61.4"),
        (Kind.SAG, "has at worst sagged to 61.4"),
        (Kind.NOISE, "at worst varies unusually, now 61.4"),
        (Kind.FLAT, "at worst stands still at 61.4"),
        (Kind.IMPOSSIBLE, "has at worst the impossible value 61.4"),
    ],
)
def test_the_verb_is_of_the_worst_series_own_kind(kind: Kind, said: str) -> None:
    event = hitting(["it,web", "it,app"], 2)
    assert event.facts
    worst = replace(event.facts.series[0], kind=kind)
    event = replace(event, facts=replace(event.facts, series=(worst, *event.facts.series[1:])))
    assert sentence(event).startswith(f"revenue in market it (2 series) {said}, ")


def test_silence_of_the_worst_series_is_not_said_of_all() -> None:
    event = hitting(["it,web", "it,app"], 2)
    assert event.facts
    worst = replace(event.facts.series[0], value=None, kind=Kind.SILENCE)
    event = replace(event, facts=replace(event.facts, series=(worst, *event.facts.series[1:])))
    expected = "revenue in market it (2 series) has at worst no data, expected 402.5, in platform web"
    assert sentence(event) == expected


def test_an_event_without_series_or_dimensions_has_a_sentence_too() -> None:
    event = document("alert-lookout-2022")
    bare = changed(changed(event, "impactedMetric.relevantTimeSeries", []), "impactedMetric.dimensionContribution", [])
    assert message(AlertEvent.parse(bare)).text.startswith("failed_payments is anomalous, since 2022-03-09 23:00 UTC.")
    alone = changed(event, "impactedMetric.relevantTimeSeries", [{"timeSeriesId": "1", "metricValue": 7}])
    assert message(AlertEvent.parse(alone)).text.startswith("failed_payments is anomalous at 7, since")


def test_the_end_says_how_long_it_lasted() -> None:
    record = AnomalyRecord.of(ours()).merged(ours(IncidentState.CONTINUING, 5)).merged(ours(IncidentState.ENDED, 6))
    sentence = "revenue in marketplace it (3 series) is back to normal after 35 minutes, since 2026-06-01 09:50 UTC."
    for form in (AlertFormat.LONG_TEXT, AlertFormat.SHORT_TEXT):
        assert notification(record, Notice.ENDED, form).text.startswith(sentence)
    told = json.loads(notification(record, Notice.ENDED, AlertFormat.JSON).text)
    assert told["tidegate"]["state"] == "ended"
    assert told["timestamp"] == "2026-06-01T09:50Z[UTC]"
    assert told["impactedMetric"]["relevantTimeSeries"]
    assert notification(record, Notice.ENDED, AlertFormat.JSON).subject == "revenue is back to normal"


@pytest.mark.parametrize("name", ["alert-lookout-2021", "alert-lookout-2022", "alert-tidegate"])
def test_json_is_the_event(name: str) -> None:
    assert json.loads(message(AlertEvent.parse(document(name)), form=AlertFormat.JSON).text) == document(name)


def test_phones_get_the_short_text_in_every_format() -> None:
    event = ours()
    short = message(event, form=AlertFormat.SHORT_TEXT)
    assert {message(event, form=form).short for form in AlertFormat} == {short.text}


def test_attributes_let_subscribers_pick() -> None:
    assert message(ours()).attributes == {
        "severity": 93.46,
        "measure": "revenue",
        "state": "started",
        "marketplace": ("it",),
        "platform": ("mobile_app", "pc_web", "mobile_web"),
    }


def test_attributes_of_strange_names_do_not_break_the_others() -> None:
    event = document("alert-lookout-2022")
    names = ("severity", "AWS.SNS.SMS.SMSType", "x y")
    for place, name in enumerate(names):
        event = changed(event, f"impactedMetric.dimensionContribution.{place}.dimensionName", name)
    assert set(message(AlertEvent.parse(event)).attributes) == {"severity", "measure", "state", "dimension_severity"}


def test_long_lists_are_cut_and_counted() -> None:
    values = [{"dimensionValue": f"v{place}", "valueContribution": 1} for place in range(100)]
    series = [{"timeSeriesId": str(place), "metricValue": place} for place in range(50)]
    event = changed(document("alert-lookout-2022"), "impactedMetric.relevantTimeSeries", series)
    event = changed(event, "impactedMetric.dimensionContribution.0.dimensionValueContributions", values)
    text = message(AlertEvent.parse(event)).text
    assert "v9 1 % and 90 more\n" in text
    assert "Series hit: 50\n" in text
    assert "\n  19\n  and 30 more\n" in text


NASTY = [
    'quo"te',
    "two\nlines\r\nSubject: buy",
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "\U0001f4a5 boom",
    "\u202egnp.exe",
    "\u05e9\u05dc\u05d5\u05dd",
    "zero\u200bwidth",
    "tab\tbell\x07\x1b[31m",
    "\u2028line",
    "x" * 5000,
    "",
]


@pytest.mark.parametrize("text", NASTY)
def test_names_from_data_stay_in_their_place(text: str) -> None:
    event = document("alert-tidegate")
    calm = message(AlertEvent.parse(event))
    event = changed(event, "impactedMetric.metricName", text or "m")
    event = changed(event, "impactedMetric.relevantTimeSeries.0.dimensions.0.dimensionValue", text)
    event = changed(event, "impactedMetric.dimensionContribution.0.dimensionValueContributions.0.dimensionValue", text)
    found = message(AlertEvent.parse(event))
    assert found.text.count("\n") == calm.text.count("\n")
    assert len(found.text) < len(calm.text) + 500
    assert all(unicodedata.category(one)[0] != "C" for one in found.text.replace("\n", ""))
    assert found.subject.isascii()
    assert found.subject.isprintable()
    assert len(found.subject) < 100


@settings(deadline=None)
@given(st.text(max_size=400), st.integers(4, 160))
def test_lines_are_one_line_of_their_alphabet_within_their_limit(text: str, limit: int) -> None:
    for line in (cleaned(text, limit), ascii_line(text, limit), gsm_line(text, limit)):
        assert 0 < len(line) <= max(limit, len("(none)"))
        assert line.splitlines() == [line]
    assert ascii_line(text, limit).isascii()
    assert set(gsm_line(text, limit)) <= GSM_ALPHABET - {"\n", "\r"}


NAMES_OF_ALL_SORTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=300)


@settings(deadline=None)
@given(NAMES_OF_ALL_SORTS, NAMES_OF_ALL_SORTS, st.sampled_from(Notice))
def test_the_short_text_is_one_sms(measure: str, value: str, notice: Notice) -> None:
    event = changed(document("alert-tidegate"), "impactedMetric.metricName", measure)
    event = changed(event, "impactedMetric.relevantTimeSeries.0.dimensions.0.dimensionValue", value)
    short = message(AlertEvent.parse(event), notice).short
    assert len(short) <= 160
    assert set(short) <= GSM_ALPHABET


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (12.0, "12"),
        (1234567.0, "1,234,567"),
        (0.000123456, "0.0001235"),
        (148.53, "148.5"),
        (-1234.5, "-1,234"),
        (2e18, "2e+18"),
    ],
)
def test_amounts_show_four_digits_that_count(number: float, text: str) -> None:
    assert amount(number) == text


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_any_difference_has_words(value: float, expected: float) -> None:
    assert "expected" in difference(value, expected)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (30, "30 seconds"),
        (60, "1 minute"),
        (2100, "35 minutes"),
        (5700, "1 hour 35 minutes"),
        (183_900, "2 days 3 hours"),
    ],
)
def test_durations_have_two_units(seconds: int, text: str) -> None:
    assert duration(seconds) == text
