"""The alarm on overdue intervals is silent while records wait for the batching window, and sounds when a shard lags."""

from typing import Final

import pytest

from functions.flush.app import PATIENCE_SECONDS
from tests.flush_world import MIDNIGHT, never
from tidegate.config import DetectorConfig, Function, Measure
from tidegate.contracts.record import StreamRecord
from tidegate.flush.run import flush
from tidegate.ingest.process import Ingest
from tidegate.memory.buffer import MemoryBuffer
from tidegate.memory.objects import MemoryObjects
from tidegate.memory.quarantine import MemoryQuarantine
from tidegate.memory.shards import MemoryShards

LATE_START: Final = 3
"""Seconds from the schedule's time to flush's look at the stream."""


def overdue(interval_minutes: int, window: int, phase: int, *, stops_at: int = 3600) -> list[int]:
    """What the runs of an hour say, with a record a second and a batch each window; no batch comes after `stops_at`."""
    config = DetectorConfig(
        measures=(Measure("views", Function.SUM),), timestamp_format="UNIX", interval_minutes=interval_minutes
    )
    buffer, shards, objects = MemoryBuffer(), MemoryShards("shard"), MemoryObjects()
    ingest = Ingest(config, buffer, MemoryQuarantine())
    gathered: list[StreamRecord] = []
    found: list[int] = []
    for second in range(3600):
        at = MIDNIGHT + second
        shards.add("shard", second + 1, at + 0.5)
        gathered.append(StreamRecord("shard", second + 1, "key", at + 0.5, b'{"event_time":%d,"views":1}' % at))
        if second % window == phase and second < stops_at:
            ingest.process(gathered, at)
            gathered = []
        if second % 60 == LATE_START:
            stores = buffer, shards, objects
            patience = window + PATIENCE_SECONDS
            run = flush(at - LATE_START, config, *stores, out_of_time=never, patience=patience)
            found.append(run.overdue)
    return found


def alarms(runs: list[int]) -> bool:
    """Three times five minutes with none in which a run says 0, as template.yaml has it."""
    least = [min(runs[at : at + 5]) for at in range(0, len(runs), 5)]
    return any(min(least[at : at + 3]) >= 1 for at in range(len(least) - 2))


@pytest.mark.parametrize(
    ("interval_minutes", "window", "phase"), [(1, 60, 20), (1, 60, 50), (1, 300, 20), (5, 300, 20), (5, 300, 290)]
)
def test_waiting_for_the_batching_window_is_not_overdue(interval_minutes: int, window: int, phase: int) -> None:
    assert not any(overdue(interval_minutes, window, phase))


def test_a_shard_that_is_read_no_more_is_told() -> None:
    assert not alarms(overdue(1, 60, 20))
    assert alarms(overdue(1, 60, 20, stops_at=1200))
