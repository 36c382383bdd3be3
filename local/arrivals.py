"""When the records of files reach the stream: a file says when things happened, and its order says what was late.

A good record arrives at the largest event time so far, so disorder in the file is lateness. A bad record never moves
the clock, and neither does one that lies in the future of the real present: both arrive with what came before them
(before the first good one: with that one). An hour that a clock change repeats is told apart as in a backtest, so that
each record arrives in the pass that it belongs to, and ingest reads it so.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from local.local_times import RowTimes
from local.record_files import Line
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import BadRecord, InputError
from tidegate.contracts.interval import DAY_SECONDS, Interval
from tidegate.contracts.timestamps import TimestampCodec
from tidegate.ingest.reader import reader_of

MAX_INTERVALS: Final = 100_000
_LEAST_SHARE_OCCUPIED: Final = 0.1


@dataclass(frozen=True, slots=True)
class Arrivals:
    """times: a record's arrival, in the records' order, seconds since 1970 UTC. good: how many records can be used.

    behind: of these, how many lie more than an interval behind a record before them. closed_until: every interval
    before this instant can have records.
    """

    times: "array[float]"
    good: int
    behind: int
    closed_until: float


class _Clock:
    """Time as the good records move it. now: None before the first of them."""

    def __init__(self, config: DetectorConfig, present: float) -> None:
        self.now: float | None = None
        self.newest_event = 0.0
        self.widest: tuple[float, Line] | None = None
        self._config = config
        self._latest = present + config.max_future_seconds
        self._reader = reader_of(replace(config, dimension_filters={}))
        self._times = RowTimes(TimestampCodec(config.timestamp_format, config.timezone))
        self._dimensions = slice(1, 1 + len(config.dimensions))

    def event_time(self, line: Line) -> float | None:
        """When the record happened; None when it is bad."""
        try:
            values = self._reader.glance(line.data) or self._reader.read(line.data)
            return self._times.of(values[0], values[self._dimensions], self.now)
        except BadRecord:
            return None

    def move(self, event: float, line: Line) -> bool:
        """A good record comes; False when it is too far in the future to be one."""
        if event > self._latest and (self.now is None or event > self.now + self._config.max_future_seconds):
            return False
        self.newest_event = max(self.newest_event, event)
        if event <= self._latest and (self.now is None or event > self.now):
            gap = event - self.now if self.now is not None else 0.0
            if self.widest is None or gap > self.widest[0]:
                self.widest = (gap, line)
            self.now = event
        return True


def arrivals(lines: Iterable[Line], config: DetectorConfig, present: float) -> Arrivals:
    """Derive all arrivals; `present` is the real time, seconds since 1970 UTC.

    Raises InputError when the records' times lie so far apart that nearly all intervals between them are empty.
    """
    clock = _Clock(config, present)
    times = array("d")
    occupied: set[Interval] = set()
    good = behind = waiting = 0
    for line in lines:
        event = clock.event_time(line)
        if event is not None and clock.move(event, line):
            good += 1
            behind += clock.now is not None and event < clock.now - config.grid.step
            occupied.add(config.grid.containing(event))
        if clock.now is None:
            waiting += 1
            continue
        times.extend([clock.now] * (waiting + 1))
        waiting = 0
    times.extend([present] * waiting)
    if clock.widest and len(times):
        _refuse_emptiness(times[0], clock.widest, occupied, config)
    last = max(clock.newest_event, times[-1]) if times else present
    return Arrivals(times, good, behind, config.grid.containing(last).end)


def _refuse_emptiness(
    start: float, widest: tuple[float, Line], occupied: set[Interval], config: DetectorConfig
) -> None:
    # Records later than the buffer's retention open no interval before those that are there.
    first = max(min(occupied).start, start - config.retention_seconds)
    span = (max(occupied).end - first) / config.grid.step
    if span <= MAX_INTERVALS or len(occupied) > _LEAST_SHARE_OCCUPIED * span:
        return
    gap, line = widest
    raise InputError(
        f"{line.path}, line {line.number}",
        f"comes {gap / DAY_SECONDS:,.0f} days after the record before it: the records span {span:,.0f} intervals of "
        f"{config.interval_minutes} minutes, and {len(occupied):,} of them have records. Is TimestampFormat right? If "
        f"so, take a larger IntervalMinutes, or leave out the records that are not of the same time",
    )
