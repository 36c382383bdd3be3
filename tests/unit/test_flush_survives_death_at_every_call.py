"""A run of flush that dies before or after any of its calls to a store is taken up by the next one without a trace."""

from dataclasses import replace

import pytest

from tests.flush_world import STEP, Event, World
from tests.mortal import Died, Mortal
from tidegate.config import Output
from tidegate.contracts.buffer import LedgerLine


def world_to_flush() -> World:
    """Something of everything: closes, an empty interval, a revision, a moved beginning, quarantine, a begun close."""
    world = World()
    world.take([Event(10, 4 * STEP, 4 * STEP), Event(11, 4 * STEP + 5, 4 * STEP + 5, "de,3")])
    world.flush(5 * STEP + 60)
    world.take([Event(12, 4 * STEP + 7, 5 * STEP + 61, "uk,2"), Event(13, 2 * STEP, 5 * STEP + 62)])
    world.take([Event(14, STEP, 5 * STEP + 63, is_bad=True), Event(15, 5 * STEP, 5 * STEP + 64)])
    world.take([Event(16, 7 * STEP + 1, 7 * STEP + 1)])
    watermark = world.buffer.watermark()
    assert watermark is not None
    world.buffer.put_watermark(watermark.begun())
    world.deliver([Event(11, 4 * STEP + 5, 4 * STEP + 5, "de,3"), Event(12, 4 * STEP + 7, 5 * STEP + 61, "uk,2")])
    return world


NOW = 8 * STEP + 60


def outcome(world: World) -> tuple[dict[str, bytes], list[LedgerLine], object, object]:
    """All that a run leaves behind, but for how often the watermark was written and when lines were."""
    watermark = world.buffer.watermark()
    assert watermark is not None
    lines = [replace(line, closed_at=0, close_delay=0) for line in world.buffer.ledger()]
    revisions = {key: replace(found, tag="") for key in world.bodies() if (found := world.objects.published(key))}
    return world.bodies(), lines, (replace(watermark, version=0), world.buffer.control().markers), revisions


@pytest.mark.parametrize("output", Output)
@pytest.mark.parametrize("takes_effect", [False, True])
def test_any_call_may_be_the_last(output: Output, takes_effect: bool) -> None:
    undisturbed = world_to_flush()
    undisturbed.config = replace(undisturbed.config, output=output)
    undisturbed.flush(NOW)
    expected = outcome(undisturbed)
    assert len(expected[0]) == 6

    fatal, died_at = 0, list[str]()
    while True:
        world = world_to_flush()
        world.config = replace(world.config, output=output)
        calls = iter(range(10**6))
        buffer, objects = (
            Mortal(store, calls, fatal, takes_effect=takes_effect) for store in (world.buffer, world.objects)
        )
        try:
            world.flush(NOW, buffer=buffer, objects=objects)
            break
        except Died as death:
            died_at.append(str(death))
        world.flush(NOW)
        assert outcome(world) == expected, f"died at call {fatal}, {died_at[-1]}"
        fatal += 1
    assert set(died_at) == {
        *("control", "put_watermark", "chunks", "delete_marker", "ledger_line", "put_ledger_line"),
        *("published", "put", "put_backfill", "delete_backfill"),
    }


def test_a_run_after_a_run_changes_nothing() -> None:
    world = world_to_flush()
    world.flush(NOW)
    expected, version = outcome(world), world.buffer.watermark()
    for later in (0, 1, 59):
        report = world.flush(NOW + later)
        assert (report.closed, report.revised, report.shrunk) == ([], [], [])
    assert outcome(world) == expected
    assert world.buffer.watermark() == version
