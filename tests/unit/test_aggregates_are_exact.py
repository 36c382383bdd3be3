"""The `aggregates` output: what each function makes of numbers, nulls and nothing."""

import csv
import random
import tracemalloc
from dataclasses import replace
from fractions import Fraction
from itertools import batched
from math import fsum
from sys import float_info

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.flush_world import CONFIG, MIDNIGHT, Event, World
from tidegate.config import Function, Measure, Output
from tidegate.flush import aggregation, spill
from tidegate.flush.aggregation import Aggregates
from tidegate.flush.sums import ExactSum

DUE = 360
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def aggregated(
    measures: str, cells: list[str], dimensions: tuple[str, ...] = ("market",), batch: int = 1000
) -> list[list[str]]:
    """The object made of records of these cells (dimensions, then the measures' columns), header first.

    batch: how many of them are delivered at a time.
    """
    parsed = tuple(Measure(column, Function(name)) for column, name in (one.split(":") for one in measures.split(",")))
    world = World(config=replace(CONFIG, measures=parsed, dimensions=dimensions, output=Output.AGGREGATES))
    for events in batched((Event(number, 1, 1, text) for number, text in enumerate(cells)), batch, strict=False):
        world.take(events)
    world.flush(DUE)
    return list(csv.reader(world.rows(0)))


def only(measures: str, *values: str) -> list[str]:
    """The measures' cells in the one row that these values of the column v make."""
    _, row = aggregated(measures, [f"us,{value}" for value in values])
    return row[2:]


ALL = "v:SUM,v:AVG,v:COUNT,v:MIN,v:MAX"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(["1", "2", "4"], ["7", "2.3333333333333335", "3", "1", "4"], id="integers stay integers"),
        pytest.param(["0.1", "0.2", "0.3"], ["0.6", "0.2", "3", "0.1", "0.3"], id="rounded once, not at every step"),
        pytest.param(["0.1"] * 10, ["1.0", "0.1", "10", "0.1", "0.1"], id="ten tenths are one"),
        pytest.param(["1e16", "1", "-1e16"], ["1.0", "0.3333333333333333", "3", "-1e+16", "1e+16"], id="cancelling"),
        pytest.param(["", "5", ""], ["5", "5.0", "1", "5", "5"], id="nulls do not count"),
        pytest.param(["", ""], ["", "", "0", "", ""], id="no value at all"),
        pytest.param(["-3", "2.5"], ["-0.5", "-0.25", "2", "-3", "2.5"], id="integers and floats"),
        pytest.param(["9" * 30, "1"], ["1" + "0" * 30, "5e+29", "2", "1", "9" * 30], id="integers beyond floats"),
        pytest.param(["1.5e308"] * 3, [repr(float_info.max), "1.5e+308", "3", "1.5e+308", "1.5e+308"], id="huge"),
        pytest.param(
            ["1.5e308", "1.5e308", "-1.5e308"], ["1.5e+308", "5e+307", "3", "-1.5e+308", "1.5e+308"], id="back"
        ),
    ],
)
def test_functions(values: list[str], expected: list[str]) -> None:
    assert only(ALL, *values) == expected


def test_text_is_counted_where_only_counts_are_asked_for() -> None:
    assert only("v:COUNT", "a7", "", "b", "a7") == ["3"]


def test_text_in_a_column_that_became_a_number_adds_nothing() -> None:
    assert only("v:SUM,v:COUNT", "a7", "2", "3.5", "1e999", "-1e999", "nan") == ["5.5", "2"]


@pytest.mark.parametrize("held", [1, 3])
@pytest.mark.parametrize("dimensions", [("market",), ()])
def test_it_does_not_matter_how_many_records_are_held(
    monkeypatch: pytest.MonkeyPatch, held: int, dimensions: tuple[str, ...]
) -> None:
    values = ["1", "1.0", "0.1", "", "1e999", "0.2", "-1e16", "1", "1e16", "x"]
    cells = [f"{'de' if place % 3 else 'us'},{value}" if dimensions else value for place, value in enumerate(values)]
    expected = aggregated(ALL, cells, dimensions)
    monkeypatch.setattr(aggregation, "_ROWS_AT_A_TIME", held)
    assert aggregated(ALL, cells, dimensions, batch=2) == expected


@pytest.mark.parametrize("runs", [2, 64])
@pytest.mark.parametrize("dimensions", [("market",), ("market", "shop"), ()])
def test_it_does_not_matter_how_many_groups_fit_into_memory(
    monkeypatch: pytest.MonkeyPatch, runs: int, dimensions: tuple[str, ...]
) -> None:
    chance = random.Random(7)
    values = ["1", "1.0", "0.1", "", "1e999", "0.2", "-1e16", "1e16", "x", "-0.0", "9" * 30, "1.5e308", "1.5e308"]
    names = ["us", "", '"a,b"', "ümlaut", '"say ""hi""\nthere"', "2.5"]
    cells = [
        ",".join([*(chance.choice(names) for _ in dimensions), chance.choice(values), chance.choice(["7", "", "text"])])
        for _ in range(400)
    ]
    measures = f"{ALL},w:COUNT"
    expected = aggregated(measures, cells, dimensions)
    monkeypatch.setattr(aggregation, "_ROWS_AT_A_TIME", 5)
    monkeypatch.setattr(aggregation, "_CELLS_IN_MEMORY", 1)
    monkeypatch.setattr(spill, "MERGED_RUNS", runs)
    assert aggregated(measures, cells, dimensions, batch=3) == expected


def test_groups_on_disk_are_read_as_often_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregation, "_ROWS_AT_A_TIME", 1)
    monkeypatch.setattr(aggregation, "_CELLS_IN_MEMORY", 1)
    aggregates = Aggregates(replace(CONFIG, output=Output.AGGREGATES))
    assert len(aggregates) == 0
    for market in ("us", "de", "us", "uk"):
        aggregates.add(f"{MIDNIGHT},{market},2\n")
    expected = [["de", "2"], ["uk", "2"], ["us", "4"]]
    assert [len(aggregates), list(aggregates.rows()), len(aggregates), list(aggregates.rows())] == [
        *(3, expected, 3, expected)
    ]


def most_memory(groups: int) -> int:
    """Bytes that aggregating so many groups holds at once."""
    tracemalloc.start()
    aggregates = Aggregates(replace(CONFIG, output=Output.AGGREGATES))
    for rows in batched((f"{MIDNIGHT},shop-{number},2.5\n" for number in range(groups)), 100, strict=False):
        aggregates.add("".join(rows))
    assert sum(1 for _ in aggregates.rows()) == len(aggregates) == groups
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_memory_does_not_grow_with_the_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregation, "_ROWS_AT_A_TIME", 500)
    monkeypatch.setattr(aggregation, "_CELLS_IN_MEMORY", 4_000)
    assert most_memory(20_000) < 1.5 * most_memory(5_000)


def test_groups_are_sorted_and_named_by_the_intervals_start() -> None:
    cells = ['web,"a,b",1', "app,us,2", 'web,"a,b",3', "app,,4", 'web,"say ""hi""\nthere",5']
    found = aggregated("v:SUM", cells, ("platform", "market"))
    assert found[0] == ["event_time", "platform", "market", "v"]
    start = "2025-11-21 00:00:00"
    assert [row[:3] for row in found[1:3]] == [[start, "app", ""], [start, "app", "us"]]
    assert [row[3] for row in found[1:]] == ["4", "2", "4", "5"]


def test_a_column_used_twice_and_no_dimensions() -> None:
    found = aggregated("v:SUM,w:MAX,v:MIN", ["1,7", "2,"], dimensions=())
    assert found == [["event_time", "v_sum", "w", "v_min"], ["2025-11-21 00:00:00", "3", "7", "1"]]


def test_an_interval_without_records_has_a_header_alone() -> None:
    world = World(config=replace(CONFIG, output=Output.AGGREGATES))
    world.take([Event(1, 1, 1), Event(2, 700, 700)])
    world.flush(660)
    assert world.rows(1) == ["event_time,market,views"]
    assert (world.line(0).stored, world.line(0).rows, world.line(1).rows) == (1, 1, 0)


def test_the_timestamp_has_the_records_format() -> None:
    measures = (Measure("v", Function.SUM),)
    config = replace(CONFIG, measures=measures, output=Output.AGGREGATES, timestamp_format="UNIX")
    world = World(config=config)
    world.take([Event(1, 1, 1)])
    world.flush(DUE)
    assert world.rows(0)[1] == f"{MIDNIGHT},us,1"


@given(
    st.lists(FLOATS | st.integers(-(10**20), 10**20), min_size=1), st.randoms(use_true_random=False), st.integers(1, 5)
)
def test_a_sum_is_the_exact_one_in_any_order_and_pieces(
    numbers: list[int | float], chance: random.Random, size: int
) -> None:
    exact = sum(map(Fraction, numbers), Fraction(0))
    chance.shuffle(numbers)
    total = ExactSum()
    for place in range(0, len(numbers), size):
        total.add(numbers[place : place + size])
    are_whole = all(isinstance(number, int) for number in numbers)
    assert total.value() == (exact if are_whole else rounded(exact))
    assert isinstance(total.value(), int) == are_whole
    assert total.mean(len(numbers)) == rounded(exact / len(numbers))


def rounded(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return float_info.max if number > 0 else -float_info.max


@given(st.lists(FLOATS.filter(lambda number: abs(number) < 1e290), max_size=30))
def test_a_sum_of_floats_is_what_fsum_says(numbers: list[float]) -> None:
    total = ExactSum()
    total.add([0.0, *numbers])
    assert total.value() == fsum(numbers)
