"""The cost table's arithmetic, against amounts that can be added up by hand."""

import pytest

from benchmarks.bill import month, naive_per_million
from benchmarks.billing import item_bytes, read_units, write_units
from benchmarks.deployed import Used
from benchmarks.prices import PRICES, SECONDS, flink_month, glue_month


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"pk": {"S": "ab"}}, 4),
        ({"é": {"S": "é"}}, 4),
        ({"p": {"B": bytes(100)}}, 101),
        ({"n": {"N": "1780315200"}}, 1 + 6),
        ({"incomplete": {"BOOL": True}}, 11),
    ],
)
def test_an_item_weighs_its_names_and_values(item: dict[str, dict[str, object]], size: int) -> None:
    assert item_bytes(item) == size


def test_units_are_kilobytes_begun() -> None:
    assert [write_units(size) for size in (1, 1024, 1025, 7000)] == [1, 1, 2, 7]
    assert [read_units(size) for size in (0, 4096, 4097)] == [1, 1, 2]


def test_the_other_designs_cost_what_their_parts_cost() -> None:
    assert glue_month() == pytest.approx(642.4)
    assert flink_month(1) == pytest.approx(2 * 80.3 + 5 + 10.95)
    assert flink_month(2) == pytest.approx(3 * 80.3 + 10 + 10.95)


def test_an_item_a_record_costs_a_unit_and_its_share_of_a_read() -> None:
    assert naive_per_million(write_units=1.0, item_bytes=4096) == pytest.approx(0.625 + 0.125)


def used(rate: int, flush_write_units: float) -> Used:
    """Ten minutes in which ingest took a write unit for each 100 records, and flush so many."""
    records = rate * 600
    units = {"ingest": {"write units": records / 100}, "flush": {"write units": flush_write_units}, "detect": {}}
    return Used(
        records, 600, 2, units, {"flush": {}, "detect": {}}, metrics=2, alarms=3, memory=dict.fromkeys(units, 1024)
    )


def test_a_month_is_a_part_that_grows_and_a_part_that_stands() -> None:
    # flush: 3 units an interval, and one for each 1,000 records
    runs = (used(100, 2 * 3 + 60), used(1000, 2 * 3 + 600))

    bill = month(runs, 2000.0)

    records = 2000 * SECONDS
    assert sum(bill.growing.values()) == pytest.approx(records * (0.01 + 0.001) * 0.625e-6)
    assert bill.standing == pytest.approx(8760 * 3 * 0.625e-6 + 2 * 0.30 + 3 * 0.10 + 2 * 43_800 * 1e-6)
    assert bill.stream == pytest.approx(2 * 10.95 + records * 0.014e-6)
    assert bill.per_million == pytest.approx(0.011 * 0.625)


def test_every_price_says_where_it_stands() -> None:
    assert all(price.source.startswith("https://aws.amazon.com/") and price.as_of for price in PRICES.values())
