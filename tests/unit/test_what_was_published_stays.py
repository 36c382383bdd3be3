"""An object is never replaced by one that lacks what it had; what can be published no more is too late, by name."""

from dataclasses import replace

from tests.flush_world import never
from tests.ingesting import DAY, HOUR, NOON, Ingesting, line, record
from tidegate.contracts.record import StreamRecord
from tidegate.flush.report import FlushReport
from tidegate.flush.run import flush
from tidegate.ingest.process import Ingest
from tidegate.memory.objects import MemoryObjects
from tidegate.memory.shards import MemoryShards

ONE, OTHER = "shardId-000000000001", "shardId-000000000002"
END = NOON + 300


class Stack:
    """Ingest, flush, and a buffer that forgets what has expired as soon as it may."""

    def __init__(self) -> None:
        self.run = Ingesting(BufferRetentionHours="48")
        self.shards, self.objects = MemoryShards(ONE, OTHER), MemoryObjects()

    def ingest(self, now: float, *records: StreamRecord) -> None:
        for one in records:
            if one.sub < 0:
                self.shards.add(one.shard, one.sequence, one.arrival)
        self.run.process(records, now)

    def flush(self, now: float) -> FlushReport:
        self.run.buffer.expire(now)
        return flush(now, self.run.config, self.run.buffer, self.shards, self.objects, out_of_time=never)

    def rows(self, instant: float = NOON) -> int:
        key = self.run.config.grid.key("intervals", self.run.config.grid.containing(instant))
        return self.objects.body(key).count(b"\n") - 1

    def closed(self) -> None:
        """The interval at noon is closed, with three records."""
        self.ingest(NOON, *(record(line(), number, NOON + number, ONE) for number in (1, 2, 3)))
        self.flush(NOON + 60)
        self.ingest(END + 61, record(line(END + 61), 9, END + 61, ONE), record(line(END + 61), 1, END + 61, OTHER))
        assert len(self.flush(END + 70).closed) == 1
        assert self.rows() == 3


def redriven(count: int) -> list[StreamRecord]:
    """Records out of quarantine, which arrived with the interval."""
    return [StreamRecord(ONE, 100 + number, "key", NOON + 5.0, line(), sub=0) for number in range(count)]


def test_records_out_of_quarantine_come_too_late_when_the_others_are_gone() -> None:
    stack = Stack()
    stack.closed()
    now = NOON + 30 * DAY
    stack.ingest(now, *redriven(5))
    assert stack.run.reasons == ["too_late"] * 5
    report = stack.flush(now + 60)
    assert (report.revised, report.shrunk, len(report.mismatched)) == ([], [], 0)
    assert stack.rows() == 3


def test_records_out_of_quarantine_are_published_while_the_others_are_there() -> None:
    stack = Stack()
    stack.closed()
    stack.ingest(NOON + 7 * DAY, *redriven(5))
    assert [len(report.revised) for report in (stack.flush(NOON + 7 * DAY + 60), stack.flush(NOON + 8 * DAY))] == [1, 0]
    assert stack.rows() == 8


def half_read_history(stack: Stack, now: float) -> list[int]:
    """A month of a record a day on each of two shards, of which one is read. Returns the days."""
    days = [NOON + day * DAY for day in range(30)]
    for number, day in enumerate(days, start=1):
        stack.shards.add(OTHER, number, day)
    stack.ingest(now, *(record(line(day), number, day, ONE) for number, day in enumerate(days, start=1)))
    stack.flush(now)
    return days


def test_the_history_of_a_stream_is_published_when_it_is_read_and_revised_by_shards_that_follow() -> None:
    stack = Stack()
    now = NOON + 40 * DAY
    days = half_read_history(stack, now)
    stack.flush(now + HOUR)
    assert [stack.rows(day) for day in days] == [1] * 30
    for number, day in enumerate(days, start=1):
        stack.ingest(now + 2 * HOUR, record(line(day), number, day, OTHER))
    report = stack.flush(now + 2 * HOUR)
    assert [stack.rows(day) for day in days] == [2] * 30
    assert (stack.run.reasons, report.shrunk) == ([], [])


def test_a_history_that_is_being_read_is_waited_for() -> None:
    """One shard is read at once, the other takes four hours; then both stand still with a record left."""
    stack = Stack()
    now = NOON + 40 * DAY
    days = half_read_history(stack, now)
    closed = []
    for number, day in enumerate(days[:-1], start=1):
        stack.ingest(now + 500 * number, record(line(day), number, day, OTHER))
        closed += stack.flush(now + 500 * number).closed
    assert stack.flush(now + 500 * 29 + 899).closed == []
    rest = stack.flush(now + 500 * 29 + 900).closed
    assert [stack.rows(day) for day in days] == [2] * 29 + [1]
    assert not any(line.incomplete for line in closed)
    assert any(line.incomplete for line in rest)


def test_a_longer_retention_takes_no_records_of_intervals_whose_chunks_expired_by_the_old_one() -> None:
    stack = Stack()
    stack.closed()
    config = replace(stack.run.config, buffer_retention_hours=8_760)
    arrived = NOON + 30 * DAY
    late = [record(line(), 200 + number, arrived, ONE) for number in range(5)]
    Ingest(config, stack.run.buffer, stack.run.quarantine).process(late, arrived)
    assert stack.run.reasons == ["too_late"] * 5
    stack.flush(arrived + 60)
    assert stack.rows() == 3


def test_more_records_than_were_published_replace_nothing_when_some_of_those_may_be_gone() -> None:
    """Flush stood still since ingest took them: it says so once, and goes on."""
    stack = Stack()
    stack.closed()
    stack.ingest(END + 7 * DAY, *redriven(5))
    now = NOON + 12 * DAY
    first, second = stack.flush(now), stack.flush(now + 60)
    assert ([line.stored for line in first.shrunk], len(first.mismatched)) == ([5], 1)
    assert (second.shrunk, len(second.mismatched)) == ([], 0)
    assert stack.rows() == 3
    assert NOON not in [marker.interval_start for marker in stack.run.buffer.control().markers]


def test_an_alarm_for_chunks_that_vanished_ends_when_they_would_have_expired() -> None:
    stack = Stack()
    stack.closed()
    stack.run.buffer.expire(NOON + 30 * DAY)
    stack.ingest(NOON + HOUR, *redriven(1))
    reports = [stack.flush(now) for now in (NOON + HOUR, NOON + DAY, NOON + 9 * DAY, NOON + 9 * DAY + 60)]
    assert [len(report.mismatched) for report in reports] == [1, 1, 1, 0]
    assert stack.rows() == 3
