"""Each interval is told once its ledger line is written: with a process that ends at any moment nothing goes unsaid."""

from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from functions.flush import app
from tests.flush_world import MIDNIGHT, STEP, Event, World, interval
from tests.function_output import logged, metrics
from tests.mortal import Died, Mortal
from tidegate.contracts.interval import Interval
from tidegate.flush.publishing import Publication
from tidegate.flush.report import Deed

NOW = 6 * STEP + 60


def spoil(world: World, number: int) -> None:
    """Make the only chunk of an interval one that does not decode."""
    (item,) = world.buffer._chunks[interval(number).start, 0].values()
    item.payload = b"\x03junk"


def world_to_flush() -> World:
    """Of everything something that does not add up: a close, a revision, an interval before the first, an account."""
    world = World()
    world.take([Event(1, 4 * STEP, 4 * STEP)])
    world.flush(5 * STEP + 60)
    world.take([Event(2, 2 * STEP, 5 * STEP + 61), Event(3, 5 * STEP + 1, 5 * STEP + 62)])
    world.take([Event(4, STEP, 5 * STEP + 63, is_bad=True)])
    for number in (1, 2, 5):
        spoil(world, number)
    world.deliver([Event(1, 4 * STEP, 4 * STEP)])
    world.take([Event(5, 4 * STEP + 1, 5 * STEP + 64)])
    spoil_first(world, 4)
    return world


def spoil_first(world: World, number: int) -> None:
    """Make an interval's first chunk one that does not decode; then the buffer holds fewer records than the object."""
    items = world.buffer._chunks[interval(number).start, 0]
    items[sorted(items)[0]].payload = b"\x03junk"


@pytest.mark.parametrize("takes_effect", [False, True])
def test_a_run_that_dies_at_any_call_and_the_next_tell_all(takes_effect: bool) -> None:
    told: Counter[tuple[Deed, Interval, bool]] = Counter()

    def tell(deed: Deed, publication: Publication) -> None:
        told[deed, publication.line.interval, publication.is_conserved] += 1

    undisturbed = world_to_flush()
    undisturbed.flush(NOW, tell=tell)
    expected = set(told)
    closed = [(Deed.CLOSED, interval(number), number == 3) for number in (2, 3, 5)]
    assert expected == {*closed, (Deed.ACCOUNTED, interval(1), False), (Deed.REVISED, interval(4), False)}
    fatal = 0
    while True:
        told.clear()
        world, calls = world_to_flush(), iter(range(10**6))
        buffer, objects = (
            Mortal(store, calls, fatal, takes_effect=takes_effect) for store in (world.buffer, world.objects)
        )
        try:
            world.flush(NOW, buffer=buffer, objects=objects, tell=tell)
            break
        except Died:
            world.flush(NOW + 60, tell=tell)
        assert expected <= set(told), f"died at call {fatal}"
        fatal += 1
    assert fatal > 30


def test_a_mismatch_is_said_before_the_next_interval_is_begun(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World()
    world.take([Event(1, 10, 10)])
    world.flush(60)
    world.arrive([Event(2, 20, 20)])
    world.take([Event(3, STEP, STEP + 1)], shard="shard-2")
    spoil(world, 0)
    given = app.Dependencies(world.config, world.buffer, world.shards, world.objects, 180)
    monkeypatch.setattr(app, "dependencies", lambda: given)
    said: list[tuple[list[dict[str, Any]], str]] = []

    def time_left() -> int:
        """Lambda may end the process at any of these moments."""
        said.append((metrics(capsys.readouterr().out), log.getvalue()))
        return 300_000

    context: Any = SimpleNamespace(get_remaining_time_in_millis=time_left)
    with logged(app.logger) as log:
        app.handler({"time": datetime.fromtimestamp(MIDNIGHT + STEP + 60 + 900, UTC).isoformat()}, context)
    (nothing, _), (first, lines), *others = said
    assert nothing == []
    (found,) = first
    assert (found["ConservationMismatch"], found["IntervalsIncomplete"]) == ([1], [1])
    assert found["DetectorName"] == world.config.detector_name
    said_by_then = ("records are not conserved", "chunk does not decode", '"closed"', "closed without a shard")
    assert [word in lines for word in said_by_then] == [True] * 4
    assert all(not later for later, _ in others)
    assert log.getvalue().count("closed without a shard") == 1
    (at_the_end,) = metrics(capsys.readouterr().out)
    assert sorted(name for name, value in at_the_end.items() if isinstance(value, list)) == [
        "CloseDelay",
        "OverdueIntervals",
        "WatermarkLag",
    ]
