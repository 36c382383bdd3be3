"""Cost: USD per million records and per month, from what the deployed functions use and AWS's list prices."""

from collections.abc import Iterator
from typing import Final

from benchmarks import ingest, naive
from benchmarks.bill import Month, month, naive_per_million
from benchmarks.billing import write_units
from benchmarks.deployed import Used, use
from benchmarks.lines import Line, rounded
from benchmarks.prices import flink_month, glue_month
from benchmarks.processes import alone
from benchmarks.scale import Scale

ROW = "cost"
MILLION, MONTH, STREAM = "a million more, without the stream", "a month, without the stream", "the stream, a month"
PUBLISHED = "a million more, sequence numbers as published events show them"
IN_S3 = "a million more, chunks above 8 KB in S3"
RATES: Final = (100, 1_000, 10_000)
NAIVE = "an item a record, its requests alone"


def measure(scale: Scale) -> Iterator[Line]:
    """By records a second; 10,000 are ten shards, each like the one that was measured."""
    here, in_s3, published = _runs(scale), _runs(scale, chunks_in_s3=True), _runs(scale, published_numbers=True)
    item_usd = rounded(alone(naive_usd))
    for rate in RATES:
        yield from _lines(rate, month(here, rate), month(in_s3, rate), item_usd)
        yield Line(ROW, f"{rate:,} records/s", rate, PUBLISHED, "USD", rounded(month(published, rate).per_million))


def _runs(scale: Scale, chunks_in_s3: bool = False, published_numbers: bool = False) -> tuple[Used, Used]:
    low, high = (alone(use, rate, seconds, chunks_in_s3, published_numbers) for rate, seconds in scale.rates)
    return low, high


def _lines(rate: int, ours: Month, in_s3: Month, item_usd: float) -> Iterator[Line]:
    case, total = f"{rate:,} records/s", rounded(ours.without_stream)
    million = rounded(ours.per_million)
    yield Line(ROW, case, rate, MILLION, "USD", million, NAIVE, item_usd)
    if rate == RATES[1]:
        for part, amount in ours.per_million_by_part.items():
            yield Line(ROW, case, rate, f"of a million: {part}", "USD", rounded(amount))
    yield Line(ROW, case, rate, MONTH, "USD", total, NAIVE, rounded(item_usd * ours.records / 1e6))
    yield Line(ROW, case, rate, MONTH, "USD", total, "Glue, 2 DPU always on", rounded(glue_month()))
    for workers in (1, 2):
        against = f"Flink of {workers} KPU and a second stream"
        yield Line(ROW, case, rate, MONTH, "USD", total, against, rounded(flink_month(workers)))
    yield Line(ROW, case, rate, STREAM, "USD", rounded(ours.stream), reason="the same for every design")
    yield Line(ROW, case, rate, IN_S3, "USD", rounded(in_s3.per_million), "all chunks in DynamoDB", million)


def naive_usd() -> float:
    """USD per million of an item a record."""
    (event,) = ingest.batches(1_000, 100.0, 1)
    sizes = naive.sizes(event)
    return naive_per_million(sum(map(write_units, sizes)) / len(sizes), sum(sizes) / len(sizes))
