"""A stack's time: records arrive, the mapping polls, schedules tick every minute, asynchronous events come due.

Between two instants at which something is due nothing happens, so time jumps from one to the next. Generate runs every
minute. Of the other ticks only those run that can change something:
- What flush does follows from what lies in the buffer, from how far the shards have been read, and from whether the
  next interval's deadline, and then the longest delay, have passed. So it runs when one of these instants has passed,
  and when ingest has been called since its last run and there is a late marker or a deadline has passed; but not for a
  deadline while a record that arrived before it is still to be processed, because then the interval stays open.
- Detect runs when something has been published since its last run.
Both run again when they failed or had stopped for want of time.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from local.batch_response import FunctionError
from local.functions import LocalFunction
from local.stack import LocalStack
from tidegate.config import DetectorConfig
from tidegate.contracts.buffer import Watermark

MINUTE: Final = 60
_NEVER: Final = float("inf")


class SimulationFailed(Exception):
    """The intervals did not close, or were not scored."""


class Simulation:
    """Moves a stack through time.

    runs: how often each scheduled function ran.
    """

    def __init__(self, stack: LocalStack, config: DetectorConfig) -> None:
        self.runs: Final[Counter[str]] = Counter()
        self._stack = stack
        self._config = config
        self._scheduled = {name: function for name, function in stack.functions.items() if _is_scheduled(function)}
        self._ticked_at = stack.clock.now - stack.clock.now % MINUTE  # the first tick is the next minute's
        self._unfinished: set[str] = set()
        self._flushed_at = -_NEVER
        self._ingested_before_flush = 0
        self._published_before_detect = 0

    def arrive(self, instant: float, records: Iterable[tuple[float, str, bytes]]) -> None:
        """Records of one second reach the stream: arrival (at or after `instant`), partition key, bytes.

        Everything that is due before happens before. The mapping polls when all of them are there: once a second.
        """
        self.run_until(instant)
        for arrival, partition_key, data in records:
            self._stack.clock.advance_to(arrival)
            self._stack.stream.put(partition_key, data)
        self._stack.event_source.run()

    def run_until(self, instant: float) -> None:
        """Let time pass."""
        clock = self._stack.clock
        while (due := max(self._next_due(), clock.now)) <= instant:
            clock.advance_to(due)
            self._run_due()
        clock.advance_to(max(instant, clock.now))

    def retire(self, folder: str) -> None:
        """Take a function's schedule away."""
        del self._scheduled[folder]

    def run_out(self, closed_until: float) -> None:
        """Let time pass until all records are processed and every interval before `closed_until` is closed and scored.

        Raises SimulationFailed when that takes longer than flush may wait.
        """
        clock, config = self._stack.clock, self._config
        self.run_until(max(closed_until, clock.now))
        longest = config.grid.step + config.offset_seconds + config.max_close_delay_seconds + 10 * MINUTE
        limit = clock.now + longest
        while not self._is_over(closed_until):
            if self._is_retrying():
                limit = clock.now + longest
            due = self._next_due()
            if due > limit:
                unfinished = f"the intervals before {_iso(closed_until)} are not closed and scored by {_iso(limit)}"
                raise SimulationFailed(unfinished)
            self.run_until(max(due, clock.now))

    def _is_over(self, instant: float) -> bool:
        if self._is_retrying() or self._unfinished or self._detect_is_due():
            return False
        watermark = self._stack.observer.watermark
        if watermark is not None and watermark.next < instant:
            return False
        return not (self._has_ingested and self._stack.observer.marked)

    def _is_retrying(self) -> bool:
        return self._stack.event_source.next_due() is not None or self._stack.queue.next_due() is not None

    def _next_due(self) -> float:
        due = (self._stack.event_source.next_due(), self._stack.queue.next_due(), self._next_useful_tick())
        return min(instant for instant in due if instant is not None)

    def _next_useful_tick(self) -> float:
        next_tick = max(_minute_at_or_after(self._stack.clock.now), self._ticked_at + MINUTE)
        if "generate" in self._scheduled or self._unfinished or self._detect_is_due():
            return next_tick
        return max(next_tick, _minute_at_or_after(self._flush_due()))

    def _run_due(self) -> None:
        now = self._stack.clock.now
        self._stack.event_source.run()
        if self._next_useful_tick() <= now:
            self._ticked_at = now
            self._tick(now)
        self._stack.queue.run(now)

    def _tick(self, now: float) -> None:
        if "generate" in self._scheduled:
            self._invoke("generate", now)
        if "flush" in self._scheduled and ("flush" in self._unfinished or self._flush_is_due(now)):
            self._flushed_at, self._ingested_before_flush = now, self._stack.event_source.invocations
            self._invoke("flush", now)
        if "detect" in self._scheduled and ("detect" in self._unfinished or self._detect_is_due()):
            self._published_before_detect = self._stack.observer.published
            self._invoke("detect", now)

    def _invoke(self, folder: str, now: float) -> None:
        self.runs[folder] += 1
        self._unfinished.discard(folder)
        try:
            answer = self._scheduled[folder].invoke({"time": _iso(now)})
        except FunctionError:
            self._unfinished.add(folder)
            return
        if _stopped_early(answer):
            self._unfinished.add(folder)

    @property
    def _has_ingested(self) -> bool:
        """Has ingest been called since the last run of flush?"""
        return self._stack.event_source.invocations > self._ingested_before_flush

    def _flush_due(self) -> float:
        """The instant from which on a run of flush may change something."""
        observer = self._stack.observer
        if self._has_ingested and observer.marked:
            return -_NEVER
        if observer.watermark is None:
            return _NEVER
        deadline, limits = self._deadline_and_limits(observer.watermark)
        if self._has_ingested:
            return deadline
        return min((instant for instant in (deadline, *limits) if instant > self._flushed_at), default=_NEVER)

    def _flush_is_due(self, now: float) -> bool:
        """Can a run change something now? Not while a record from before the deadline waits to be processed."""
        watermark, due = self._stack.observer.watermark, self._flush_due()
        if due > now:
            return False
        if due == -_NEVER or watermark is None:
            return True
        deadline, limits = self._deadline_and_limits(watermark)
        return now >= min(limits) or not self._stack.event_source.has_waiting(deadline)

    def _deadline_and_limits(self, watermark: Watermark) -> tuple[float, list[float]]:
        """When the next interval may close if the shards have been read so far, and when it may close all the same."""
        end = self._config.grid.containing(watermark.next).end
        deadline = end + self._config.offset_seconds
        since = [max(deadline, watermark.started)]
        if end <= watermark.started:
            since += [moved for moved in self._stack.observer.moved.values() if moved > since[0]]
        return deadline, [instant + self._config.max_close_delay_seconds for instant in since]

    def _detect_is_due(self) -> bool:
        return self._stack.observer.published > self._published_before_detect


def _stopped_early(answer: object) -> bool:
    return isinstance(answer, Mapping) and bool(answer.get("behind") or answer.get("outOfTime"))


def _is_scheduled(function: LocalFunction) -> bool:
    schedules: list[Any] = [
        event["Properties"]["ScheduleExpression"] for event in function.events.values() if event["Type"] == "ScheduleV2"
    ]
    if set(schedules) - {"rate(1 minute)"}:
        raise ValueError(f"{function.name}: the simulation knows rate(1 minute), not {schedules}")
    return bool(schedules)


def _minute_at_or_after(instant: float) -> float:
    return instant if abs(instant) == _NEVER else -(-instant // MINUTE) * MINUTE


def _iso(instant: float) -> str:
    """EventBridge Scheduler's form of a time."""
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%dT%H:%M:%SZ}"
