"""Groups that are too many for memory: sorted runs of them in temporary files, merged by key (external merge sort).

The files have no name, so whatever ends the process removes them.
"""

import gzip
import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from tempfile import TemporaryFile
from typing import IO, Final
from weakref import finalize

import msgspec

from tidegate.flush.totals import Totals

MERGED_RUNS: Final = 64
"""Runs that are made one at a time: each is read through a buffer of its own."""

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode

type Group = tuple[tuple[str, ...], Sequence[Totals]]
"""Dimension values, and what is kept of each measure column."""


class Spill:
    """Groups on disk. Of equal keys those of an earlier run come first, as if they had been added up in memory."""

    def __init__(self) -> None:
        self._runs: Final[list[IO[bytes]]] = []
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._runs)

    def add(self, groups: Iterable[Group]) -> None:
        """Store groups, sorted by key."""
        self._write(groups)
        if len(self._runs) == MERGED_RUNS:
            self.merge()

    def merge(self) -> int:
        """Make one run of all of them; returns how many groups there are."""
        if len(self._runs) > 1:
            merged = len(self._runs)
            self._write(self.groups())
            for file in self._runs[:merged]:
                file.close()
            del self._runs[:merged]
        return self._count

    def groups(self) -> Iterator[Group]:
        """Every group once, sorted by key."""
        by_key = itemgetter(0)
        for key, found in groupby(heapq.merge(*map(_read, self._runs), key=by_key), by_key):
            (_, totals), *others = found
            for _, more in others:
                for total, other in zip(totals, more, strict=True):
                    total.merge(other)
            yield key, totals

    def _write(self, groups: Iterable[Group]) -> None:
        """Write a run, and count its groups."""
        file = TemporaryFile()  # noqa: SIM115  # closed with the spill, or when it is merged
        finalize(self, file.close)
        self._count = 0
        with gzip.open(file, "wb", compresslevel=1) as lines:
            for key, totals in groups:
                lines.write(_encode((key, [total.state() for total in totals])) + b"\n")
                self._count += 1
        self._runs.append(file)


def _read(run: IO[bytes]) -> Iterator[Group]:
    run.seek(0)
    with gzip.open(run) as lines:
        for line in lines:
            key, states = _decode(line)
            yield tuple(key), [Totals.of(state) for state in states]
