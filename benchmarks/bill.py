"""A month's bill from what was metered.

Taken as given, because no desk can measure it: a function gets its memory's share of a processor (1,769 MB are one) and
an arm64 processor of Lambda is as fast as this one; a call waits as long as WAITS says; Lambda writes START_AND_REPORT
bytes of log for a run.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks import metering
from benchmarks.deployed import Used
from benchmarks.prices import HOURS, SECONDS, usd

type Units = Mapping[str, float]

MB_A_PROCESSOR: Final = 1769
WAITS: Final = {metering.DYNAMODB_CALLS: 0.006, metering.S3_CALLS: 0.03, metering.OTHER_CALLS: 0.02}
"""Seconds."""

START_AND_REPORT: Final = 600
TICKS: Final = HOURS * 60
INTERVALS: Final = HOURS * 12
MONTH_DAYS: Final = HOURS / 24
BUFFER_DAYS: Final = 9
"""BufferRetentionHours, 48, and the week for which chunks stay after that."""

RECORDS_A_SHARD: Final = 1_000
GIGABYTE: Final = 1e9


@dataclass(frozen=True, slots=True)
class Month:
    """USD of a month. growing: what another record adds to, by part; standing: what there is without any; stream: a
    shard for each 1,000 records a second, and the puts.
    """

    records: float
    growing: Mapping[str, float]
    standing: float
    stream: float

    @property
    def per_million(self) -> float:
        """USD that a million more records cost, without the stream."""
        return sum(self.per_million_by_part.values())

    @property
    def per_million_by_part(self) -> dict[str, float]:
        """What it consists of, the largest first."""
        parts = sorted(self.growing.items(), key=lambda part: -part[1])
        return {name: amount / self.records * 1e6 for name, amount in parts}

    @property
    def without_stream(self) -> float:
        """USD of all but the stream."""
        return sum(self.growing.values()) + self.standing


def month(runs: tuple[Used, Used], rate: float) -> Month:
    """The bill of so many records a second, from two runs at different rates.

    Ingest costs a record what it cost in the run that is nearest from below: more than 1,000 a second are more shards,
    each like that one. What flush and detect take is a fixed part an interval and a part a record, as the two runs say.
    """
    records = rate * SECONDS
    nearest = max((run for run in runs if run.rate <= rate), key=lambda run: run.rate, default=runs[0])
    growing: defaultdict[str, float] = defaultdict(float)
    standing = usd("metric", nearest.metrics) + usd("alarm", nearest.alarms) + usd("schedule", 2 * TICKS)
    for part, amount in (_function_usd("ingest", nearest.units["ingest"], nearest) | _storage_usd(nearest)).items():
        growing[part] += records / nearest.records * amount
    for name in ("flush", "detect"):
        low, high = (_function_usd(name, run.units[name], run) for run in runs)
        for part in low:
            fixed, a_record = _fixed_and_a_record(runs, (low[part], high[part]))
            growing[part] += records * a_record
            standing += INTERVALS * fixed
        standing += (TICKS - INTERVALS) * sum(_function_usd(name, nearest.idle[name], nearest).values())
    shards = max(1, -(-rate // RECORDS_A_SHARD))
    return Month(records, growing, standing, usd("shard", shards * HOURS) + usd("payload", records))


def naive_per_million(write_units: float, item_bytes: float) -> float:
    """USD of an item a record: written once and read once, and nothing else."""
    return usd("write unit", 1e6 * write_units) + usd("read unit", 1e6 * item_bytes / 4096)


def _function_usd(name: str, units: Units, run: Used) -> dict[str, float]:
    """USD of a function's runs and of what they asked of AWS, by part; what they stored is not in it."""
    memory = run.memory[name]
    processor = min(1.0, memory / MB_A_PROCESSOR)
    waited = sum(seconds * units.get(calls, 0.0) for calls, seconds in WAITS.items())
    seconds = units.get(metering.CPU, 0.0) / processor + waited
    invocations = units.get(metering.INVOCATIONS, 0.0)
    return {
        f"Lambda, {name}": usd("GB-second", seconds * memory / 1024) + usd("invocation", invocations),
        "DynamoDB, writes": usd("write unit", units.get(metering.WRITE_UNITS, 0.0)),
        "DynamoDB, reads": usd("read unit", units.get(metering.READ_UNITS, 0.0)),
        "S3, requests": usd("put", units.get(metering.S3_PUTS, 0.0)) + usd("get", units.get(metering.S3_GETS, 0.0)),
        "logs": usd("log", (units.get(metering.LOG_BYTES, 0.0) + START_AND_REPORT * invocations) / GIGABYTE),
    }


def _storage_usd(run: Used) -> dict[str, float]:
    """USD of a run's chunks until they expire, and of its objects for a month."""
    share = BUFFER_DAYS / MONTH_DAYS
    ingest, flush = run.units["ingest"], run.units["flush"]
    chunks = ingest.get(metering.STORED_BYTES, 0.0) / GIGABYTE
    large_chunks = ingest.get(metering.OBJECT_BYTES, 0.0) / GIGABYTE
    return {
        f"chunks, kept {BUFFER_DAYS} days": share
        * (usd("table", chunks) + usd("recovery", chunks) + usd("object", large_chunks)),
        "objects, kept a month": usd("object", flush.get(metering.OBJECT_BYTES, 0.0) / GIGABYTE),
    }


def _fixed_and_a_record(runs: tuple[Used, Used], amounts: tuple[float, float]) -> tuple[float, float]:
    """What fits two runs: so much an interval, and so much a record; neither can be less than nothing."""
    (low, high), (low_usd, high_usd) = runs, amounts
    determinant = low.intervals * high.records - high.intervals * low.records
    a_record = max(0.0, (low.intervals * high_usd - high.intervals * low_usd) / determinant)
    fixed = max(0.0, (low_usd - a_record * low.records) / low.intervals)
    return fixed, a_record
