"""A record from long before the first interval: all between are published, in bounded time, and others are served.

On a virtual clock: a call takes as long as it does on AWS, and Lambda ends a run at its time-out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.flush_world import CONFIG, MIDNIGHT, Event, World
from tests.mortal import Died, Mortal
from tidegate.flush.report import FlushReport

MINUTE, DAY = 60, 86_400
NOW = 32 * MINUTE + 30
"""Of the small world: minute 30 is closed, and no other is due."""
TIMEOUT, RESERVE = 300, 20
SECONDS = {"control": 0.01, "published": 0.01, "put": 0.05}
"""Of a call; every other one takes 8 ms."""


class TimedOut(BaseException):
    """Lambda ended the process."""


@dataclass
class Clock:
    """How long a run has lasted, in seconds."""

    now: float = 0.0

    def spend(self, call: str) -> None:
        self.now += SECONDS.get(call, 0.008)
        if self.now > TIMEOUT:
            raise TimedOut(call)


class Slow:
    """A store whose calls take their time."""

    def __init__(self, store: object, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        def call(*arguments: Any) -> Any:
            self._clock.spend(name)
            return method(*arguments)

        return call


def run(world: World, now: float) -> FlushReport | None:
    """A run as Lambda makes it; None when it was ended."""
    clock = Clock()
    stores: list[Any] = [Slow(store, clock) for store in (world.buffer, world.objects)]
    try:
        return world.flush(now, buffer=stores[0], objects=stores[1], out_of_time=lambda: clock.now > TIMEOUT - RESERVE)
    except TimedOut:
        return None


def world_of(days: int) -> World:
    """The sequence of minutes begins after so many days."""
    world = World(config=replace(CONFIG, interval_minutes=1, buffer_retention_hours=24 * 365))
    start = days * DAY
    world.take([Event(2, start + 10, start + 11)])
    world.flush(start + 130)
    return world


def minutes(world: World) -> list[int]:
    """The published minutes after midnight, in order."""
    return [(line.interval.start - MIDNIGHT) // MINUTE for line in world.buffer.ledger() if line.revision]


@pytest.mark.parametrize("days", [3, 20])
def test_it_comes_to_an_end_and_another_late_record_is_served_meanwhile(days: int) -> None:
    world, start = world_of(days), days * DAY
    world.take([Event(3, 10, start + 140), Event(4, start + 15, start + 150)])
    later = start + 15
    for number in range(1, 100):
        now = start + 120 + number * MINUTE
        world.take([Event(10 + number, now - 70, now - 65), Event(500 + number, later, now - 5)])
        report = run(world, now)
        assert report is not None, f"run {number} was ended"
        assert len(report.closed) > 1
        revised = [line.interval.start - MIDNIGHT for line in report.revised]
        assert start in revised
        if not report.out_of_time:
            break
    of_all = days * DAY // MINUTE
    assert number <= 2 + of_all * 0.12 / (TIMEOUT - RESERVE)
    watermark = world.buffer.watermark()
    assert watermark is not None
    assert (watermark.first, world.buffer.control().backfill) == (MIDNIGHT, None)
    assert minutes(world)[: of_all + 1] == list(range(of_all + 1))
    assert {line.revision for line in world.buffer.ledger()[:of_all]} == {1}


def old_and_late(world: World) -> World:
    world.take([Event(1, 30 * MINUTE, 30 * MINUTE)])
    world.flush(32 * MINUTE)
    world.take([Event(2, 10 * MINUTE, 32 * MINUTE + 1), Event(3, 30 * MINUTE + 1, 32 * MINUTE + 1)])
    return world


def small_world() -> World:
    return old_and_late(World(config=replace(CONFIG, interval_minutes=1)))


def some(count: int) -> Callable[[], bool]:
    left = iter(range(count))
    return lambda: next(left, None) is None


def minutes_of(report: FlushReport) -> list[int]:
    """The minutes that a run closed."""
    return [(line.interval.start - MIDNIGHT) // MINUTE for line in report.closed]


def published(world: World) -> dict[str, bytes]:
    assert world.buffer.control().markers == ()
    assert world.buffer.control().backfill is None
    return world.bodies()


def test_late_records_of_what_has_been_filled_in_are_served_before_all_is() -> None:
    world = small_world()
    world.flush(NOW, out_of_time=some(6))
    backfill = world.buffer.control().backfill
    assert backfill is not None
    assert (backfill.first, backfill.next) == (MIDNIGHT + 10 * MINUTE, MIDNIGHT + 14 * MINUTE)
    world.take([Event(4, 10 * MINUTE + 1, NOW), Event(5, 11 * MINUTE + 1, NOW, is_bad=True)])
    report = world.flush(NOW, out_of_time=some(4))
    assert [line.interval.start - MIDNIGHT for line in report.revised] == [10 * MINUTE]
    assert [line.quarantined for line in world.buffer.ledger()[:2]] == [0, 1]
    world.flush(NOW)
    assert len(published(world)) == 21
    assert [line.stored for line in world.buffer.ledger()] == [2, *[0] * 19, 2]


def test_a_still_older_record_comes_after_it() -> None:
    world = small_world()
    order = minutes_of(world.flush(NOW, out_of_time=some(6)))
    world.take([Event(4, 5 * MINUTE, NOW), Event(5, 20 * MINUTE, NOW)])
    for _ in range(20):
        order += minutes_of(world.flush(NOW, out_of_time=some(5)))
    assert order == [*range(10, 30), *range(5, 10)]
    assert len(published(world)) == 26
    assert [line.stored for line in world.buffer.ledger()] == [1, *[0] * 4, 1, *[0] * 9, 1, *[0] * 9, 2]


@pytest.mark.parametrize("takes_effect", [False, True])
def test_any_call_may_be_the_last(takes_effect: bool) -> None:
    undisturbed = small_world()
    undisturbed.flush(NOW)
    expected = published(undisturbed)
    fatal, died_at = 0, list[str]()
    while True:
        world, calls = small_world(), iter(range(10**6))
        stores = [Mortal(store, calls, fatal, takes_effect=takes_effect) for store in (world.buffer, world.objects)]
        try:
            world.flush(NOW, buffer=stores[0], objects=stores[1])
            break
        except Died as death:
            died_at.append(str(death))
        world.flush(NOW)
        assert published(world) == expected, f"died at call {fatal}, {died_at[-1]}"
        assert {line.revision for line in world.buffer.ledger()[:-1]} == {1}
        fatal += 1
    assert {"put_backfill", "delete_backfill"} < set(died_at)


def test_two_runs_at_once_fill_in_the_same() -> None:
    undisturbed = small_world()
    undisturbed.flush(NOW)
    expected, place, conflicts = published(undisturbed), 0, 0
    while True:
        world, calls = small_world(), iter(range(10**6))
        stores: list[Any] = [Meeting(store, calls, place, world) for store in (world.buffer, world.objects)]
        conflicts += bool(world.flush(NOW, buffer=stores[0], objects=stores[1]).conflict)
        if next(calls) <= place:
            break
        world.flush(NOW)
        assert published(world) == expected, f"met at call {place}"
        assert {line.revision for line in world.buffer.ledger()[:-1]} == {1}
        place += 1
    assert conflicts > 20


class Meeting:
    """A store at one call of which another run does a part of the work."""

    def __init__(self, store: object, calls: Iterator[int], place: int, world: World) -> None:
        self._store = store
        self._calls = calls
        self._place = place
        self._world = world

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        def call(*arguments: Any) -> Any:
            if next(self._calls) == self._place:
                self._world.flush(NOW, out_of_time=some(9))
            return method(*arguments)

        return call
