"""Publishing one interval: its object and its ledger line, the same however often it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tidegate.config import DetectorConfig
from tidegate.contracts.buffer import LedgerLine
from tidegate.contracts.interval import Interval
from tidegate.flush.closing import Progress, deadline
from tidegate.flush.merging import Tally
from tidegate.flush.rendering import Rendering, render
from tidegate.flush.stores import BrokenChunk, FlushBuffer, IntervalObjects, Published

_SAFE_SECONDS: Final = 3600
"""Chunks are read so long before the first of them may be gone: a run takes minutes, and clocks differ."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What came of publishing an interval.

    is_written: an object was written now. has_shrunk: the buffer holds fewer records than the object was made of, or
    may, and others; so object and ledger line were left as they are, and `line` is what the ledger would have said.
    is_final: the buffer is about to forget what the object was made of, so it stays as it is for good.
    broken: the chunks met that do not decode. They stay in the buffer, and what they hold is in no object.
    """

    line: LedgerLine
    is_written: bool
    has_shrunk: bool = False
    is_final: bool = False
    broken: tuple[BrokenChunk, ...] = ()

    @property
    def is_conserved(self) -> bool:
        """Is every record accounted for, and in the object where it belongs there?"""
        return self.line.balanced and not self.has_shrunk and not self.broken


class Publisher:
    """Publishes intervals of one detector.

    now: seconds since 1970 UTC. progress: how far the shards had been read before any chunk was. buckets: the buffer
    partitions that chunks may lie in.
    """

    def __init__(
        self,
        now: float,
        config: DetectorConfig,
        buffer: FlushBuffer,
        objects: IntervalObjects,
        *,
        progress: Progress,
        buckets: Sequence[int],
    ) -> None:
        self._now = now
        self._config = config
        self._buffer = buffer
        self._objects = objects
        self._progress = progress
        self._buckets = buckets

    def publish(self, interval: Interval) -> Publication:
        """Render an interval, and write its object if there is none or if it would hold more records.

        A set of chunks only grows until the first of them expires; from then on more records need not be the same ones
        and more, so what is published stays.

        An object says that it is incomplete when a shard lagged, so that a record may be missing that arrived in time.
        A revision that is made when no shard lags is whole; what was whole once stays so.
        Raises Conflict when another flush wrote the object meanwhile.
        """
        key = self._config.grid.key(self._config.output_prefix, interval)
        # What was published is read before the chunks: their set only grows, so that the later reading is no smaller.
        published, before = self._objects.published(key), self._buffer.ledger_line(interval)
        rendering, broken = self._render(interval)
        stored_before = max(published.stored if published else 0, before.stored if before and before.revision else 0)
        is_final = self._is_forgotten(rendering.tally, published, before)
        stored = rendering.tally.stored
        has_shrunk = stored < stored_before or (is_final and stored > stored_before)
        is_written = not (has_shrunk or is_final) and (published is None or stored > published.stored)
        if is_written:
            revision = 1 + max(published.revision if published else 0, before.revision if before else 0)
            facts = Published(revision, stored, rendering.rows, 0, self._is_incomplete(interval, published), "")
            published = self._objects.put(key, rendering.body, facts, published.tag if published else None)
        line = self._line(interval, key, rendering.tally, published, before)
        if not has_shrunk:
            self._buffer.put_ledger_line(line)
        return Publication(line, is_written, has_shrunk, is_final, broken)

    def _is_incomplete(self, interval: Interval, published: Published | None) -> bool:
        """Does a shard lag, and did one when the object was written that is to be replaced?"""
        if published is not None and not published.incomplete:
            return False
        return bool(self._progress.lagging(deadline(interval, self._config)))

    def _is_forgotten(self, tally: Tally, published: Published | None, before: LedgerLine | None) -> bool:
        """Has the interval been published, of chunks that may be gone by the end of this run?"""
        if before is not None and before.revision > 0:
            return min(before.buffered_until, tally.expires) <= self._now + _SAFE_SECONDS
        return published is not None and tally.expires <= self._now + _SAFE_SECONDS

    def account(self, interval: Interval) -> Publication:
        """Write the ledger line of an interval that has no object: its records all went to quarantine."""
        key = self._config.grid.key(self._config.output_prefix, interval)
        before = self._buffer.ledger_line(interval)
        rendering, broken = self._render(interval)
        line = self._line(interval, key, rendering.tally, None, before)
        self._buffer.put_ledger_line(line)
        return Publication(line, is_written=False, broken=broken)

    def _render(self, interval: Interval) -> tuple[Rendering, tuple[BrokenChunk, ...]]:
        broken: dict[str, BrokenChunk] = {}  # by key: the chunks may be read twice

        def note(chunk: BrokenChunk) -> None:
            broken[chunk.key] = chunk

        rendering = render(interval, lambda: self._buffer.chunks(interval.start, self._buckets, note), self._config)
        for chunk in broken.values():
            self._buffer.keep_broken(chunk)
            rendering.tally.received += chunk.received
            rendering.tally.corrupt += 1
        return rendering, tuple(broken.values())

    def _line(
        self, interval: Interval, key: str, tally: Tally, published: Published | None, before: LedgerLine | None
    ) -> LedgerLine:
        has_closed = before is not None and (before.revision > 0) == (published is not None)
        closed_at = before.closed_at if before and has_closed else self._now
        incomplete = before.incomplete if before and has_closed else published is not None and published.incomplete
        buffered_until = min(tally.expires, self._now + self._config.chunk_seconds)
        if before is not None and before.revision > 0:
            buffered_until = min(buffered_until, before.buffered_until)
        return LedgerLine(
            interval=interval,
            key=key,
            received=tally.received,
            stored=tally.stored,
            quarantined=tally.quarantined,
            filtered=tally.filtered,
            duplicates=tally.duplicates,
            rows=published.rows if published else 0,
            revision=published.revision if published else 0,
            bytes=published.bytes if published else 0,
            closed_at=closed_at,
            close_delay=closed_at - interval.end,
            incomplete=incomplete,
            buffered_until=buffered_until,
            corrupt=tally.corrupt,
        )
