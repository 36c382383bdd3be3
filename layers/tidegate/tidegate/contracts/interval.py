"""Intervals of local time: which one an instant lies in, what it is called, where its object lies.

An instant is an interval boundary when the local clock then shows a multiple of the interval's length since midnight,
or when a change of the clock jumps over such a reading. So a day has 23 or 25 hours where the clock changes, a
repeated hour has its intervals twice, and no instant belongs to two intervals or to none. The second of two intervals
of the same name carries `_2` behind its time: `intvl_hhmm=0230_2`.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

DAY_MINUTES: Final = 1440
DAY_SECONDS: Final = 86_400
OBJECT_NAME: Final = "interval.csv"
_SECOND_OF_TWO: Final = "_2"
_FOLDER: Final = re.compile(r"intvl_date=(\d{4})-(\d\d)-(\d\d)/intvl_hhmm=(\d\d)(\d\d)(_2)?/")


class Interval(NamedTuple):
    """A half-open span of time, `start <= t < end`, in whole seconds since 1970 UTC."""

    start: int
    end: int

    def __contains__(self, instant: object) -> bool:
        return isinstance(instant, int | float) and self.start <= instant < self.end


@dataclass(frozen=True, slots=True)
class IntervalGrid:
    """All intervals of one length in one time zone.

    `minutes` divides a day (1 to 1440); `zone` is what clocks show where the data come from.
    """

    minutes: int
    zone: tzinfo = field(default=UTC)

    @property
    def name(self) -> str:
        """The grid in words: two grids of one name have the same intervals."""
        return f"{self.minutes} minutes, {self.zone}"

    @property
    def step(self) -> int:
        """Nominal length in seconds; a change of the clock makes single intervals shorter or longer."""
        return self.minutes * 60

    def containing(self, instant: float) -> Interval:
        """The interval in which an instant (seconds since 1970 UTC) lies."""
        second = int(instant // 1)
        if self.zone is UTC:
            start = second - second % self.step
            return Interval(start, start + self.step)
        return _containing(self, second)

    def after(self, interval: Interval) -> Interval:
        """The next interval."""
        return self.containing(interval.end)

    def before(self, interval: Interval) -> Interval:
        """The previous interval."""
        return self.containing(interval.start - 1)

    def is_plain(self, interval: Interval) -> bool:
        """Does the clock not change on the interval's days, nor on the days beside them?"""
        return self.zone is UTC or self._offset(interval.start - DAY_SECONDS) == self._offset(
            interval.end + DAY_SECONDS
        )

    def local_start(self, interval: Interval) -> datetime:
        """The interval's start as an aware datetime of the zone."""
        return datetime.fromtimestamp(interval.start, self.zone)

    def folder(self, interval: Interval) -> str:
        """`intvl_date=YYYY-MM-DD/intvl_hhmm=HHMM/`, named for the interval's start in the zone."""
        start = self.local_start(interval)
        second = _SECOND_OF_TWO if start.fold else ""
        return f"intvl_date={start:%Y-%m-%d}/intvl_hhmm={start:%H%M}{second}/"

    def key(self, prefix: str, interval: Interval) -> str:
        """The fixed S3 key of the interval's object."""
        return f"{prefix.strip('/')}/{self.folder(interval)}{OBJECT_NAME}".lstrip("/")

    def from_key(self, key: str) -> Interval | None:
        """The interval whose folder a key lies in; None when the key has no such folder or no interval starts there."""
        found = _FOLDER.search(key)
        if found is None:
            return None
        year, month, day, hour, minute = (int(part) for part in found.groups()[:5])
        try:
            start = datetime(year, month, day, hour, minute, fold=1 if found[6] else 0, tzinfo=self.zone)
        except ValueError:
            return None
        interval = self.containing(start.timestamp())
        return interval if interval.start == start.timestamp() and self.folder(interval) == found[0] else None

    def _offset(self, instant: int) -> int:
        return _offset(self.zone, instant)

    def _is_boundary_at(self, transition: int) -> bool:
        """Does an interval start at a change of the clock?"""
        old, new = self._offset(transition - 1), self._offset(transition)
        if (transition + new) % self.step == 0:
            return True
        return new > old and (transition - 1 + old) // self.step != (transition + new) // self.step

    def _start(self, instant: int) -> int:
        offset = self._offset(instant)
        start = instant - (instant + offset) % self.step
        if self._offset(start) == offset:
            return start
        transition = clock_change(self.zone, start, instant)
        return transition if self._is_boundary_at(transition) else self._start(transition - 1)

    def _end(self, start: int) -> int:
        offset = self._offset(start)
        end = start + self.step - (start + offset) % self.step
        if self._offset(end) == offset:
            return end
        transition = clock_change(self.zone, start, end)
        return transition if self._is_boundary_at(transition) else self._end(transition)


def clock_change(zone: tzinfo, low: int, high: int) -> int:
    """The first instant in (low, high] with the offset of `high`, where the zone's offset changes once between them."""
    target = _offset(zone, high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(zone, middle) == target else (middle, high)
    return high


def _offset(zone: tzinfo, instant: int) -> int:
    offset = datetime.fromtimestamp(instant, zone).utcoffset()
    return int((offset or timedelta()).total_seconds())


@lru_cache(maxsize=4096)
def _containing(grid: IntervalGrid, instant: int) -> Interval:
    start = grid._start(instant)
    return Interval(start, grid._end(start))


def lies_in_interval_folder(key: str) -> bool:
    """Has a key the form of an interval's folder, whatever the grid?"""
    return _FOLDER.search(key) is not None


def zone_named(name: str) -> tzinfo:
    """The time zone of an IANA name; `ZoneInfoNotFoundError` or `ValueError` when there is none."""
    return UTC if name == "UTC" else ZoneInfo(name)
