"""Many records through the functions as they are deployed, on the embedded AWS: all of them counted, memory watched.

Two records a second for simulated days: what the stream twin keeps (a day) is the same all the time, and objects are
taken out of the bucket when they have been counted, so that what grows is the functions' own.
"""

import csv
import json
import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from local.parameters import deployment
from local.simulation import Simulation
from local.stack import LocalStack, local_stack
from tidegate.aws.items import read_ledger_line
from tidegate.contracts.interval import DAY_MINUTES

START: Final = 1_780_272_000
"""2026-06-01T00:00:00Z."""
PER_MINUTE: Final = 120
BAD_EVERY: Final = 1000
POINTS: Final = 10
BYTES_A_RECORD: Final = 60
"""Memory may grow by so much: what the buffer's table keeps of a record, in MiniStack's form, is a third of it."""
GIVEN: Final = deployment(
    None, ["Measures=views:SUM", "Dimensions=market", "IntervalMinutes=60", "BatchingWindowSeconds=300"]
)
_MARKETS: Final = ("us", "uk", "de", "fr")


class LoadFailed(Exception):
    """Records are missing, doubled, or not accounted for."""


class Counted:
    """Which records have been seen in objects. Raises LoadFailed at one that has been seen before."""

    def __init__(self, records: int) -> None:
        self._seen = bytearray(records)
        self.count = 0

    def take(self, stack: LocalStack) -> None:
        """Count what lies in the bucket and take it away, but for the last hour, which detect may still want."""
        bucket = stack.template.name("DataBucket")
        objects = list(stack.objects("DataBucket"))
        for key, body in objects[:-1]:
            self.add(body)
            stack.s3.delete_object(Bucket=bucket, Key=key)

    def add(self, body: bytes) -> None:
        for row in csv.DictReader(body.decode().splitlines()):
            number = int(row["views"])
            if self._seen[number]:
                raise LoadFailed(f"record {number} is in two places")
            self._seen[number] = 1
            self.count += 1


def load(records: int, shards: int = 2) -> list[dict[str, float]]:
    """Send so many records. Returns, at ten points: records so far, records a CPU second since, resident memory in MB.

    Raises LoadFailed.
    """
    points: list[dict[str, float]] = []
    with local_stack(GIVEN, START, shards) as stack:
        simulation, counted = Simulation(stack, GIVEN.config()), Counted(records)
        sent, before = 0, time.process_time()
        for minute, numbers in enumerate(_minutes(records)):
            simulation.arrive(START + 60 * minute, _arriving(minute, numbers))
            sent += len(numbers)
            if sent >= (len(points) + 1) * records // POINTS:
                counted.take(stack)
                rate = (sent - (points[-1]["records"] if points else 0)) / (time.process_time() - before)
                points.append({"records": sent, "per_cpu_second": round(rate), "resident_mb": round(_resident_mb(), 1)})
                before = time.process_time()
        simulation.run_out(START + 60 * (minute + 1))
        for _, body in stack.objects("DataBucket"):
            counted.add(body)
        _check(stack, counted.count, records)
    _check_memory(points)
    return points


def _minutes(records: int) -> Iterator[range]:
    for first in range(0, records, PER_MINUTE):
        yield range(first, min(records, first + PER_MINUTE))


def _arriving(minute: int, numbers: range) -> Iterator[tuple[float, str, bytes]]:
    """A minute's records: arrival, partition key, bytes."""
    for place, number in enumerate(numbers):
        instant = START + 60 * minute + place * 60 / PER_MINUTE
        market = _MARKETS[number % len(_MARKETS)]
        fields = {"event_time": f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%d %H:%M:%S}", "market": market}
        data = b"broken" if _is_bad(number) else json.dumps({**fields, "views": number}).encode()
        yield instant, f"{market}-{number}", data


def _is_bad(number: int) -> bool:
    return number % BAD_EVERY == BAD_EVERY - 1


def _check(stack: LocalStack, rows: int, records: int) -> None:
    bad = records // BAD_EVERY
    lines = [read_ledger_line(item) for item in stack.items("BufferTable", "ledger#")]
    quarantined = sum(body.count(b"\n") for _, body in stack.objects("OperationsBucket", "quarantine/"))
    found = (
        rows,
        quarantined,
        sum(line.stored for line in lines),
        sum(line.quarantined for line in lines),
        sum(line.received - line.duplicates for line in lines),
    )
    if found != (records - bad, bad, records - bad, bad, records) or not all(line.balanced for line in lines):
        raise LoadFailed(f"rows, quarantined, and the ledger's stored, quarantined, received: {found} of {records}")
    failed = [function.last_error for function in stack.functions.values() if function.failures]
    if failed:
        raise LoadFailed(f"functions failed: {failed}")


def _check_memory(points: Sequence[dict[str, float]]) -> None:
    """From when the stream twin is full, which keeps a day."""
    full = [point for point in points if point["records"] > PER_MINUTE * DAY_MINUTES]
    for first, last in zip(full[:1], full[1:][-1:], strict=False):
        grown = (last["resident_mb"] - first["resident_mb"]) * 2**20 / (last["records"] - first["records"])
        if grown > BYTES_A_RECORD:
            raise LoadFailed(f"memory grows by {grown:.0f} bytes a record")


def _resident_mb() -> float:
    """This process's memory now, functions and embedded AWS together."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
