"""Which interval a record counts for, and when it is too early or too late for any.

A record is judged by its own arrival, so that a delivery that comes again is judged the same: it is too late when its
interval's end and the buffer's retention lie before its arrival.

Where records are read long after they arrived (a backlog, a replay of the stream's past, quarantine sent again) that is
not enough: their interval may have been published of chunks that are gone, and half an interval would be built of them.
So a record is too late as well when the ledger says that its interval is published and that the buffer will not have
those chunks for another RENDER_SECONDS. What was never published is still taken, however old.
"""

from collections.abc import Callable, Sequence
from math import inf
from typing import Final, NamedTuple

from tidegate.config import DetectorConfig
from tidegate.contracts.buffer import LedgerLine
from tidegate.contracts.errors import BadRecord, Reason
from tidegate.contracts.interval import DAY_SECONDS, Interval
from tidegate.contracts.timestamps import TimestampCodec

RENDER_SECONDS: Final = DAY_SECONDS
"""Flush has so long to publish a late record, and Lambda to try its batch again."""
SURELY_KEPT_SECONDS: Final = 8 * DAY_SECONDS
"""After its end an interval's chunks are there so long at the least, whatever BufferRetentionHours was: a day or more,
and a week."""


class _Window(NamedTuple):
    """An interval, and the newest arrival that is in time for it.

    is_plain: near it no change of the clock gives a timestamp two readings.
    """

    interval: Interval
    last_arrival: float
    is_plain: bool


_NOWHERE: Final = _Window(Interval(0, 0), -inf, is_plain=False)
_UNTOLD: Final = (inf, Interval(0, 0), -inf)
_LAST_PLAIN: Final = 253_000_000_000.0
"""In the year 9987. Near the end of 9999 an interval's end has no name; such events are left to `of_event`."""


class Placing:
    """Places the records of one delivery of one shard.

    now: seconds since 1970 UTC. ledger_line: what the ledger says of an interval; asked of old ones only.
    """

    def __init__(
        self,
        config: DetectorConfig,
        codec: TimestampCodec,
        now: float,
        ledger_line: Callable[[Interval], LedgerLine | None],
    ) -> None:
        self._parse: Final = codec.parse
        self._column: Final = config.timestamp_column
        self._grid: Final = config.grid
        self._retention: Final = config.retention_seconds
        self._kept: Final = config.chunk_seconds
        self._max_future: Final = config.max_future_seconds
        self._now: Final = now
        self._ledger_line: Final = ledger_line
        self._window = _NOWHERE
        self._start = self._end = 0
        self._windows: Final[dict[Interval, _Window]] = {}

    def of_event(self, timestamp: object, arrival: float) -> Interval:
        """The interval of an event. Raises BadRecord: bad_timestamp, too_far_in_future, too_late."""
        instant = self._parse(timestamp, arrival)
        if instant > arrival + self._max_future:
            raise BadRecord(Reason.TOO_FAR_IN_FUTURE, f"{self._column} is over {self._max_future} s after the arrival")
        window = self._around(instant)
        if arrival > window.last_arrival:
            came = f"came over {self._retention} s after the end of its interval"
            read = "is read when the buffer no longer has what its interval was published of"
            raise BadRecord(Reason.TOO_LATE, came if window.last_arrival else read)
        return window.interval

    def of_events(self, timestamps: Sequence[object], arrivals: Sequence[float]) -> list[Interval | None]:
        """The intervals of many events, equal timestamps read once; None where `of_event` has to say."""
        read = {timestamp: self._read_once(timestamp) for timestamp in dict.fromkeys(timestamps)}
        newest, earliest_limit = max(arrivals), min(arrivals) + self._max_future
        if all(instant <= earliest_limit and newest <= last_arrival for instant, _, last_arrival in read.values()):
            return [read[timestamp][1] for timestamp in timestamps]
        found: list[Interval | None] = []
        for timestamp, arrival in zip(timestamps, arrivals, strict=True):
            instant, interval, last_arrival = read[timestamp]
            found.append(interval if arrival <= last_arrival and instant <= arrival + self._max_future else None)
        return found

    def _read_once(self, timestamp: object) -> tuple[float, Interval, float]:
        """A timestamp's instant, its interval and the newest arrival in time; _UNTOLD when the arrival has a say."""
        try:
            instant = self._parse(timestamp)
        except BadRecord:
            return _UNTOLD
        if instant > _LAST_PLAIN:
            return _UNTOLD
        window = self._around(instant)
        return (instant, window.interval, window.last_arrival) if window.is_plain else _UNTOLD

    def _around(self, instant: float) -> _Window:
        if not self._start <= instant < self._end:
            interval = self._grid.containing(instant)
            self._start, self._end = interval
            self._window = self._windows.get(interval) or self._new_window(interval)
        return self._window

    def _new_window(self, interval: Interval) -> _Window:
        last_arrival = 0.0 if self._is_sealed(interval) else interval.end + self._retention
        self._windows[interval] = _Window(interval, last_arrival, self._grid.is_plain(interval))
        return self._windows[interval]

    def of_arrival(self, arrival: float) -> Interval:
        """The interval of a record that is not stored: that of its arrival, or, when that is sealed, of now."""
        interval = self._grid.containing(arrival)
        return self._grid.containing(self._now) if self._is_sealed(interval) else interval

    def expires(self, interval: Interval, arrival: float) -> int:
        """When a chunk of the interval may be forgotten, seconds since 1970 UTC.

        arrival: of its newest record.
        """
        return int(max(interval.end, arrival, self._now)) + self._kept

    def _is_sealed(self, interval: Interval) -> bool:
        """Is the interval published, of chunks that may be gone before it could be rendered again?"""
        if interval.end + SURELY_KEPT_SECONDS > self._now + RENDER_SECONDS:
            return False
        line = self._ledger_line(interval)
        return line is not None and line.revision > 0 and line.buffered_until <= self._now + RENDER_SECONDS
