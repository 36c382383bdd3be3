"""However records are delivered, the objects are the same, byte for byte, and hold each record once.

A history is drawn by Hypothesis: records of every sort on several shards; batches of any size, again after a failure
at any call of a store (so with bisects and checkpoint restarts), replayed from any place on; flushes at any moment
between and in the midst of one another. What it leaves is compared with the plain way (one delivery of everything,
then flush) and with what follows from the records themselves. A failure prints the shortest history that Hypothesis
finds.
"""

from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st

from tests.delivery_checks import assert_same, plainly
from tests.delivery_histories import (
    SHARDS,
    START,
    Death,
    Deliver,
    Failure,
    Flush,
    Line,
    Meanwhile,
    Put,
    Replay,
    Sort,
    Step,
    Trouble,
    Wait,
)
from tests.delivery_world import World

PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink)
"""All but the last, which tells lines that matter from lines that don't: the history says that better, and sooner."""
END = START + 6000
"""Later than any history, and than the close of all that it touched."""


def some_of[Drawn](one: st.SearchStrategy[Drawn], most: int) -> st.SearchStrategy[list[Drawn]]:
    """A long list as a rule, and yet one that shrinks: places may be empty, which is the simplest that they can be."""
    places = st.lists(st.none() | one | one | one, min_size=most, max_size=most)
    return places.map(lambda drawn: [place for place in drawn if place is not None])


sorts = st.sampled_from([Sort.GOOD] * 6 + list(Sort))
lags = st.integers(0, 60) | st.integers(-900, 3600)
lines = st.lists(st.builds(Line, sorts, lags), min_size=1, max_size=3).map(tuple)
shards = st.integers(0, len(SHARDS) - 1)
put = st.builds(Put, shards, gap=st.integers(0, 120), lines=lines)
puts = some_of(put, most=20)

calls = st.integers(0, 12)
counts = st.integers(1, 6)
places = st.integers(0, 5)
deaths = st.builds(Death, calls, after=st.booleans())
failures = st.builds(Failure, calls, after=st.booleans())


def troubled(*meanwhile: st.SearchStrategy[Step]) -> st.SearchStrategy[Trouble | None]:
    """No trouble twice out of five times; another invocation comes between once."""
    return st.none() | st.none() | deaths | failures | st.builds(Meanwhile, calls, st.one_of(*meanwhile))


waits = st.builds(Wait, seconds=st.integers(1, 600))
deliver = st.builds(Deliver, shards, counts)
replay = st.builds(Replay, shards, places, counts)
deliveries = st.builds(Deliver, shards, counts, troubled(st.just(Flush()), replay))
replays = st.builds(Replay, shards, places, st.integers(1, 20), troubled(st.just(Flush()), deliver))
flushes = st.builds(Flush, troubled(st.just(Flush()), deliver, replay))
rounds = st.tuples(some_of(waits, 1), some_of(deliveries | deliveries | replays, 4), some_of(flushes, 2))
steps = some_of(rounds, 9).map(lambda rounds: [step for one in rounds for part in one for step in part])


@settings(deadline=None, phases=PHASES)
@given(puts, steps)
def test_any_delivery_gives_the_same_objects(puts: list[Put], steps: list[Step]) -> None:
    note("\n".join(["records:", *map(repr, puts), "steps:", *map(repr, steps)]))
    world = World(puts)
    for step in steps:
        world.run(step)
    world.settle(END)
    assert_same(world, plainly(puts, END), puts)
