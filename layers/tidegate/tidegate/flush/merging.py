"""Merging an interval's chunks by identity, in the order (shard, sequence, sub), each record once.

Chunks come sorted by shard and first identity, so one pass is enough. Of a chunk that overlaps no other only the first
and the last identity are looked at, and its rows go through as they are. Overlapping ones (a record delivered again in
another batch) are taken apart row by row, and no more of them is held than overlaps at the time.
"""

import csv
import io
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final, NamedTuple

from tidegate.contracts.chunk import Chunk, split_rows
from tidegate.contracts.identity import Identity
from tidegate.contracts.rows import Table, lines_of
from tidegate.flush.stores import StoredChunk

_ACCEPTED: Final = 0
_REJECTED: Final = 1


@dataclass(slots=True)
class Tally:
    """What became of an interval's records; the counts of a ledger line.

    corrupt: chunks that do not decode. expires: of the chunk that expires first, seconds since 1970 UTC.
    """

    received: int = 0
    stored: int = 0
    quarantined: int = 0
    filtered: int = 0
    duplicates: int = 0
    corrupt: int = 0
    expires: float = field(default=inf, compare=False)

    def deliver(self, stored: StoredChunk) -> None:
        """Count a chunk's deliveries; those after the first bring nothing new but what was filtered again."""
        chunk = stored.chunk
        self.expires = min(self.expires, stored.expires)
        self.received += chunk.received * stored.deliveries
        self.filtered += chunk.filtered * stored.deliveries
        self.duplicates += (len(chunk.identities) + len(chunk.rejected)) * (stored.deliveries - 1)


class _Entry(NamedTuple):
    """A record of a chunk that was taken apart. Of equal identities the accepted one sorts first, then the lesser row:
    which of them stays does not depend on the order of chunks.
    """

    identity: Identity
    kind: int
    row: str


def merged_rows(chunks: Iterable[StoredChunk], columns: tuple[str, ...], tally: Tally) -> Iterator[Table]:
    """The accepted records as rows of these columns, some at a time; the tally is complete at the end.

    A column that a chunk does not have is empty.
    """
    pending = _Pending(columns, tally)
    for stored in chunks:
        tally.deliver(stored)
        if stored.chunk.identities or stored.chunk.rejected:
            yield from pending.add(stored.chunk)
    yield from pending.rest()


class _Pending:
    """What has been read and not yet been written: a whole chunk, or the entries of chunks that overlap."""

    def __init__(self, columns: tuple[str, ...], tally: Tally) -> None:
        self._columns = columns
        self._tally = tally
        self._chunk: Chunk | None = None
        self._entries: list[_Entry] = []
        self._end: tuple[str, Identity] | None = None

    def add(self, chunk: Chunk) -> Iterator[Table]:
        """Take the next chunk; give the rows that no later chunk can come before."""
        known = [identities for identities in (chunk.identities, chunk.rejected) if identities]
        first, last = min(ids[0] for ids in known), max(ids[-1] for ids in known)
        if self._end is None or (chunk.shard, first) > self._end:
            yield from self.rest()
            self._chunk = chunk
            self._end = (chunk.shard, last)
        else:
            if self._chunk is not None:
                self._entries = self._take_apart(self._chunk)
                self._chunk = None
            place = bisect_left(self._entries, (first,))
            yield from self._give(self._entries[:place])
            self._entries = self._distinct(sorted([*self._entries[place:], *self._take_apart(chunk)]))
            self._end = max(self._end, (chunk.shard, last))

    def rest(self) -> Iterator[Table]:
        """Give all that is left."""
        chunk, self._chunk = self._chunk, None
        if chunk is None:
            yield from self._give(self._entries)
            self._entries = []
            return
        self._tally.stored += len(chunk.identities)
        self._tally.quarantined += len(chunk.rejected)
        if chunk.identities:
            yield self._table(chunk)

    def _give(self, entries: Sequence[_Entry]) -> Iterator[str]:
        rows = [entry.row for entry in entries if entry.kind == _ACCEPTED]
        self._tally.stored += len(rows)
        self._tally.quarantined += len(entries) - len(rows)
        if rows:
            yield "".join(rows)

    def _distinct(self, entries: list[_Entry]) -> list[_Entry]:
        first_of_each = {entry.identity: entry for entry in reversed(entries)}
        self._tally.duplicates += len(entries) - len(first_of_each)
        return list(reversed(first_of_each.values()))

    def _take_apart(self, chunk: Chunk) -> list[_Entry]:
        rows = split_rows(lines_of(self._table(chunk)), len(chunk.identities))
        accepted = [_Entry(identity, _ACCEPTED, row) for identity, row in zip(chunk.identities, rows, strict=True)]
        return sorted([*accepted, *(_Entry(identity, _REJECTED, "") for identity in chunk.rejected)])

    def _table(self, chunk: Chunk) -> Table:
        return chunk.table if chunk.columns == self._columns else _projected(chunk, self._columns)


def _projected(chunk: Chunk, columns: tuple[str, ...]) -> str:
    """A chunk's rows with other columns, as after a change of the configuration."""
    places = [chunk.columns.index(name) if name in chunk.columns else None for name in columns]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in csv.reader(io.StringIO(chunk.rows, newline="")):
        writer.writerow("" if place is None else row[place] for place in places)
    return text.getvalue()
