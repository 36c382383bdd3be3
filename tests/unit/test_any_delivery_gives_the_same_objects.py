"""Whatever way records take to ingest, whatever dies on it, flush publishes the same objects, and detect tells once.

Random histories: Kinesis records of one line or several, good and bad, late by up to days or of clocks that are ahead,
on shards that split and merge; delivered in batches of any size, again and again, in halves, from any place back to
TRIM_HORIZON; flush and detect at any time, by clocks of their own; and everything in the midst of everything else.
What a history leaves is compared with the plain way (one delivery of everything, then flush) and with
what follows from the records themselves.

A failure prints the shortest history that Hypothesis finds, as Python that `python -m tests.replay_history` takes up.
HISTORIES says how many are tried.
"""

import os
from dataclasses import replace

import pytest
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st

from tests.delivery_checks import assert_same, plainly
from tests.delivery_histories import (
    SHARDS,
    START,
    Death,
    Deliver,
    Detect,
    Failure,
    Flush,
    History,
    Line,
    Meanwhile,
    Put,
    Replay,
    Reshard,
    Restart,
    Sort,
    Step,
    Trouble,
    Wait,
)
from tests.delivery_world import World

HISTORIES = int(os.environ.get("HISTORIES", "240"))
PARTS = 8
"""Tests that share them, so that every core has some."""
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink)
"""All but the last, which tells lines that matter from lines that don't: the history says that better, and sooner."""
END = START + 6000
"""Later than any history, and than the close of all that it touched."""
HOUR = 3600


def some_of[Drawn](one: st.SearchStrategy[Drawn], most: int) -> st.SearchStrategy[list[Drawn]]:
    """A long list as a rule, and yet one that shrinks: places may be empty, which is the simplest that they can be."""
    places = st.lists(st.none() | one | one | one, min_size=most, max_size=most)
    return places.map(lambda drawn: [place for place in drawn if place is not None])


sorts = st.sampled_from([Sort.GOOD] * 6 + list(Sort))
lags = st.integers(0, 60) | st.integers(-900, 3600)
lines = st.lists(st.builds(Line, sorts, lags), min_size=1, max_size=3).map(tuple)
shards = st.integers(0, len(SHARDS) - 1)
reshards = st.sampled_from([Reshard.NONE] * 10 + [Reshard.SPLIT, Reshard.MERGE])
put = st.builds(Put, shards, gap=st.integers(0, 120), lines=lines, reshard=reshards)
puts = some_of(put, most=20)
very_late = st.tuples(*[st.booleans()] * 4).flatmap(
    lambda tosses: st.integers(HOUR, 46 * HOUR) if all(tosses) else st.just(0)
)
"""One history of sixteen has a record that is late by up to days: many intervals are closed for it."""

calls = st.integers(0, 12)
counts = st.integers(1, 6)
places = st.integers(0, 5)
skews = st.just(0) | st.integers(-120, 120)
deaths = st.builds(Death, calls, after=st.booleans())
failures = st.builds(Failure, calls, after=st.booleans())


def troubled(*meanwhile: st.SearchStrategy[Step]) -> st.SearchStrategy[Trouble | None]:
    """No trouble twice out of five times; another invocation comes between once."""
    return st.none() | st.none() | deaths | failures | st.builds(Meanwhile, calls, st.one_of(*meanwhile))


waits = st.builds(Wait, seconds=st.integers(1, 600))
deliver = st.builds(Deliver, shards, counts)
replay = st.builds(Replay, shards, places, counts)
scheduled: st.SearchStrategy[Step] = st.sampled_from([Flush(), Detect()])
deliveries = st.builds(Deliver, shards, counts, troubled(scheduled, replay), st.booleans())
replays = st.builds(Replay, shards, places, st.integers(1, 20), troubled(scheduled, deliver))
restarts = st.builds(Restart, shards, st.integers(1, 20))
flushes = st.builds(Flush, troubled(scheduled, deliver, replay), skews)
detects = st.builds(Detect, troubled(scheduled, deliver), skews)
rounds = st.tuples(
    some_of(waits, 1),
    some_of(deliveries | deliveries | replays | restarts, 4),
    some_of(flushes, 2),
    some_of(detects, 1),
)
steps = some_of(rounds, 9).map(lambda rounds: [step for one in rounds for part in one for step in part])


def history(puts: list[Put], steps: list[Step], lag: int) -> History:
    """A history; with a lag, its last record's first line is so late."""
    if puts and lag:
        line = replace(puts[-1].lines[0], lag=lag)
        puts = [*puts[:-1], replace(puts[-1], lines=(line, *puts[-1].lines[1:]))]
    return History(tuple(puts), tuple(steps))


def check(history: History) -> None:
    """Let it happen, and compare what it leaves. Raises AssertionError."""
    world = World(history.puts)
    for step in history.steps:
        world.run(step)
    world.settle(END)
    assert_same(world, plainly(history.puts, END), history.puts)


histories = st.builds(history, puts, steps, very_late)


@pytest.mark.parametrize("part", range(PARTS))
@settings(deadline=None, phases=PHASES, max_examples=HISTORIES // PARTS)
@given(history=histories)
def test_any_delivery_gives_the_same_objects(part: int, history: History) -> None:
    note(f"python -m tests.replay_history <<'END'\n{history}\nEND")
    check(history)
