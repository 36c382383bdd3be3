"""Which interval a record counts for, and when it is too early or too late for any.

Nothing here knows what time it is. A record is judged by its own arrival, so that a delivery that comes again is judged
the same: it is too late when its interval's end and the buffer's retention lie before its arrival.

A replay of the stream's past (another mapping from TRIM_HORIZON) is the one case in which that is not enough: records
that were in time once come again when their interval's chunks may have expired, and half an interval would be built of
them. So a record is too late as well when its interval was past all that by the newest arrival that the shard's cursor
has, and REPLAY_SECONDS more: batches that Lambda tries again, for up to a day, are still judged as at first.
"""

from collections.abc import Sequence
from math import inf
from typing import Final, NamedTuple

from tidegate.config import DetectorConfig
from tidegate.contracts.buffer import Cursor
from tidegate.contracts.errors import BadRecord, Reason
from tidegate.contracts.interval import Interval
from tidegate.contracts.timestamps import TimestampCodec

REPLAY_SECONDS: Final = 24 * 3600
KEPT_LONGER_SECONDS: Final = 7 * 24 * 3600
"""Chunks outlive the retention, so that no late revision and no replay meets an interval of which half is gone."""


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

    cursor: the shard's, as it was before the delivery.
    """

    def __init__(self, config: DetectorConfig, codec: TimestampCodec, cursor: Cursor | None) -> None:
        self._parse: Final = codec.parse
        self._column: Final = config.timestamp_column
        self._grid: Final = config.grid
        self._retention: Final = config.retention_seconds
        self._max_future: Final = config.max_future_seconds
        self._newest: Final = cursor.arrival if cursor else 0.0
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
            raise BadRecord(Reason.TOO_LATE, f"came over {self._retention} s after the end of its interval")
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
        """The interval of a record without a usable time: that of its arrival, or of the newest known in a replay."""
        interval = self._grid.containing(arrival)
        return self._grid.containing(self._newest) if self._is_sealed(interval) else interval

    def expires(self, interval: Interval, arrival: float) -> int:
        """When a chunk of the interval may be forgotten, seconds since 1970 UTC.

        arrival: of its newest record.
        """
        return int(max(interval.end, arrival)) + self._retention + KEPT_LONGER_SECONDS

    def _is_sealed(self, interval: Interval) -> bool:
        return interval.end + self._retention + REPLAY_SECONDS < self._newest
