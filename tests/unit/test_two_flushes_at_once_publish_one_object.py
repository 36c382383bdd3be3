"""Another run of flush, a delivery, or both, happen inside any call of a run: objects are published once, and whole."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Event as Signal
from typing import Any

import pytest

from tests.flush_world import STEP, Event, World, interval
from tidegate.flush.report import FlushReport
from tidegate.memory.buffer import MemoryBuffer
from tidegate.memory.objects import MemoryObjects

NOW = 3 * STEP + 60
EARLY = [Event(1, 10, 10), Event(2, STEP + 10, STEP + 10), Event(3, 2 * STEP + 10, 2 * STEP + 10)]
LATE = [Event(4, 20, NOW), Event(5, STEP + 20, NOW), Event(6, 2 * STEP + 20, NOW)]


class Interrupted:
    """A store of which one call is interrupted: something else happens before it, or after."""

    def __init__(
        self, store: object, calls: Iterator[int], place: int, interrupt: Callable[[], None], after: bool
    ) -> None:
        self._store = store
        self._calls = calls
        self._place = place
        self._interrupt = interrupt
        self._after = after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        def call(*arguments: Any) -> Any:
            is_here = next(self._calls) == self._place
            if is_here and not self._after:
                self._interrupt()
            result = method(*arguments)
            if name == "chunks":
                result = iter(list(result))  # read now, not later
            if is_here and self._after:
                self._interrupt()
            return result

        return call


class Counting(MemoryObjects):
    """Remembers each object written: its key, its revision, how many records it was made of."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[tuple[str, int, int]] = []

    def put(self, key: str, *others: Any) -> Any:
        put = super().put(key, *others)
        self.writes.append((key, put.revision, put.stored))
        return put


def another_flush(world: World) -> None:
    world.flush(NOW)


def late_records(world: World) -> None:
    world.take(LATE)


def late_records_and_another_flush(world: World) -> None:
    world.take(LATE)
    world.flush(NOW)


@pytest.mark.parametrize("happening", [another_flush, late_records, late_records_and_another_flush])
@pytest.mark.parametrize("after", [False, True])
def test_what_happens_inside_any_call_is_harmless(happening: Callable[[World], None], after: bool) -> None:
    place, conflicts = 0, 0
    while True:
        objects = Counting()
        world = World(objects=objects)
        world.take(EARLY)
        world.flush(60)
        calls = iter(range(10**6))
        stores: list[Any] = [
            Interrupted(store, calls, place, partial(happening, world), after)
            for store in (world.buffer, world.objects)
        ]
        reports = [world.flush(NOW, buffer=stores[0], objects=stores[1]), world.flush(NOW + 60)]
        conflicts += bool(reports[0].conflict)
        assert [len(report.mismatched) for report in reports] == [0, 0]
        if next(calls) <= place:
            break
        keys = [world.key(number) for number in range(3)]
        assert world.objects.keys() == keys
        rows_expected = 1 if happening is another_flush else 2
        assert [len(world.rows(number)) - 1 for number in range(3)] == [rows_expected] * 3
        for key in keys:
            written = [(revision, stored) for name, revision, stored in objects.writes if name == key]
            assert written in ([(1, 1)], [(1, 2)], [(1, 1), (2, 2)]), f"at call {place}"
        assert [world.line(number).stored for number in range(3)] == [rows_expected] * 3
        assert world.buffer.control().markers == ()
        place += 1
    assert place > 15
    if happening is not late_records:
        assert conflicts > 5


class Pausing:
    """A buffer at whose first reading of chunks something else happens."""

    def __init__(self, buffer: MemoryBuffer, meanwhile: Callable[[], object]) -> None:
        self._buffer = buffer
        self._meanwhile = iter([meanwhile])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._buffer, name)

    def chunks(self, *arguments: Any) -> Any:
        for happen in self._meanwhile:
            happen()
        return self._buffer.chunks(*arguments)


def test_a_run_that_takes_longer_than_the_schedule_keeps_its_close() -> None:
    """The schedule starts a run each minute, however long the one before reads."""
    world = World()
    world.take(EARLY)
    world.flush(60)
    is_reading, has_finished = Signal(), Signal()

    def read_slowly() -> None:
        is_reading.set()
        assert has_finished.wait(10)

    with ThreadPoolExecutor() as second_process:
        later: list[Future[FlushReport]] = []

        def start_the_next() -> None:
            second: Any = Pausing(world.buffer, read_slowly)
            later.append(second_process.submit(world.flush, NOW + 60, buffer=second))
            assert is_reading.wait(10)

        first: Any = Pausing(world.buffer, start_the_next)
        report = world.flush(NOW, buffer=first)
        has_finished.set()
        overtaken = later[0].result(10)
    assert ([line.interval for line in report.closed], report.conflict) == ([interval(at) for at in range(3)], "")
    assert (overtaken.closed, bool(overtaken.conflict)) == ([], True)
    assert [world.line(at).revision for at in range(3)] == [1, 1, 1]
