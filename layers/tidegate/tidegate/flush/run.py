"""One run of flush: intervals are closed in order, then late records are published in the time that is left.

Every step can be repeated. A run that dies anywhere is taken up by the next one, and two runs at once publish the same
objects: whichever loses a conditional write stops there.
"""

from collections.abc import Callable
from dataclasses import replace

from tidegate.config import DetectorConfig
from tidegate.contracts.buffer import Backfill, Watermark
from tidegate.contracts.errors import Conflict
from tidegate.contracts.interval import Interval
from tidegate.flush.closing import Progress, Wait, closable, deadline
from tidegate.flush.publishing import Publication, Publisher
from tidegate.flush.report import Deed, FlushReport, Tell
from tidegate.flush.stores import Control, FlushBuffer, IntervalObjects, Shards


def flush(
    now: float,
    config: DetectorConfig,
    buffer: FlushBuffer,
    shards: Shards,
    objects: IntervalObjects,
    *,
    out_of_time: Callable[[], bool],
    tell: Tell = lambda deed, publication: None,
    patience: float = 0,
    report: FlushReport | None = None,
) -> FlushReport:
    """Run once at `now`, seconds since 1970 UTC. Raises TransientError; then run again.

    out_of_time: asked before each interval; when it says so, the run stops and the next one goes on.
    patience: seconds after its deadline in which an interval is not yet overdue.
    report: filled as the run goes, so that of one that raises too it is known what it did.
    """
    report = FlushReport() if report is None else report
    control = buffer.control()
    report.watermark = control.watermark
    buckets = {*range(config.buffer_shards), *(cursor.bucket for cursor in control.cursors)}
    progress = Progress(shards, control.cursors)
    publisher = Publisher(now, config, buffer, objects, progress=progress, buckets=sorted(buckets))
    run = _Run(
        now, config, buffer, publisher, report, tell=tell, progress=progress, control=control, out_of_time=out_of_time
    )
    try:
        run.go()
    except Conflict as conflict:
        report.conflict = str(conflict)
    if report.watermark is not None:
        late = now - deadline(config.grid.containing(report.watermark.next), config)
        report.overdue = max(0, int((late - patience) // config.grid.step) + 1)
        report.lag = max(0.0, late)
    return report


class _Run:
    """The state of one run: what it read at its beginning, and where the sequence of intervals stands by now."""

    def __init__(
        self,
        now: float,
        config: DetectorConfig,
        buffer: FlushBuffer,
        publisher: Publisher,
        report: FlushReport,
        *,
        tell: Tell,
        progress: Progress,
        control: Control,
        out_of_time: Callable[[], bool],
    ) -> None:
        self._now = now
        self._config = config
        self._grid = config.grid
        self._buffer = buffer
        self._publisher = publisher
        self._tell = tell
        self._progress = progress
        self._markers = {marker.interval_start: marker for marker in control.markers}
        self._backfill = control.backfill
        self._out_of_time = out_of_time
        self.report = report

    def go(self) -> None:
        """Do what there is to do, until it is done, or time is out, or another run is met (Conflict)."""
        if self.report.watermark is not None:
            self.report.watermark.check(self._grid)
        self._begin()
        while not self._is_out_of_time() and self._close_next():
            pass
        while any([self._serve_marker(), self._fill_in()]):  # by turns, so that neither keeps the other waiting
            pass

    def _begin(self) -> None:
        """The first interval that ever had a record begins the sequence; as long as nothing is closed, so does an
        earlier one that turns up later."""
        watermark, starts = self.report.watermark, [at for at, marker in self._markers.items() if marker.has_records]
        if not starts:
            return
        first = min(starts)
        if watermark is None:
            self._put(Watermark(first=first, next=first, started=self._now, grid=self._grid.name, version=1))
        elif first < watermark.first == watermark.next:
            self._put(replace(watermark, first=first, next=first, closing=None, version=watermark.version + 1))

    def _serve_marker(self) -> bool:
        """Do what the first late marker asks for whose interval is not still to be published; False: there is none."""
        start = next((start for start in self._markers if not self._is_coming(start)), None)
        if start is None or self._is_out_of_time():
            return False
        marker, watermark, interval = self._markers.pop(start), self.report.watermark, self._grid.containing(start)
        if (watermark is None or start < watermark.first) and not self._is_filled_in(start):
            self._say(Deed.ACCOUNTED, self._publisher.account(interval))
            self._buffer.delete_marker(marker)
        elif self._revise(interval):
            self._buffer.delete_marker(marker)
        return True

    def _is_coming(self, start: int) -> bool:
        """Is the interval still to be closed, or filled in? That deals with its late marker."""
        watermark = self.report.watermark
        if watermark is None:
            return False
        has_yet_to_begin = start < watermark.first and not self._is_filled_in(start)
        return start >= watermark.next or (has_yet_to_begin and self._markers[start].has_records)

    def _is_filled_in(self, start: int) -> bool:
        return self._backfill is not None and self._backfill.has(start)

    def _revise(self, interval: Interval) -> bool:
        """Publish a closed interval again."""
        publication = self._say(Deed.REVISED, self._publisher.publish(interval))
        if publication.is_written:
            self.report.revised.append(publication.line)
        return publication.is_final or not publication.has_shrunk

    def _fill_in(self) -> bool:
        """Publish one more of the intervals before the first one, if one of them has records; False: none is left.

        They are closed now, from the earliest that has records on: their deadlines are past, since a later one's is.
        What has been done is kept, or a run would begin where this one did and do nothing but look at it again. Kept
        in an item of its own: the watermark has to be free for runs that close what is due meanwhile.
        """
        watermark = self.report.watermark
        backfill = None if watermark is None else self._backfill or self._begun_backfill(watermark)
        if watermark is None or backfill is None or self._is_out_of_time():
            return False
        if backfill.next < watermark.first:
            interval = self._grid.containing(backfill.next)
            is_rendered = self._publish_between(interval)
            backfill = backfill.advanced(self._grid)
            self._buffer.put_backfill(backfill)  # before the marker goes that asked for it
            self._backfill = backfill
            if is_rendered:
                self._forget_marker(interval)
        if backfill.next >= watermark.first:
            if backfill.first < watermark.first:
                self._put(replace(watermark, first=backfill.first, version=watermark.version + 1))
            self._buffer.delete_backfill(backfill)
            self._backfill = None
        return True

    def _begun_backfill(self, watermark: Watermark) -> Backfill | None:
        """From the earliest interval on that has records and lies before the first."""
        starts = [at for at, marker in self._markers.items() if marker.has_records and at < watermark.first]
        return Backfill(min(starts), min(starts)) if starts else None

    def _publish_between(self, interval: Interval) -> bool:
        """Publish an interval before the first; False: a run did that came no further, and its marker stays."""
        line = self._buffer.ledger_line(interval)
        if line is not None and line.revision > 0:
            self._say(Deed.CLOSED, Publication(line, is_written=False))
            return False
        publication = self._say(Deed.CLOSED, self._publisher.publish(interval))
        if publication.is_written:
            self.report.closed.append(publication.line)
        return True

    def _close_next(self) -> bool:
        """Close the next interval if it may close.

        A close that another run began is gone on with as it was begun: `closing` stands since before these chunks are
        read, and writing it again would take the close from a run that is still at it. Of several the first to finish
        wins, so an interval that takes longer than the schedule's minute is closed all the same.
        """
        watermark = self.report.watermark
        if watermark is None:
            return False
        interval = self._grid.containing(watermark.next)
        decision = closable(interval, self._now, watermark.started, self._progress, self._config)
        if isinstance(decision, Wait):
            self.report.waiting = decision.lagging
            return False
        self.report.unread |= {shard: self._progress.read_until(shard) for shard in decision.lagging}
        if watermark.closing is None:
            watermark = self._put(watermark.begun())
        self._finish(watermark)
        return True

    def _finish(self, watermark: Watermark) -> None:
        """Publish the interval whose close has begun, and move on."""
        interval = self._grid.containing(watermark.next)
        publication = self._say(Deed.CLOSED, self._publisher.publish(interval))
        self._put(watermark.finished(self._grid))
        if not publication.has_shrunk:
            self.report.closed.append(publication.line)
        self._forget_marker(interval)

    def _forget_marker(self, interval: Interval) -> None:
        """An interval was rendered after its marker was read: it is dealt with."""
        marker = self._markers.pop(interval.start, None)
        if marker is not None:
            self._buffer.delete_marker(marker)

    def _put(self, watermark: Watermark) -> Watermark:
        self._buffer.put_watermark(watermark)
        self.report.watermark = watermark
        return watermark

    def _say(self, deed: Deed, publication: Publication) -> Publication:
        """Tell what came of an interval whose ledger line is written."""
        if publication.has_shrunk:
            self.report.shrunk.append(publication.line)
        if not publication.is_conserved:
            self.report.mismatched.add(publication.line.interval.start)
        self._tell(deed, publication)
        return publication

    def _is_out_of_time(self) -> bool:
        self.report.out_of_time = self._out_of_time()
        return self.report.out_of_time
