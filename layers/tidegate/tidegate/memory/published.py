"""Published intervals in memory: the twin of `tidegate.aws.published`."""

from collections.abc import Collection, Mapping

from tidegate.contracts.errors import InputError
from tidegate.contracts.interval import Interval, IntervalGrid
from tidegate.detect.stores import PublishedInterval, PublishedObject, is_interval_object


class MemoryPublishedIntervals:
    """`PublishedIntervals` over keys and their bytes, which the caller may go on adding to.

    incomplete: the keys of objects that say that rows may be missing.
    """

    def __init__(self, objects: Mapping[str, bytes], grid: IntervalGrid, incomplete: Collection[str] = ()) -> None:
        self._objects = objects
        self._grid = grid
        self._incomplete = incomplete

    def next_after(self, interval: Interval | None) -> PublishedInterval | None:
        after = interval.start if interval else float("-inf")
        found: dict[Interval, list[str]] = {}
        for key in sorted(filter(is_interval_object, self._objects)):
            published = self._grid.from_key(key)
            if published and published.start > after:
                found.setdefault(published, []).append(key)
        return PublishedInterval(min(found), tuple(found[min(found)])) if found else None

    def read(self, key: str) -> PublishedObject:
        if key not in self._objects:
            raise InputError(key, "is gone")
        return PublishedObject(self._objects[key], key in self._incomplete)
