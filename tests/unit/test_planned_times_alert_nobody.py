"""Calendar: what is planned does not alert, is learned or not as wished, and what goes on behind it alerts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.detector_world import ALARM, DAY, HOUR, LEARNED, ORDERS, START, Curve, changed, counts, observe, trained
from tidegate.calendar_entries import calendar
from tidegate.contracts.anomaly import SeriesScore, SuppressedBy, Suppression
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import IntervalValues
from tidegate.detect.detector import Detector
from tidegate.detect.planned import Planned, PlannedTimes
from tidegate.detect.snapshot import fingerprint

HOURS = LEARNED + 30
SALE = range(LEARNED + 12, LEARNED + 18)
BERLIN = ZoneInfo("Europe/Berlin")


def at(hour: int) -> str:
    return f"{datetime.fromtimestamp(START + hour * HOUR, UTC):%Y-%m-%dT%H:%M}"


def entry(span: range, options: str = "") -> str:
    return f"sale:{at(span.start)}/{at(span.stop)}{options}"


def scored(curve: Curve, text: str = "") -> dict[int, SeriesScore]:
    """Hour -> score behind the hours that were learned without a calendar."""
    config = replace(ORDERS, calendar=calendar("Calendar", text))
    scores = observe(Detector.from_bytes(trained("orders"), config), {"it": curve}, range(LEARNED, len(curve)))["it"]
    return dict(enumerate(scores, LEARNED))


def hit(scores: dict[int, SeriesScore], hours: range) -> list[int]:
    return [hour for hour in hours if scores[hour].severity >= ALARM]


def test_an_anomaly_in_a_planned_time_is_scored_and_says_its_name() -> None:
    curve = changed(counts(200, HOURS, 1), SALE, lambda value: value * 5)
    plain, planned = scored(curve), scored(curve, entry(SALE))
    assert {hour: replace(score, suppressed=None) for hour, score in planned.items()} == plain
    assert hit(plain, SALE)
    assert {planned[hour].suppressed for hour in hit(plain, SALE)} == {Suppression(SuppressedBy.CALENDAR, "sale")}
    assert not any(score.suppressed for hour, score in planned.items() if hour not in SALE)


def test_learn_no_leaves_the_model_as_it_was() -> None:
    usual = counts(200, HOURS, 1)
    wild = changed(usual, SALE, lambda value: value * np.array([9, 0, 5, 0.1, 20, 3]))
    wilder = changed(usual, SALE, lambda value: value * 50)
    after = {}
    for options in ("", ",learn=no"):
        both = scored(wild, entry(SALE, options)), scored(wilder, entry(SALE, options))
        after[options] = [[scores[hour] for hour in range(SALE.stop, HOURS)] for scores in both]
    assert after[",learn=no"][0] == after[",learn=no"][1]
    assert after[""][0] != after[""][1]


def test_a_long_time_in_which_nothing_is_learned_forgets_nobody() -> None:
    long = range(LEARNED, LEARNED + 15 * DAY)
    curve = changed(counts(200, long.stop + DAY, 1), long, lambda value: value * np.nan)
    scores = scored(curve, entry(long, ",learn=no"))
    assert all(scores[hour].expected is not None for hour in range(long.stop, len(curve)))
    assert not hit(scores, range(long.stop, len(curve)))


def test_what_begins_in_a_planned_time_and_goes_on_alerts_behind_it() -> None:
    outage = range(SALE.start + 2, SALE.stop + 4)
    curve = changed(counts(200, HOURS, 1), outage, np.zeros_like)
    for options in ("", ",learn=no"):
        scores = scored(curve, entry(SALE, options))
        assert any(scores[hour].suppressed for hour in SALE), options
        told = [hour for hour in hit(scores, outage) if not scores[hour].suppressed]
        assert told[0] in (SALE.stop, SALE.stop + 1), options


def test_a_series_that_is_new_in_a_time_of_no_learning_is_met_behind_it() -> None:
    config = replace(ORDERS, calendar=calendar("Calendar", entry(range(1, 3), ",learn=no")))
    detector = Detector(config)
    curves = {"it": counts(200, 5, 5), "de": np.array([np.nan, 9, 9, 9, 9])}
    assert {name: len(scores) for name, scores in observe(detector, curves, range(5)).items()} == {"it": 5, "de": 2}


def test_a_calendar_does_not_make_another_detector() -> None:
    assert fingerprint(replace(ORDERS, calendar=calendar("Calendar", entry(SALE)))) == fingerprint(ORDERS)


def test_a_snapshot_in_a_time_of_no_learning_continues_identically() -> None:
    config = replace(ORDERS, calendar=calendar("Calendar", entry(SALE, ",learn=no")))
    curve = changed(counts(200, HOURS, 1), SALE, lambda value: value * 5)
    whole = Detector.from_bytes(trained("orders"), config)
    observe(whole, {"it": curve}, range(LEARNED, SALE.start + 2))
    again = Detector.from_bytes(whole.to_bytes(), config)
    rest = range(SALE.start + 2, HOURS)
    assert observe(whole, {"it": curve}, rest) == observe(again, {"it": curve}, rest)


def test_intervals_without_any_series_are_planned_too() -> None:
    config = replace(ORDERS, calendar=calendar("Calendar", entry(range(2), ",learn=no")))
    assert len(Detector(config).observe(IntervalValues(Interval(START, START + HOUR), {}))) == 0


def moment(text: str, zone: ZoneInfo, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp())


def covered(text: str, first: int, last: int, step: int = 900) -> list[int]:
    """The starts of the intervals in a planned time, in hours after the first."""
    times = PlannedTimes(calendar("Calendar", text), BERLIN)
    return [start for start in range(first, last, step) if times.at(Interval(start, start + step))]


@pytest.mark.parametrize("text", ["x:cron(0 9 * * MON)/90m", "x:2026-01-05T09:00/2026-01-05T10:30"])
def test_every_interval_that_a_planned_time_touches_is_in_it(text: str) -> None:
    start = moment("2026-01-05T09:00", BERLIN)
    times = PlannedTimes(calendar("Calendar", text), BERLIN)
    inside = [Interval(start - 3600, start + 1), Interval(start, start + 60), Interval(start + 5399, start + 7200)]
    outside = [Interval(start - 3600, start), Interval(start + 5400, start + 7200)]
    assert [times.at(interval) for interval in inside] == [Planned("x", True)] * 3
    assert [times.at(interval) for interval in outside] == [None] * 2


def test_a_weekly_time_comes_by_local_clocks_over_a_change_of_the_clock() -> None:
    first = moment("2026-03-22T00:00", BERLIN)
    starts = covered("x:cron(0 4 * * SUN)/1h", first, first + 15 * 86_400)
    assert sorted({f"{datetime.fromtimestamp(start, BERLIN):%m-%d %H}" for start in starts}) == [
        "03-22 04",
        "03-29 04",
        "04-05 04",
    ]


@pytest.mark.parametrize(
    ("night", "expected"),
    [("2026-03-29", ["03:00", "03:15", "03:30", "03:45"]), ("2026-10-25", ["02:30", "02:45", "02:00", "02:15"])],
)
def test_a_fixed_time_in_the_changed_hour_comes_once_and_lasts_as_long(night: str, expected: list[str]) -> None:
    first = moment(f"{night}T00:00", BERLIN)
    starts = covered("x:cron(30 2 * * *)/1h", first, first + 12 * 3600)
    assert [f"{datetime.fromtimestamp(start, BERLIN):%H:%M}" for start in starts] == expected


def test_dates_cover_both_readings_of_a_repeated_hour() -> None:
    text = "x:2026-10-25T02:00/2026-10-25T02:30"
    starts = covered(text, moment("2026-10-25T00:00", BERLIN), moment("2026-10-25T06:00", BERLIN))
    first, last = moment("2026-10-25T02:00", BERLIN), moment("2026-10-25T02:30", BERLIN, fold=1)
    assert starts == list(range(first, last, 900))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x:2026-03-29T02:45/2026-03-29T03:10", ["03:00"]),
        ("x:2026-03-29T01:45/2026-03-29T02:15", ["01:45"]),
        ("x:2026-03-29T02:15/2026-03-29T02:45", []),
    ],
)
def test_a_date_that_the_clock_jumps_over_is_the_instant_of_the_jump(text: str, expected: list[str]) -> None:
    starts = covered(text, moment("2026-03-29T00:00", BERLIN), moment("2026-03-29T06:00", BERLIN))
    assert [f"{datetime.fromtimestamp(start, BERLIN):%H:%M}" for start in starts] == expected
    start = moment("2026-03-29T00:00", BERLIN)
    day = PlannedTimes(calendar("Calendar", text), BERLIN).at(Interval(start, start + 23 * 3600))
    assert (day is not None) == bool(expected), "what lasts no time touches nothing"


def test_a_time_longer_than_its_period_is_always() -> None:
    first = moment("2026-06-01T00:00", BERLIN)
    assert len(covered("x:cron(0 0 * * *)/25h", first, first + 86_400)) == 96


def test_a_rare_time_costs_no_search_in_every_interval() -> None:
    times = PlannedTimes(calendar("Calendar", "x:cron(0 0 1 1 *)/1h"), BERLIN)
    start = datetime(2026, 1, 2, tzinfo=UTC)
    found = [
        times.at(Interval(int(at.timestamp()), int(at.timestamp()) + 300))
        for at in (start + timedelta(minutes=5 * step) for step in range(20_000))
    ]
    assert not any(found)


def test_times_that_overlap_take_the_first_name_and_learn_only_if_all_do() -> None:
    text = "sale:2026-01-05/2026-01-07;backup:2026-01-06/2026-01-07,learn=no"
    times = PlannedTimes(calendar("Calendar", text), UTC)
    day = [Interval(START + n * 86_400, START + n * 86_400 + 300) for n in range(3)]
    assert [times.at(interval) for interval in day] == [Planned("sale", True), Planned("sale", False), None]
