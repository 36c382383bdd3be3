"""An interval's chunks as they were when they were read first."""

from collections.abc import Callable, Iterator
from typing import Final

from tidegate.flush.stores import StoredChunk

KEPT_RECORDS: Final = 50_000
"""Records of an interval that are kept, packed, for the second reading: a few MB; larger intervals are read twice."""


class Snapshot:
    """Chunks to be read more than once, always the same ones: those that come meanwhile are for the next rendering.

    The first reading must have ended before the second begins.
    """

    def __init__(self, read: Callable[[], Iterator[StoredChunk]]) -> None:
        self._read = read
        self._seen: set[tuple[str, int]] = set()
        self._kept: list[StoredChunk] | None = []
        self._is_read = False

    def __iter__(self) -> Iterator[StoredChunk]:
        if not self._is_read:
            return self._first_reading()
        if self._kept is not None:
            return iter(self._kept)
        return (stored for stored in self._read() if _place(stored) in self._seen)

    def _first_reading(self) -> Iterator[StoredChunk]:
        records = 0
        for stored in self._read():
            records += len(stored.chunk.identities)
            if records > KEPT_RECORDS:
                self._kept = None
            elif self._kept is not None:
                self._kept.append(stored)
            self._seen.add(_place(stored))
            yield stored
        self._is_read = True


def _place(stored: StoredChunk) -> tuple[str, int]:
    return stored.chunk.key, stored.number
