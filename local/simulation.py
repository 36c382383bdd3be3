"""A stack's time: records arrive, the mapping polls, schedules tick every minute, asynchronous events come due.

Between two instants at which something is due nothing happens, so time jumps from one to the next. Of the minutes'
ticks only those run that can change something:
- flush acts on an interval whose deadline has passed, and on late markers. The watermark that it wrote last names the
  next interval; ingest's writes of markers are seen (`observer`). Without either a run would find nothing to do.
- detect acts on published intervals. Without one since its last run, unless that one stopped early, it finds none.
Generate runs every minute.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from local.batch_response import FunctionError
from local.functions import LocalFunction
from local.stack import LocalStack
from tidegate.config import DetectorConfig

MINUTE: Final = 60


class Simulation:
    """Moves a stack through time. `results`: the last answer of each scheduled function, by folder."""

    def __init__(self, stack: LocalStack, config: DetectorConfig) -> None:
        self.results: Final[dict[str, Mapping[str, Any]]] = {}
        self._stack = stack
        self._config = config
        self._scheduled = {name: function for name, function in stack.functions.items() if _is_scheduled(function)}
        self._next_tick = _minute_at_or_after(stack.clock.now)
        self._seen_by_detect = 0

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
        while (due := self._next_due()) <= instant:
            self._stack.clock.advance_to(max(due, self._stack.clock.now))
            self._run_due()
        self._stack.clock.advance_to(max(instant, self._stack.clock.now))

    def run_out(self, closed_until: float) -> None:
        """Let time pass until all records are processed and every interval before `closed_until` is closed and scored.

        Raises RuntimeError when that has not happened by the time at which flush must have closed them.
        """
        config = self._config
        limit = closed_until + config.grid.step + config.offset_seconds + config.max_close_delay_seconds + 10 * MINUTE
        limit = max(limit, self._stack.clock.now + 10 * MINUTE)
        self.run_until(max(closed_until, self._stack.clock.now))
        while not self._is_closed(closed_until):
            if self._stack.clock.now > limit and not self._is_retrying():
                raise RuntimeError(f"flush has not closed the intervals before {_iso(closed_until)}: {self.results}")
            self.run_until(self._stack.clock.now + MINUTE)

    def _is_closed(self, instant: float) -> bool:
        if self._is_retrying() or self._detect_is_due():
            return False
        watermark = self._stack.observer.watermark
        if watermark is None:  # no good record: nothing will ever close
            return self._stack.clock.now >= instant + self._config.max_close_delay_seconds
        return watermark.next >= instant and not self._stack.observer.marked

    def _is_retrying(self) -> bool:
        return self._stack.event_source.next_due() is not None or self._stack.queue.next_due() is not None

    def _next_due(self) -> float:
        candidates = (self._stack.event_source.next_due(), self._stack.queue.next_due(), self._next_useful_tick())
        return min(due for due in candidates if due is not None)

    def _next_useful_tick(self) -> float:
        """The next minute at which a schedule can change something."""
        if "generate" in self._scheduled or self._stack.observer.marked or self._detect_is_due():
            return self._next_tick
        watermark = self._stack.observer.watermark
        if watermark is None:
            return float("inf")
        deadline = self._config.grid.containing(watermark.next).end + self._config.offset_seconds
        return max(self._next_tick, _minute_at_or_after(deadline))

    def _run_due(self) -> None:
        now = self._stack.clock.now
        self._stack.event_source.run()
        self._next_tick = max(self._next_tick, now - now % MINUTE)
        if self._next_tick == now:
            self._tick(now)
            self._next_tick += MINUTE
        self._stack.queue.run(now)

    def _tick(self, now: float) -> None:
        for folder, function in self._scheduled.items():
            if folder == "flush" and not self._flush_is_due(now):
                continue
            if folder == "detect" and not self._detect_is_due():
                continue
            published = self._stack.observer.published
            try:
                result = function.invoke({"time": _iso(now)})
            except FunctionError:
                continue  # the next minute's run takes up what this one left
            self.results[folder] = result if isinstance(result, Mapping) else {}
            if folder == "detect":
                self._seen_by_detect = published

    def _flush_is_due(self, now: float) -> bool:
        if self._stack.observer.marked:
            return True
        watermark = self._stack.observer.watermark
        if watermark is None:
            return False
        return now >= self._config.grid.containing(watermark.next).end + self._config.offset_seconds

    def _detect_is_due(self) -> bool:
        return self._stack.observer.published > self._seen_by_detect


def _is_scheduled(function: LocalFunction) -> bool:
    schedules = [event["Properties"] for event in function.events.values() if event["Type"] == "ScheduleV2"]
    for schedule in schedules:
        if schedule["ScheduleExpression"] != "rate(1 minute)":
            raise ValueError(f"{function.name}: the simulation's schedules are rate(1 minute), not {schedule}")
    return bool(schedules)


def _minute_at_or_after(instant: float) -> float:
    return -(-instant // MINUTE) * MINUTE


def _iso(instant: float) -> str:
    """EventBridge Scheduler's form of a time."""
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%dT%H:%M:%SZ}"
