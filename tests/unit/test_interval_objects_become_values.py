"""The CSV objects of an interval, by whoever wrote them, become one value a series; what is wrong is named."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.config import DetectorConfig, Function, Measure, Output
from tidegate.contracts.errors import InputError
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import SeriesKey
from tidegate.detect import values as values_module
from tidegate.detect.values import read_values
from tidegate.flush.aggregation import Aggregates, csv_line

START = int(datetime.fromisoformat("2026-06-01T09:15:00+00:00").timestamp())
INTERVAL = Interval(START, START + 300)
KEY = "intervals/intvl_date=2026-06-01/intvl_hhmm=0915/interval.csv"
CONFIG = DetectorConfig(
    measures=(*(Measure("views", function) for function in Function), Measure("revenue", Function.SUM)),
    dimensions=("platform", "market"),
)
PLAIN = DetectorConfig(measures=(Measure("views", Function.SUM),), dimensions=("market",))
AGGREGATED = replace(PLAIN, output=Output.AGGREGATES)


def read(*bodies: str | bytes, config: DetectorConfig = PLAIN, interval: Interval = INTERVAL) -> dict[SeriesKey, float]:
    objects = [(KEY, body.encode() if isinstance(body, str) else body) for body in bodies]
    found = read_values(interval, objects, config)
    assert found.interval == interval
    return found.values


def problem(*bodies: str | bytes, config: DetectorConfig = PLAIN) -> str:
    with pytest.raises(InputError) as raised:
        read(*bodies, config=config)
    return str(raised.value).removeprefix(KEY)


ROWS = """event_time,platform,market,views,revenue
2026-06-01 09:15:00,web,us,10,1.5
2026-06-01 09:19:59,web,us,30,
2026-06-01 09:16:00,web,uk,,2.5
"""


def test_each_function_is_applied_to_its_column() -> None:
    us, uk = ("web", "us"), ("web", "uk")
    assert read(ROWS, config=CONFIG) == {
        ("views_sum", us): 40,
        ("views_avg", us): 20,
        ("views_count", us): 2,
        ("views_min", us): 10,
        ("views_max", us): 30,
        ("revenue", us): 1.5,
        ("views_count", uk): 0,
        ("revenue", uk): 2.5,
    }


def test_columns_may_stand_in_any_order_with_others_between() -> None:
    assert read('note,views,event_time,market\n"a,""b""\nc",7,2026-06-01 09:15:01,us\n') == {("views", ("us",)): 7}


def test_only_rows_inside_the_interval_count() -> None:
    body = "event_time,market,views\n2026-06-01 09:14:59,us,1\n2026-06-01 09:15:00,us,2\n2026-06-01 09:20:00,us,4\n"
    assert read(body) == {("views", ("us",)): 2}


def test_several_objects_of_an_interval_are_one() -> None:
    bodies = (
        "event_time,market,views\n2026-06-01 09:15:00,us,2\n",
        "views,market,event_time\n3,us,2026-06-01 09:16:00\n",
    )
    assert read(*bodies) == {("views", ("us",)): 5}


@pytest.mark.parametrize(
    "encode", [gzip.compress, lambda data: b"\xef\xbb\xbf" + data, lambda data: data.replace(b"\n", b"\r\n")]
)
def test_gzip_a_byte_order_mark_and_other_line_ends_are_no_matter(encode: Callable[[bytes], bytes]) -> None:
    body = b"event_time,market,views\n2026-06-01 09:15:00,us,2\n\n"
    assert read(encode(body)) == {("views", ("us",)): 2}


def test_null_dimensions_are_empty_text_and_no_rows_are_no_values() -> None:
    assert read("event_time,market,views\n2026-06-01 09:15:00,,2\n") == {("views", ("",)): 2}
    assert read("event_time,market,views\n") == {}


def test_dimension_filters_apply_to_what_others_write() -> None:
    config = replace(PLAIN, dimension_filters={"market": frozenset({"us"})})
    body = "event_time,market,views\n2026-06-01 09:15:00,us,2\n2026-06-01 09:15:00,uk,4\n"
    assert read(body, config=config) == {("views", ("us",)): 2}


def test_aggregated_rows_of_equal_dimension_values_are_joined() -> None:
    header = "event_time,platform,market,views_sum,views_avg,views_count,views_min,views_max,revenue\n"
    body = header + "2026-06-01 09:15:00,web,us,10,4,3,1,9,\n2026-06-01 09:15:00,web,us,5,6,2,2,8,1.5\n"
    found = read(body, config=replace(CONFIG, output=Output.AGGREGATES))
    assert [found[name, ("web", "us")] for name in CONFIG.measure_names] == [15, 5, 5, 1, 9, 1.5]


CELL = st.one_of(st.just(""), st.integers(-(10**6), 10**6).map(str), st.floats(-1e9, 1e9, allow_nan=False).map(repr))
ROW = st.tuples(st.sampled_from(["web", "", 'a"b', "ü\n"]), st.sampled_from(["us", "uk"]), CELL, CELL)


@settings(deadline=None)
@given(st.lists(ROW, max_size=30))
def test_records_and_aggregates_of_the_same_interval_are_the_same_values(rows: list[tuple[str, str, str, str]]) -> None:
    lines = [csv_line([f"2026-06-01 09:15:{place:02d}", *row]) for place, row in enumerate(rows)]
    groups = Aggregates(CONFIG)
    groups.add("".join(lines))
    aggregated = [csv_line(["2026-06-01 09:15:00", *row]) for row in groups.rows()]
    records = csv_line(CONFIG.record_columns) + "".join(lines)
    aggregates = csv_line(CONFIG.aggregate_columns) + "".join(aggregated)
    found = read(aggregates, config=replace(CONFIG, output=Output.AGGREGATES))
    assert found == pytest.approx(read(records, config=CONFIG), rel=1e-12)


def test_a_repeated_hour_belongs_to_the_interval_that_it_lies_in() -> None:
    config = replace(PLAIN, timezone="Europe/Berlin", interval_minutes=60)
    for hour in ("2026-10-25T00:00:00+00:00", "2026-10-25T01:00:00+00:00"):
        interval = config.grid.containing(datetime.fromisoformat(hour).timestamp())
        body = "event_time,market,views\n2026-10-25 02:00:00,us,1\n2026-10-25 02:59:59,us,2\n"
        assert read(body, config=config, interval=interval) == {("views", ("us",)): 3}


HEADER = "event_time,market,views\n"
GOOD = "2026-06-01 09:15:00,us,2\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", ": is empty; it needs a header line"),
        ("event_time,views\n", ", line 1: has no column market; its columns are event_time, views"),
        ("event_time,market,views,views\n", ", line 1: names views twice"),
        (HEADER + GOOD + "2026-06-01 09:15:00,us,many\n", ", line 3, column views: is not a number"),
        (HEADER + GOOD + "2026-06-01 09:15:00,us,NaN\n", ", line 3, column views: is not a finite number"),
        (HEADER + GOOD + "2026-06-01 09:15:00,us,1e999\n", ", line 3, column views: is not a finite number"),
        (HEADER + GOOD + "noon,us,2\n", ", line 3, column event_time: does not follow yyyy-MM-dd HH:mm:ss"),
        (HEADER + GOOD + "2026-06-01 09:15:00,us\n", ", line 3: has 2 fields where the header has 3"),
        (HEADER + GOOD + '2026-06-01 09:15:00,us,"2"x\n', ", line 3: is not CSV: ',' expected after '\"'"),
        (HEADER.encode() + b"2026-06-01 09:15:00,\xff,2\n", ", after line 0: is not UTF-8"),
        (gzip.compress((HEADER + GOOD).encode(), mtime=0)[:-9], ": is a broken gzip"),
        (
            HEADER + "2026-06-01 09:20:00,us,2\n2026-06-01 09:21:00,us,2\n",
            ": holds 2 rows, none of them of the interval that begins at 2026-06-01 09:15:00",
        ),
    ],
)
def test_what_is_wrong_is_named_by_key_line_and_column(body: str | bytes, expected: str) -> None:
    assert problem(body).startswith(expected)


def test_no_message_holds_what_a_record_says() -> None:
    for body in (HEADER + "secret,us,2\n", HEADER + "2026-06-01 09:15:00,us,secret\n"):
        assert "secret" not in problem(body)


def test_sums_beyond_the_range_of_numbers_are_named() -> None:
    assert "column views: adds up to more than a number holds" in problem(HEADER + 2 * "2026-06-01 09:15:00,us,1e308\n")


@pytest.mark.parametrize("sign", ["", "-"])
def test_values_that_the_model_cannot_square_are_refused(sign: str) -> None:
    rows = 2 * f"2026-06-01 09:15:00,us,{sign}6e13\n"
    assert "column views: is beyond 1e+14, the most that the detector takes: give" in problem(HEADER + rows)
    assert list(read(HEADER + rows[: len(rows) // 2]).values()) == [float(f"{sign}6e13")]


def test_more_series_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values_module, "MAX_SERIES", 2)
    rows = "".join(f"2026-06-01 09:15:00,m{place},2\n" for place in range(3))
    assert problem(HEADER + rows).endswith("has 3 series; the limit is 2")
