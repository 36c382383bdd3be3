"""A consumer stands still for a day and then catches up: nothing closes early, nothing is skipped, and a record costs
no more than one that was read at once, however far behind.
"""

import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from local.functions import LocalFunction
from local.parameters import deployment
from local.shard_poller import MappingSettings
from local.simulation import Simulation
from local.stack import LocalStack, local_stack
from tests.replaying import record
from tidegate.aws.items import read_ledger_line, read_watermark
from tidegate.contracts.buffer import LedgerLine

HOUR = 3600
DAY = 86_400
START = 1_780_272_000
"""2026-06-01T00:00:00Z."""
STEP = 600
GAP = 60
"""Seconds between two records."""
BATCH = 60
REPORT_BYTES = 20_000


@dataclass
class Work:
    """What invocations cost. seconds: of CPU. peaks: most bytes that one of a function allocated, where traced."""

    records: int = 0
    calls: int = 0
    seconds: float = 0.0
    peaks: Counter[str] = field(default_factory=Counter)

    @property
    def per_record(self) -> tuple[float, float]:
        """AWS calls and CPU seconds."""
        return self.calls / self.records, self.seconds / self.records


@dataclass
class Meter:
    """Measures invocations while there is something to measure them for."""

    work: Work | None = None
    traces: bool = False

    def through(self, folder: str, invoke: Callable[[], object]) -> object:
        """Around each invocation."""
        if self.work is None:
            return invoke()
        if self.traces:
            tracemalloc.start()
        began = time.process_time()
        try:
            return invoke()
        finally:
            self.work.seconds += time.process_time() - began
            if self.traces:
                self.work.peaks[folder] = max(self.work.peaks[folder], tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()


@dataclass
class Behind:
    """A stack whose consumer can be stopped."""

    stack: LocalStack
    simulation: Simulation
    patched: pytest.MonkeyPatch
    meter: Meter

    @contextmanager
    def consumer_stopped(self) -> Iterator[None]:
        with self.patched.context() as stopped:
            stopped.setattr(self.stack.event_source, "run", lambda: None)
            stopped.setattr(self.stack.event_source, "next_due", lambda: None)
            yield

    def feed(self, seconds: range) -> None:
        """A record every GAP seconds: its value is its second."""
        for second in seconds:
            data = record(event_time=START + second, views=second)
            self.simulation.arrive(START + second, [(START + second, f"key-{second}", data)])

    def lines(self) -> list[LedgerLine]:
        return sorted(map(read_ledger_line, self.stack.items("BufferTable", "ledger#")), key=lambda line: line.interval)

    def next_to_close(self) -> int:
        (item,) = (item for item in self.stack.items("BufferTable", "control#") if item["sk"]["S"] == "watermark")
        return read_watermark(dict(item)).next

    def values(self) -> list[int]:
        rows = [row for _, body in self.stack.objects("DataBucket") for row in body.decode().splitlines()[1:]]
        return sorted(int(row.split(",")[1]) for row in rows)


@contextmanager
def behind(patched: pytest.MonkeyPatch, max_close_delay: int) -> Iterator[Behind]:
    """max_close_delay: seconds, a day at most."""
    given = deployment(
        None,
        ["Measures=views:SUM", "TimestampFormat=UNIX", "IntervalMinutes=10", f"MaxCloseDelaySeconds={max_close_delay}"],
    )
    patched.setattr("local.stack.mapping_settings", lambda function: MappingSettings(batch_size=BATCH))
    meter, invoke = Meter(), LocalFunction.invoke
    patched.setattr(
        LocalFunction,
        "invoke",
        lambda function, event, *rest: meter.through(function.folder, lambda: invoke(function, event, *rest)),
    )
    with local_stack(given, START) as stack:
        patched.setattr(stack.stream, "retention_hours", 72)
        yield Behind(stack, Simulation(stack, given.config()), patched, meter)


@contextmanager
def measured(world: Behind, records: int, *, traces: bool = False) -> Iterator[Work]:
    """Invocations in the block: the AWS calls that they make, their CPU time, and if traced the memory of each."""
    work, before = Work(records), world.stack.observer.calls.total()
    world.meter.work, world.meter.traces = work, traces
    yield work
    world.meter.work = None
    work.calls = world.stack.observer.calls.total() - before


def test_intervals_wait_for_a_consumer_that_lags(monkeypatch: pytest.MonkeyPatch) -> None:
    with behind(monkeypatch, DAY) as world:
        with measured(world, HOUR // GAP) as live:
            world.feed(range(0, HOUR, GAP))
        with world.consumer_stopped():
            world.feed(range(HOUR, DAY, GAP))
            assert world.next_to_close() <= START + HOUR
        with measured(world, 23 * HOUR // GAP) as catching_up:
            world.simulation.run_out(START + DAY)
        lines = world.lines()
        assert world.values() == list(range(0, DAY, GAP))
        assert [line.interval.start for line in lines] == list(range(START, START + DAY, STEP))
        assert {(line.revision, line.incomplete, line.stored, line.balanced) for line in lines} == {
            (1, False, STEP // GAP, True)
        }
    assert all(behind < live for behind, live in zip(catching_up.per_record, live.per_record, strict=True))


def test_intervals_that_could_wait_no_longer_are_made_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    with behind(monkeypatch, 900) as world:
        world.feed(range(0, HOUR, GAP))
        with world.consumer_stopped():
            world.feed(range(HOUR, 6 * HOUR, GAP))
            closed = world.lines()
            late = world.next_to_close()
            assert START + 6 * HOUR - 900 - 3 * STEP < late <= START + 6 * HOUR - 900
            assert all(line.close_delay >= 900 for line in closed if line.incomplete)
            assert [line.interval.start for line in closed] == list(range(START, late, STEP))
        world.simulation.run_out(START + 6 * HOUR)
        lines = world.lines()
        assert world.values() == list(range(0, 6 * HOUR, GAP))
        assert [line.interval.start for line in lines] == list(range(START, START + 6 * HOUR, STEP))
        assert all(line.balanced and line.stored == STEP // GAP for line in lines)
        behind_in_full = [line for line in lines if line.incomplete and line.interval.start >= START + HOUR]
        assert {line.revision for line in behind_in_full} == {2}


def test_memory_does_not_grow_with_the_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = []
    for hours in (2, 7):
        with pytest.MonkeyPatch.context() as patched, behind(patched, DAY) as world:
            world.feed(range(0, HOUR, GAP))
            with world.consumer_stopped():
                world.feed(range(HOUR, hours * HOUR, GAP))
            with measured(world, (hours - 1) * HOUR // GAP, traces=True) as work:
                world.simulation.run_out(START + hours * HOUR)
        peaks.append(work.peaks)
    few, many = peaks
    assert many["ingest"] < 1.2 * few["ingest"]
    # A run that closes many intervals reports each of them.
    assert many["flush"] < few["flush"] + REPORT_BYTES * 5 * HOUR // STEP
