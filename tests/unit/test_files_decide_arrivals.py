"""Arrivals derived from files: good records move the clock to the largest event time, bad ones never do."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from local.arrivals import Arrivals, arrivals
from local.record_files import Line
from tidegate.config import DetectorConfig, Function, Measure
from tidegate.contracts.errors import InputError

CONFIG = DetectorConfig((Measure("views", Function.SUM),), timestamp_format="UNIX", dimensions=("shop",))
PRESENT = 2_000_000_000.0
T = 1_600_000_200.0
"""The beginning of an interval of five minutes."""


def derive(*lines: bytes, config: DetectorConfig = CONFIG, present: float = PRESENT) -> Arrivals:
    numbered = (Line(Path("orders.jsonl"), number, data) for number, data in enumerate(lines, start=1))
    return arrivals(numbered, config, present)


def good(instant: float) -> bytes:
    return b'{"event_time":%d,"shop":"a","views":1}' % instant


BAD = [b"", b"{", b"[]", b'{"views":1}', b'{"event_time":"x","views":1}', b'{"event_time":1,"views":"x"}']


def test_good_records_arrive_at_the_largest_event_time_so_far() -> None:
    found = derive(good(T), good(T + 60), good(T + 30), good(T + 90))
    assert list(found.times) == [T, T + 60, T + 60, T + 90]
    assert found.good == 4


@pytest.mark.parametrize("bad", BAD)
def test_bad_records_arrive_with_what_came_before_and_never_move_the_clock(bad: bytes) -> None:
    found = derive(bad, good(T), bad, good(T + 60), bad)
    assert list(found.times) == [T, T, T, T + 60, T + 60]
    assert found.good == 2


def test_a_record_from_the_real_future_never_moves_the_clock() -> None:
    found = derive(good(T), good(PRESENT + 3601), good(T + 10))
    assert list(found.times) == [T, T, T + 10]
    assert found.good == 2


def test_a_record_of_the_next_hour_is_good() -> None:
    found = derive(good(PRESENT + 3500))
    assert (list(found.times), found.good) == ([PRESENT + 3500], 1)


def test_a_file_of_bad_records_arrives_now() -> None:
    found = derive(*BAD)
    assert list(found.times) == [PRESENT] * len(BAD)
    assert found.good == 0


def test_records_that_the_filters_keep_out_move_the_clock_too() -> None:
    config = DetectorConfig(
        CONFIG.measures,
        timestamp_format="UNIX",
        dimensions=("shop",),
        dimension_filters={"shop": frozenset({"b"})},
    )
    assert list(derive(good(T), good(T + 60), config=config).times) == [T, T + 60]


def test_all_intervals_up_to_the_last_record_are_to_close() -> None:
    assert derive(good(T), good(T + 299)).closed_until == T + 300
    assert derive(good(T), good(T + 300)).closed_until == T + 600


def test_an_ambiguous_hour_is_read_nearest_to_what_came_before() -> None:
    config = DetectorConfig(CONFIG.measures, timezone="Europe/Berlin")
    texts = ("2025-10-26 01:59:00", "2025-10-26 02:10:00", "2025-10-26 02:50:00", "2025-10-26 03:00:00")
    lines = [b'{"event_time":"%s","views":1}' % text.encode() for text in texts]
    first = datetime(2025, 10, 25, 23, 59, tzinfo=UTC).timestamp()
    assert [time - first for time in derive(*lines, config=config).times] == [0, 660, 3060, 3660 + 3600]


@pytest.mark.parametrize("minutes", [5, 20, 30, 60])
@pytest.mark.parametrize("shops", [(b"de",), (b"de", b"it", b"fr")])
def test_the_second_pass_of_a_repeated_hour_arrives_in_the_second(minutes: int, shops: tuple[bytes, ...]) -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = int(datetime(2025, 10, 25, 22, tzinfo=UTC).timestamp())
    times = [start + 60 * minutes * place for place in range(8 * 60 // minutes)]
    texts = [f"{datetime.fromtimestamp(time, zone):%Y-%m-%d %H:%M:%S}".encode() for time in times]
    lines = [b'{"event_time":"%s","shop":"%s","views":1}' % (text, shop) for text in texts for shop in shops]
    config = DetectorConfig(CONFIG.measures, timezone="Europe/Berlin", dimensions=("shop",))
    assert list(derive(*lines, config=config).times) == [time for time in times for _ in shops]


def test_records_of_times_far_apart_are_refused_with_the_line_that_jumps() -> None:
    with pytest.raises(
        InputError, match=r"orders\.jsonl, line 3: comes 579 days after .* 166,667 intervals"
    ) as refused:
        derive(good(T), good(T + 10), good(T + 50_000_000))
    assert "2 of them have records" in str(refused.value)


def test_long_histories_that_are_full_are_not_refused() -> None:
    config = DetectorConfig(CONFIG.measures, timestamp_format="UNIX", interval_minutes=1)
    lines = [good(T + 60 * minute * 5) for minute in range(25_000)]
    assert derive(*lines, config=config).good == 25_000


def test_one_record_from_long_ago_opens_no_intervals() -> None:
    found = derive(good(T), good(T - 50_000_000), good(T + 10))
    assert list(found.times) == [T, T, T + 10]


def test_records_that_lie_behind_a_later_one_by_more_than_an_interval_are_counted() -> None:
    assert derive(*(good(T + late) for late in (0, 600, 599, 300, 299, 600))).behind == 1
