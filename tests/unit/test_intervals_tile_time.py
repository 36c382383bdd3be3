"""Every instant lies in exactly one interval, and every interval has one name, in every zone and on every day."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.contracts.interval import Interval, IntervalGrid, zone_named

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",  # offsets of half an hour
    "Asia/Kathmandu",  # and of a quarter
    "Australia/Lord_Howe",  # clocks change by half an hour
    "Pacific/Apia",  # lost a day in 2011
    "Africa/Casablanca",  # changes around Ramadan
    "America/Sao_Paulo",  # changed at midnight, so that days began at one
    "Africa/Monrovia",  # offsets with seconds until 1972
)
MINUTES = (1, 5, 10, 15, 30, 60, 90, 120, 360, 720, 1440)
grids = st.builds(IntervalGrid, st.sampled_from(MINUTES), st.sampled_from(ZONES).map(zone_named))
instants = st.integers(86_400 * 2, 4_102_444_800)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def names(grid: IntervalGrid, first: str, last: str) -> list[str]:
    """The folders of all intervals that start from one instant up to another, without the date."""
    found, interval = [], grid.containing(at(first))
    while interval.start < at(last):
        found.append(grid.folder(interval).split("/")[1].removeprefix("intvl_hhmm="))
        interval = grid.after(interval)
    return found


@settings(max_examples=150, deadline=None)
@given(grids, instants)
def test_intervals_lie_side_by_side(grid: IntervalGrid, instant: int) -> None:
    interval = grid.containing(instant)
    assert interval.start <= instant < interval.end
    assert grid.containing(interval.start) == grid.containing(interval.end - 1) == interval
    assert grid.after(interval).start == interval.end
    assert grid.before(interval).end == interval.start
    assert instant in interval
    assert interval.end not in interval


@settings(max_examples=150, deadline=None)
@given(grids, instants)
def test_an_interval_is_found_by_its_key_again(grid: IntervalGrid, instant: int) -> None:
    interval = grid.containing(instant)
    assert grid.from_key(grid.key("some/prefix/", interval)) == interval
    assert grid.folder(grid.after(interval)) != grid.folder(interval)


@settings(max_examples=50, deadline=None)
@given(grids, st.integers(315_532_800, 4_102_444_800))
def test_all_names_of_three_days_differ(grid: IntervalGrid, start: int) -> None:
    found, interval = [], grid.containing(start)
    while interval.start < start + 3 * 86_400:
        found.append(interval)
        interval = grid.after(interval)
    assert len({grid.folder(one) for one in found}) == len(found)
    assert all(one.end == other.start for one, other in pairwise(found))


@pytest.mark.parametrize("minutes", [5, 10])
def test_the_example_of_the_shop(minutes: int) -> None:
    grid = IntervalGrid(minutes)
    folders = [grid.folder(grid.containing(at(f"2021-05-24T{time}Z"))) for time in ("19:18:28", "19:21:15")]
    hhmm = {5: ("1915", "1920"), 10: ("1910", "1920")}[minutes]
    assert folders == [f"intvl_date=2021-05-24/intvl_hhmm={one}/" for one in hhmm]


def test_a_day_of_23_hours_has_no_interval_in_the_hour_that_is_skipped() -> None:
    grid = IntervalGrid(30, zone_named("Europe/Berlin"))
    day = names(grid, "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00")
    assert len(day) == 46
    assert day[2:6] == ["0100", "0130", "0300", "0330"]


def test_a_day_of_25_hours_has_the_repeated_hour_twice() -> None:
    grid = IntervalGrid(30, zone_named("Europe/Berlin"))
    day = names(grid, "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00")
    assert len(day) == 50
    assert day[3:9] == ["0130", "0200", "0230", "0200_2", "0230_2", "0300"]


def test_an_interval_longer_than_the_change_takes_the_hour_in() -> None:
    grid = IntervalGrid(720, zone_named("Europe/Berlin"))
    spring, autumn = grid.containing(at("2026-03-29T01:00Z")), grid.containing(at("2026-10-25T01:30Z"))
    assert (spring.end - spring.start, autumn.end - autumn.start) == (11 * 3600, 13 * 3600)


def test_days_that_begin_at_one_and_changes_of_half_an_hour() -> None:
    brazil = IntervalGrid(60, zone_named("America/Sao_Paulo"))
    assert names(brazil, "2018-11-03T23:00-03:00", "2018-11-04T03:00-02:00") == ["2300", "0100", "0200"]
    island = IntervalGrid(60, zone_named("Australia/Lord_Howe"))
    assert names(island, "2026-04-05T00:00+11:00", "2026-04-05T04:00+10:30") == ["0000", "0100", "0200", "0300"]
    quarter = IntervalGrid(15, zone_named("Australia/Lord_Howe"))
    assert names(quarter, "2026-04-05T01:15+11:00", "2026-04-05T02:15+10:30") == [
        *("0115", "0130", "0145", "0130_2", "0145_2", "0200"),
    ]


@pytest.mark.parametrize(
    "key",
    [
        "intervals/intvl_date=2026-03-29/intvl_hhmm=0230/interval.csv",  # skipped
        "intervals/intvl_date=2026-06-01/intvl_hhmm=0230_2/interval.csv",  # not repeated
        "intervals/intvl_date=2026-06-01/intvl_hhmm=0231/interval.csv",  # no start
        "intervals/intvl_date=2026-06-31/intvl_hhmm=0230/interval.csv",  # no day
        "intervals/intvl_date=2026-06-01/interval.csv",
    ],
)
def test_keys_of_no_interval_are_told(key: str) -> None:
    assert IntervalGrid(30, zone_named("Europe/Berlin")).from_key(key) is None


def test_an_interval_knows_its_start_in_the_zone() -> None:
    grid = IntervalGrid(60, zone_named("Europe/Berlin"))
    assert grid.local_start(Interval(at("2026-06-01T10:00Z"), at("2026-06-01T11:00Z"))).isoformat() == (
        "2026-06-01T12:00:00+02:00"
    )
    assert grid.local_start(grid.containing(at("2026-06-01T10:59Z"))).astimezone(UTC).hour == 10
