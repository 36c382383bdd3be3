"""Files become values per interval and series, as ingest and flush would make them from the same records."""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.history.aggregate import History, read_history
from local.history.rows import BLOCK_ROWS
from local.history.spans import interval_count, intervals, skipped_spans
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import InputError

HEADER = "time,shop,orders,customer\n"
ROWS = """\
2026-03-01 10:07:00,it,3,ann
2026-03-01 10:00:00,it,1,
2026-03-01 10:04:59,de,10,bob
2026-03-01 10:01:00,it,2.5,cat
2026-03-01 10:11:00,de,,dan
"""


def config(**parameters: str) -> DetectorConfig:
    given = {"Measures": "orders:SUM", "Dimensions": "shop", "TimestampColumn": "time", **parameters}
    return DetectorConfig.from_parameters(given)


def history(path: Path, **parameters: str) -> History:
    return read_history([path], config(**parameters), lambda rows: None)


def values(found: History) -> list[dict[str, float]]:
    """Per interval: `shop` (or `measure/shop` with several measures) -> value."""
    return [
        {"/".join((key[0], *key[1])): value for key, value in interval.values.items()} for interval in intervals(found)
    ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + ROWS)
    return path


def test_rows_of_one_interval_and_series_become_one_value(file: Path) -> None:
    found = history(file)
    assert values(found) == [{"orders/it": 3.5, "orders/de": 10.0}, {"orders/it": 3.0}, {}]
    assert (found.rows, found.valueless) == (5, 1)


@pytest.mark.parametrize(
    ("measure", "first"),
    [
        ("orders:AVG", {"orders/it": 1.75, "orders/de": 10.0}),
        ("orders:MIN", {"orders/it": 1.0, "orders/de": 10.0}),
        ("orders:MAX", {"orders/it": 2.5, "orders/de": 10.0}),
        ("orders:COUNT", {"orders/it": 2.0, "orders/de": 1.0}),
        ("customer:COUNT", {"customer/it": 1.0, "customer/de": 1.0}),
    ],
)
def test_each_function(file: Path, measure: str, first: dict[str, float]) -> None:
    assert values(history(file, Measures=measure))[0] == first


def test_a_count_is_0_where_there_are_rows_without_a_value(file: Path) -> None:
    assert values(history(file, Measures="orders:COUNT,orders:SUM"))[2] == {"orders_count/de": 0.0}


def test_several_measures_of_one_column_have_names_of_their_own(file: Path) -> None:
    found = values(history(file, Measures="orders:SUM,orders:MAX", Dimensions=""))
    assert found[0] == {"orders_sum": 13.5, "orders_max": 10.0}


def test_json_lines_gzip_and_several_files_say_the_same(file: Path, tmp_path: Path) -> None:
    lines = [line.split(",") for line in ROWS.splitlines()]
    records = [
        {"time": time, "shop": shop, **({"orders": float(orders)} if orders else {}), "customer": None}
        for time, shop, orders, _ in lines
    ]
    first, second = tmp_path / "a.jsonl.gz", tmp_path / "b.csv.gz"
    first.write_bytes(gzip.compress("\n".join(map(json.dumps, records[:2])).encode()))
    second.write_bytes(gzip.compress(b"\xef\xbb\xbf" + (HEADER + "".join(ROWS.splitlines(keepends=True)[2:])).encode()))
    both = read_history([first, second], config(), lambda rows: None)
    assert values(both) == values(history(file))


def test_quoted_fields_may_hold_commas_and_lines(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text('time,shop,orders\n2026-03-01 10:00:00,"Rome, ""it""\nold",4\n')
    assert values(history(path)) == [{'orders/Rome, "it"\nold': 4.0}]


def test_a_null_dimension_is_a_series_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_text("time,shop,orders\n2026-03-01 10:00:00,,4\n2026-03-01 10:00:00,it,5\n")
    assert values(history(path)) == [{"orders/": 4.0, "orders/it": 5.0}]


def test_intervals_follow_the_clock_of_the_zone(tmp_path: Path) -> None:
    path = tmp_path / "berlin.csv"
    times = ["01:30", "02:10", "02:50", "02:05", "02:30", "03:10"]
    path.write_text("time,shop,orders\n" + "".join(f"2026-10-25 {time}:00,it,1\n" for time in times))
    found = history(path, Timezone="Europe/Berlin", IntervalMinutes="60")
    assert values(found) == [{"orders/it": count} for count in (1.0, 2.0, 2.0, 1.0)], "two intervals are named 02:00"
    assert [end - start for start, end in pairwise(found.starts)] == [3600] * 3


class TestSpansWithoutData:
    def with_gap(self, tmp_path: Path, hours: float) -> History:
        begin = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
        times = [*range(0, 3600, 300), *range(int(3600 * hours) + 3600, int(3600 * hours) + 7200, 300)]
        path = tmp_path / "gap.csv"
        path.write_text("time,orders\n" + "".join(f"{int(begin) + time},1\n" for time in times))
        return history(path, TimestampFormat="UNIX", Dimensions="")

    def test_a_day_without_rows_is_judged_interval_by_interval(self, tmp_path: Path) -> None:
        found = self.with_gap(tmp_path, hours=24)
        assert len(values(found)) == interval_count(found) == 12 + 288 + 12
        assert skipped_spans(found) == []

    def test_a_longer_one_is_skipped(self, tmp_path: Path) -> None:
        found = self.with_gap(tmp_path, hours=24 * 365)
        assert len(values(found)) == interval_count(found) == 24
        assert [end - start for start, end in skipped_spans(found)] == [24 * 365 * 3600]


@given(
    st.lists(
        st.tuples(st.integers(0, 7200), st.sampled_from("abc"), st.one_of(st.none(), st.integers(-99, 99))),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from(["SUM", "AVG", "COUNT", "MIN", "MAX"]),
)
def test_aggregates_equal_those_of_plain_python(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, str, int | None]], function: str
) -> None:
    functions: dict[str, Callable[[list[int]], float]] = {
        "SUM": sum,
        "AVG": fmean,
        "COUNT": len,
        "MIN": min,
        "MAX": max,
    }
    plain = functions[function]
    cells: dict[tuple[int, str], list[int]] = defaultdict(list)
    for second, shop, value in rows:
        cells[second // 300, shop] += [] if value is None else [value]
    expected = {cell: plain(found) for cell, found in cells.items() if found or function == "COUNT"}
    path = tmp_path_factory.mktemp("rows") / "r.jsonl"
    records = ({"time": 86400 * 365 + second, "shop": shop, "orders": value} for second, shop, value in rows)
    path.write_text("\n".join(map(json.dumps, records)))
    found = history(path, TimestampFormat="UNIX", Measures=f"orders:{function}")
    first = 86400 * 365
    got = {
        ((interval.interval.start - first) // 300, key[1][0]): value
        for interval in intervals(found)
        for key, value in interval.values.items()
    }
    assert got == pytest.approx(expected)


def test_rows_beyond_one_block_all_count(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    count = 2 * BLOCK_ROWS + 1
    path.write_text("time,orders\n" + "".join(f"{86400 + 60 * row},1\n" for row in range(count)))
    heard: list[int] = []
    found = read_history([path], config(TimestampFormat="UNIX", Dimensions=""), heard.append)
    assert found.rows == sum(heard) == count
    assert sum(found.values) == count


@pytest.mark.parametrize("minutes", [10, 20, 30, 60])
@pytest.mark.parametrize("is_by_series", [False, True])
def test_a_repeated_hour_is_read_twice_from_rows_in_order(minutes: int, is_by_series: bool, tmp_path: Path) -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = int(datetime(2025, 10, 25, 22, tzinfo=UTC).timestamp())
    times = [start + 60 * minutes * place for place in range(8 * 60 // minutes)]
    rows = [(time, shop) for time in times for shop in ("de", "it")]
    if is_by_series:
        rows.sort(key=lambda row: row[1])
    path = tmp_path / "orders.csv"
    written = (f"{datetime.fromtimestamp(time, zone):%Y-%m-%d %H:%M:%S},{shop},1,\n" for time, shop in rows)
    path.write_text(HEADER + "".join(written))
    found = history(path, Timezone="Europe/Berlin", IntervalMinutes=str(minutes))
    assert values(found) == [{"orders/de": 1.0, "orders/it": 1.0}] * len(times)


def test_events_of_one_time_stay_in_one_reading_of_a_repeated_hour(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    clock = ("01:59:00", "01:59:00", "02:15:05", "02:15:05", "02:15:03", "02:50:00", "02:05:00", "02:05:00", "03:00:00")
    path.write_text(HEADER + "".join(f"2025-10-26 {time},de,1,\n" for time in clock))
    found = history(path, Timezone="Europe/Berlin", IntervalMinutes="60")
    assert values(found) == [{"orders/de": count} for count in (2.0, 4.0, 2.0, 1.0)]


def test_events_that_come_a_little_late_stay_in_their_reading_of_a_repeated_hour(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    clock = ("01:59:00", "02:15:05", "02:15:03", "02:50:00", "02:05:00", "03:00:00")
    path.write_text(HEADER + "".join(f"2025-10-26 {time},de,1,\n" for time in clock))
    found = history(path, Timezone="Europe/Berlin", IntervalMinutes="60")
    assert values(found) == [{"orders/de": count} for count in (1.0, 3.0, 1.0, 1.0)]


def spanning(path: Path, *days: str) -> History:
    """A history with rows every six hours of these days."""
    path.write_text(HEADER + "".join(f"{day} {hour:02d}:00:00,de,1,\n" for day in days for hour in range(0, 24, 6)))
    return history(path, IntervalMinutes="60")


@pytest.mark.parametrize(
    ("stray", "said"),
    [
        ("2099-12-31", "line 10: lies 26,966 days after the rows before it, among 4 rows of at most a day"),
        ("1970-01-05", "line 10: lies 20,508 days before the rows after it, among 4 rows of at most a day"),
    ],
)
def test_a_day_of_rows_years_away_is_taken_for_a_mistake(stray: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        spanning(tmp_path / "orders.csv", "2026-03-01", "2026-03-02", stray)


def test_recordings_may_lie_years_apart(tmp_path: Path) -> None:
    found = spanning(tmp_path / "orders.csv", "2020-03-01", "2020-03-02", "2026-03-01", "2026-03-02")
    assert len(skipped_spans(found)) == 1
    assert len(spanning(tmp_path / "orders.csv", "2020-03-01").starts) == 4


def test_two_events_of_one_second_do_not_begin_the_second_reading_of_a_repeated_hour(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    clock = ("01:59:00", "02:15:05", "02:15:05", "02:16:00", "02:50:00", "02:05:00", "03:00:00")
    path.write_text(HEADER + "".join(f"2025-10-26 {time},de,1,\n" for time in clock))
    found = history(path, Timezone="Europe/Berlin", IntervalMinutes="60")
    assert values(found) == [{"orders/de": count} for count in (1.0, 4.0, 1.0, 1.0)]


def test_columns_are_named_as_in_the_file_or_as_parameters_name_them(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Order Date,Shop,Orders (n)\n2026-03-01 10:00:00,de,1\n")
    found = history(path, TimestampColumn="Order_Date", Dimensions="Shop", Measures="Orders_n:SUM")
    assert values(found) == [{"Orders_n/de": 1.0}]
