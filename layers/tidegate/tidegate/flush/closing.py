"""When an interval may close: a pure rule over what the shards' cursors and one look behind each of them tell."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from tidegate.config import DetectorConfig
from tidegate.contracts.buffer import Cursor
from tidegate.contracts.interval import Interval
from tidegate.flush.stores import Shards


@dataclass(frozen=True, slots=True)
class Close:
    """The interval may close. `lagging`: shards that still lag although the longest delay is over."""

    lagging: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """The interval stays open. `lagging`: the shards that hold it; none when its time has not come."""

    lagging: tuple[str, ...] = ()


def deadline(interval: Interval, config: DetectorConfig) -> int:
    """Records that arrived up to this instant (seconds since 1970 UTC) must be in the interval before it closes."""
    return interval.end + config.offset_seconds


class Progress:
    """How far each shard has been read, in arrival times.

    A cursor that is far enough is believed. Behind any other one is looked at, once: what the look finds holds for all
    intervals of this run, since it happened after their deadlines.
    """

    def __init__(self, shards: Shards, cursors: Iterable[Cursor]) -> None:
        self._shards = shards
        self._cursors = {cursor.shard: cursor for cursor in cursors}
        self._names: tuple[str, ...] | None = None
        self._looked: dict[str, float] = {}

    def lagging(self, instant: float) -> tuple[str, ...]:
        """The shards of which a record that arrived up to `instant` may not have been read."""
        if self._names is None:
            self._names = self._shards.names()
        return tuple(shard for shard in self._names if not self._is_past(shard, instant))

    def read_until(self, shard: str) -> float:
        """When the last record of a shard that was read arrived, seconds since 1970 UTC; 0: none was read."""
        return self._cursors[shard].arrival if shard in self._cursors else 0.0

    def moved(self, shards: Iterable[str]) -> float:
        """When the cursor of one of these shards moved last, seconds since 1970 UTC; 0: never."""
        return max((self._cursors[shard].moved for shard in shards if shard in self._cursors), default=0.0)

    def _is_past(self, shard: str, instant: float) -> bool:
        cursor = self._cursors.get(shard)
        if cursor is not None and cursor.arrival > instant:
            return True
        if shard not in self._looked:
            self._looked[shard] = self._look(shard, None if cursor is None or cursor.is_new else cursor.sequence)
        return self._looked[shard] > instant

    def _look(self, shard: str, after_sequence: int | None) -> float:
        """Every record that arrived before the instant returned has been read."""
        position = self._shards.look(shard, after_sequence)
        if position.idle:
            return inf
        return -inf if position.next_arrival is None else position.next_arrival


def closable(
    interval: Interval, now: float, started: float, progress: Progress, config: DetectorConfig
) -> Close | Wait:
    """May the interval close at `now`?

    started: when the sequence of intervals was begun (`Watermark.started`). The longest delay counts from there or from
    the deadline, whichever is later. An interval that had ended by then is history, which takes as long to read as it
    takes: its delay counts from when a lagging shard was last read on.
    """
    due = deadline(interval, config)
    if now < due:
        return Wait()
    behind = progress.lagging(due)
    since = max(due, started)
    if interval.end <= started:
        since = max(since, progress.moved(behind))
    if behind and now < since + config.max_close_delay_seconds:
        return Wait(behind)
    return Close(behind)
