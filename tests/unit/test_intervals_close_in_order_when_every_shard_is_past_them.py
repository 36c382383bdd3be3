"""The closing rule: an interval closes after its deadline, once no shard can bring it another record in time."""

import pytest

from tests.flush_world import CONFIG, MIDNIGHT, STEP, Event, World, interval, time_for
from tidegate.contracts.buffer import Cursor
from tidegate.flush.closing import Close, Progress, Wait, closable, deadline
from tidegate.flush.stores import ShardPosition
from tidegate.memory.shards import MemoryShards

OFFSET, LIMIT = CONFIG.offset_seconds, CONFIG.max_close_delay_seconds
DUE = STEP + OFFSET


def lag(*shards: str, moved: float = 0) -> Progress:
    """Shards that lag; the cursor of the first one moved last at `moved`, that of the others never."""
    unknown = ShardPosition(idle=False, next_arrival=None)
    cursors = [Cursor(shard, 0, 1, 0, moved) for shard in shards[:1]]
    return Progress(CountingShards(dict.fromkeys(shards, unknown)), cursors)


@pytest.mark.parametrize(
    ("now", "behind", "expected"),
    [
        pytest.param(DUE - 1, (), Wait(), id="before its deadline"),
        pytest.param(DUE, (), Close(), id="every shard is past it"),
        pytest.param(DUE, ("a",), Wait(("a",)), id="a shard lags"),
        pytest.param(DUE + LIMIT - 1, ("a",), Wait(("a",)), id="a shard lags until the limit"),
        pytest.param(DUE + LIMIT, ("a",), Close(("a",)), id="a shard lags beyond the limit"),
    ],
)
def test_the_rule(now: int, behind: tuple[str, ...], expected: Close | Wait) -> None:
    decision = closable(interval(0), MIDNIGHT + now, MIDNIGHT, lag(*behind), CONFIG)
    assert decision == expected
    assert isinstance(decision, Wait) or bool(decision.lagging) == bool(behind)


def test_the_limit_counts_from_the_beginning_of_the_sequence_when_that_is_later() -> None:
    started = MIDNIGHT + 86_400.0
    just_before, at = (
        closable(interval(0), started + after, started, lag("a"), CONFIG) for after in (LIMIT - 1, LIMIT)
    )
    assert (just_before, at) == (Wait(("a",)), Close(("a",)))


@pytest.mark.parametrize("moved", [0, 5000])
def test_history_is_waited_for_as_long_as_it_is_read(moved: int) -> None:
    started = MIDNIGHT + STEP
    since = max(started + OFFSET, started + moved)
    decisions = [
        closable(interval(0), since + after, started, lag("a", "b", moved=started + moved), CONFIG)
        for after in (LIMIT - 1, LIMIT)
    ]
    assert decisions == [Wait(("a", "b")), Close(("a", "b"))]


def test_later_intervals_wait_no_longer_than_the_limit_although_a_shard_is_read() -> None:
    moving = lag("a", moved=MIDNIGHT + DUE + LIMIT)
    decision = closable(interval(0), MIDNIGHT + DUE + LIMIT, MIDNIGHT + STEP - 1, moving, CONFIG)
    assert decision == Close(("a",))


class CountingShards:
    def __init__(self, positions: dict[str, ShardPosition]) -> None:
        self.positions = positions
        self.looks: list[tuple[str, int | None]] = []

    def names(self) -> tuple[str, ...]:
        return tuple(self.positions)

    def look(self, shard: str, after_sequence: int | None) -> ShardPosition:
        self.looks.append((shard, after_sequence))
        return self.positions[shard]


def test_only_shards_that_may_lag_are_looked_at_and_each_once() -> None:
    due = deadline(interval(0), CONFIG)
    unknown = ShardPosition(idle=False, next_arrival=None)
    shards = CountingShards(
        {
            "past": unknown,
            "at": unknown,
            "idle": ShardPosition(idle=True, next_arrival=None),
            "new": ShardPosition(idle=False, next_arrival=due + 0.001),
            "behind": ShardPosition(idle=False, next_arrival=float(due)),
        }
    )
    cursors = [
        Cursor("past", 0, 1, due + 0.001),
        Cursor("at", 0, 2, due),
        Cursor("idle", 0, 3, 0),
        Cursor("gone", 0, 4, 0),
    ]
    progress = Progress(shards, cursors)
    assert progress.lagging(due) == ("at", "behind")
    assert progress.lagging(due + STEP) == ("past", "at", "new", "behind")
    assert shards.looks == [("at", 2), ("idle", 3), ("new", None), ("behind", None), ("past", 1)]


def test_a_lagging_shard_holds_the_interval_until_it_has_been_read() -> None:
    world = World()
    world.arrive([Event(1, 10, 10)], shard="shard-2")
    world.take([Event(1, 20, 20), Event(2, DUE + 1, DUE + 1)])
    held = world.flush(DUE + 10)
    assert (held.closed, held.waiting, held.overdue) == ([], ("shard-2",), 1)
    world.deliver([Event(1, 10, 10, "de,5")], shard="shard-2")
    done = world.flush(DUE + 70)
    assert [line.interval for line in done.closed] == [interval(0)]
    assert world.rows(0)[1:] == [f"{MIDNIGHT + 20},us,1", f"{MIDNIGHT + 10},de,5"]
    assert (done.closed[0].close_delay, done.closed[0].incomplete, done.overdue) == (OFFSET + 70, False, 0)


def test_an_idle_shard_never_holds_an_interval() -> None:
    world = World()
    world.shards.add("shard-2", 5, MIDNIGHT - 5000)
    world.buffer.advance(Cursor("shard-2", 0, 5, MIDNIGHT - 5000))
    world.take([Event(1, 20, 20)])
    assert [line.interval for line in world.flush(DUE).closed] == [interval(0)]


def test_a_shard_that_does_not_tell_is_waited_for_up_to_the_limit_and_then_said_to_be_missing() -> None:
    world = World()
    world.take([Event(1, 20, 20)])
    world.shards.hidden.add("shard-1")
    world.flush(60)
    assert world.flush(DUE + LIMIT - 1).waiting == ("shard-1",)
    (line,) = world.flush(DUE + LIMIT).closed
    assert line.incomplete
    assert line == world.line(0)
    published = world.objects.published(world.key(0))
    assert published is not None
    assert published.incomplete


def test_a_batch_given_up_on_a_shard_that_gets_nothing_more_is_named_until_it_comes() -> None:
    world = World(shards=MemoryShards("ended", "live"))
    world.take([Event(1, 10, 10)], shard="ended")
    world.take([Event(1, 12, 12)], shard="live")
    world.flush(60)
    given_up = [Event(2, 20, 20)]
    world.arrive(given_up, shard="ended")
    world.take([Event(number, number * STEP, number * STEP) for number in range(2, 6)], shard="live")
    report = world.flush(4 * STEP + LIMIT)
    assert [line.incomplete for line in report.closed] == [True] * 3
    assert report.unread == {"ended": MIDNIGHT + 10}
    world.deliver(given_up, shard="ended")
    report = world.flush(5 * STEP + LIMIT)
    assert [line.incomplete for line in report.closed] == [False] * 4
    assert report.unread == {}


def test_no_interval_closes_before_an_earlier_one() -> None:
    world = World()
    world.arrive([Event(1, 3 * STEP + 1, 3 * STEP + 1)], shard="shard-2")
    world.take([Event(1, 3 * STEP + 1, 3 * STEP + 1), Event(2, 5 * STEP + 100, 9 * STEP)])
    assert world.flush(7 * STEP).closed == []
    world.deliver([Event(1, 3 * STEP + 1, 3 * STEP + 1)], shard="shard-2")
    report = world.flush(7 * STEP + 60)
    assert [line.interval for line in report.closed] == [interval(3), interval(4), interval(5), interval(6)]


def test_an_interval_without_records_closes_with_its_header_alone() -> None:
    world = World()
    world.take([Event(1, 1, 1), Event(2, 2 * STEP + 1, 2 * STEP + 1)])
    world.flush(3 * STEP + OFFSET)
    assert world.rows(1) == ["event_time,market,views"]
    assert (world.line(1).received, world.line(1).rows, world.line(1).revision) == (0, 0, 1)


def test_nothing_closes_before_the_first_record() -> None:
    world = World()
    world.take([Event(1, 1, 1, is_bad=True)])
    report = world.flush(10 * STEP)
    assert (report.closed, report.watermark, report.overdue, world.objects.keys()) == ([], None, 0, [])


def test_a_day_of_backlog_is_worked_off_in_runs_that_run_out_of_time() -> None:
    world = World()
    day = [Event(number, number * 60.0, number * 60.0) for number in range(1440)]
    world.arrive(day)
    for first in range(0, 1440, 480):
        world.deliver(day[first : first + 480])
    runs = [world.flush(86_400 + OFFSET, out_of_time=time_for(50)) for _ in range(6)]
    assert [(len(run.closed), run.out_of_time) for run in runs] == [(50, True)] * 5 + [(38, False)]
    closed = [line.interval for run in runs for line in run.closed]
    assert closed == [interval(number) for number in range(288)]
    assert sum(len(world.rows(number)) - 1 for number in range(288)) == 1440
    assert not any(world.line(number).incomplete for number in range(288))
