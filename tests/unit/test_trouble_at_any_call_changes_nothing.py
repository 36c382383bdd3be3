"""Short histories with every trouble at every call of every invocation, one at a time.

The calls are found by running; a call that is new is tried by itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest

from tests.delivery_checks import assert_same, plainly
from tests.delivery_histories import (
    START,
    Death,
    Deliver,
    Failure,
    Flush,
    Line,
    Meanwhile,
    Put,
    Replay,
    Restart,
    Sort,
    Step,
    Trouble,
    Wait,
)
from tests.delivery_world import World

END = START + 1200
GOOD, BAD, FILTERED = Line(Sort.GOOD, 0), Line(Sort.NOT_JSON, 0), Line(Sort.FILTERED, 0)


class History(NamedTuple):
    """Records and steps, and what an untroubled run leaves: revision and incompleteness by interval."""

    puts: tuple[Put, ...]
    steps: tuple[Step, ...]
    leaves: dict[int, tuple[int, bool]]


HISTORIES = {
    "a shard lags until the interval closes without it": History(
        (Put(0, 10, (GOOD, BAD, GOOD)), Put(1, 20, (GOOD, FILTERED))),
        (Wait(365), Deliver(0, 1), Flush(), Wait(130), Flush(), Deliver(1, 1), Flush()),
        {0: (2, True)},
    ),
    "late records come one after another": History(
        (Put(0, 10, (GOOD,)), Put(0, 390, (Line(Sort.GOOD, 300),)), Put(1, 5, (Line(Sort.GOOD, 300), BAD))),
        (Wait(365), Deliver(0, 1), Flush(), Wait(100), Deliver(0, 1), Flush(), Deliver(1, 1), Flush()),
        {0: (3, False)},
    ),
    "records come of before the first interval": History(
        (Put(0, 10, (GOOD,)), Put(1, 30, (Line(Sort.GOOD, 900),)), Put(1, 30, (Line(Sort.GOOD, 500),))),
        (Wait(365), Deliver(0, 1), Flush(), Deliver(1, 1), Flush(), Deliver(1, 1), Flush()),
        {-3: (1, False), -2: (2, False), -1: (1, False), 0: (1, False)},
    ),
    "records are delivered again in other batches": History(
        (Put(0, 10, (GOOD, BAD, FILTERED)), Put(0, 20, (GOOD,)), Put(0, 30, (Line(Sort.GOOD, -400), GOOD))),
        (Wait(100), Deliver(0, 2), Replay(0, 1, 2), Deliver(0, 1), Wait(300), Flush(), Replay(0, 0, 3), Flush()),
        {0: (1, False)},
    ),
}
MEANWHILE: tuple[Step, ...] = (Flush(), Deliver(0, 2), Deliver(1, 2), Replay(0, 0, 2))


def deaths_and_failures(call: int, step: Step) -> Iterator[Trouble]:
    """Death after a call is death before the next one; the answer of a call that took effect may be lost as well."""
    yield Death(call, after=False)
    yield Failure(call, after=True)


def meetings(call: int, step: Step) -> Iterator[Trouble]:
    """Other invocations in the midst of a step; Lambda delivers a shard's batches one after another."""
    for other in MEANWHILE:
        if not (isinstance(step, Deliver) and isinstance(other, Deliver) and step.shard == other.shard):
            yield Meanwhile(call, other)


def calls_of_steps(history: History) -> list[int]:
    """How many calls of stores each step makes when nothing happens."""
    world, calls = World(history.puts), []
    for step in history.steps:
        world.run(step)
        calls.append(0 if isinstance(step, Wait | Restart) else world.last.calls)
    return calls


def troubled(
    history: History, troubles: Callable[[int, Step], Iterator[Trouble]]
) -> Iterator[tuple[int, Step, tuple[Step, ...]]]:
    """Every step with every trouble at every call: its place, the step, all steps."""
    for place, (step, calls) in enumerate(zip(history.steps, calls_of_steps(history), strict=True)):
        if not isinstance(step, Wait | Restart):
            for call in range(calls):
                for trouble in troubles(call, step):
                    with_trouble = replace(step, trouble=trouble)
                    yield place, with_trouble, (*history.steps[:place], with_trouble, *history.steps[place + 1 :])


@pytest.mark.parametrize("name", HISTORIES)
def test_the_histories_are_what_they_are_called(name: str) -> None:
    history = HISTORIES[name]
    world = World(history.puts)
    for step in history.steps:
        world.run(step)
    lines = world.buffer.ledger()
    assert {(line.interval.start - START) // 300: (line.revision, line.incomplete) for line in lines} == history.leaves


@pytest.mark.parametrize("troubles", [deaths_and_failures, meetings])
@pytest.mark.parametrize("name", HISTORIES)
def test_trouble_at_any_call_changes_nothing(name: str, troubles: Callable[[int, Step], Iterator[Trouble]]) -> None:
    history = HISTORIES[name]
    plain = plainly(history.puts, END)
    for place, step, steps in troubled(history, troubles):
        world = World(history.puts)
        for other in steps:
            world.run(other)
        world.settle(END)
        try:
            assert_same(world, plain, history.puts)
        except AssertionError as error:
            error.add_note(f"step {place} was {step}")
            raise
