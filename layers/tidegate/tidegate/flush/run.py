"""One run of flush: intervals are closed in order, then late records are published in the time that is left.

Every step can be repeated. A run that dies anywhere is taken up by the next one, and two runs at once publish the same
objects: whichever loses a conditional write stops there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tidegate.config import DetectorConfig
from tidegate.contracts.buffer import LateMarker, LedgerLine, Watermark
from tidegate.contracts.errors import Conflict
from tidegate.contracts.interval import Interval
from tidegate.flush.closing import Progress, Wait, closable, deadline
from tidegate.flush.publishing import Publication, Publisher
from tidegate.flush.stores import BrokenChunk, Control, FlushBuffer, IntervalObjects, Shards


@dataclass(slots=True)
class FlushReport:
    """What a run did.

    closed: intervals closed, with what the ledger says of them. revised: intervals of which a later object was
    written. shrunk: intervals of which the buffer holds fewer records than were published, or may; they are left alone,
    and looked at again by every run until their chunks expire. waiting: the shards that hold up the next interval.
    unread: the shards that lagged when intervals were closed all the same, and until when (arrival, seconds since 1970
    UTC; 0: nothing) each has been read.
    watermark: where the sequence stands; None before its first record. overdue: how many intervals are past their
    deadlines by more than the patience, and not closed. lag: by how many seconds the next interval is past its
    deadline, else 0.
    broken: chunks met that do not decode; their intervals are published without them.
    conflict: why the run stopped for another one, else empty. out_of_time: it stopped for want of time.
    """

    closed: list[LedgerLine] = field(default_factory=list)
    revised: list[LedgerLine] = field(default_factory=list)
    shrunk: list[LedgerLine] = field(default_factory=list)
    waiting: tuple[str, ...] = ()
    unread: dict[str, float] = field(default_factory=dict)
    watermark: Watermark | None = None
    overdue: int = 0
    lag: float = 0
    broken: Sequence[BrokenChunk] = ()
    conflict: str = ""
    out_of_time: bool = False

    @property
    def mismatches(self) -> int:
        """Intervals whose records are not conserved."""
        lines = [*self.shrunk, *(line for line in (*self.closed, *self.revised) if not line.balanced)]
        return len({line.interval.start for line in lines} | {chunk.interval_start for chunk in self.broken})


def flush(
    now: float,
    config: DetectorConfig,
    buffer: FlushBuffer,
    shards: Shards,
    objects: IntervalObjects,
    *,
    out_of_time: Callable[[], bool],
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
    run = _Run(now, config, buffer, publisher, report, progress=progress, control=control, out_of_time=out_of_time)
    report.broken = publisher.broken
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
        progress: Progress,
        control: Control,
        out_of_time: Callable[[], bool],
    ) -> None:
        self._now = now
        self._config = config
        self._grid = config.grid
        self._buffer = buffer
        self._publisher = publisher
        self._progress = progress
        self._markers = {marker.interval_start: marker for marker in control.markers}
        self._out_of_time = out_of_time
        self.report = report

    def go(self) -> None:
        """Do what there is to do, until it is done, or time is out, or another run is met (Conflict)."""
        if self.report.watermark is not None:
            self.report.watermark.check(self._grid)
        self._begin()
        while not self._is_out_of_time() and self._close_next():
            pass
        for start in sorted(self._markers):
            if self._is_open(start) or self._is_out_of_time():
                return
            self._take_up(self._markers[start])

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

    def _is_open(self, start: int) -> bool:
        """Is the interval still to be closed? Its close deals with its late marker."""
        return self.report.watermark is not None and start >= self.report.watermark.next

    def _take_up(self, marker: LateMarker) -> None:
        """Do what the late marker of an interval asks for that is closed or lies before the first."""
        watermark, start = self.report.watermark, marker.interval_start
        interval = self._grid.containing(start)
        if watermark is None or (start < watermark.first and not marker.has_records):
            self._publisher.account(interval)
            is_done = True
        elif start < watermark.first:
            is_done = self._move_beginning(watermark, interval)
        else:
            is_done = self._revise(interval)
        if is_done:
            self._buffer.delete_marker(marker)

    def _revise(self, interval: Interval) -> bool:
        """Publish a closed interval again."""
        publication = self._publisher.publish(interval)
        if publication.is_written:
            self.report.revised.append(publication.line)
        return self._is_whole(publication) or publication.is_final

    def _move_beginning(self, watermark: Watermark, interval: Interval) -> bool:
        """An interval before the first has records: the sequence begins there. Is that done, with all in between?

        Those up to the first are closed now: their deadlines are past, since a later one's is.
        """
        between = interval
        while between.start < watermark.first:
            if between == interval or not self._has_object(between):
                if self._is_out_of_time():
                    return False
                publication = self._publisher.publish(between)
                if publication.is_written:
                    self.report.closed.append(publication.line)
            between = self._grid.after(between)
        self._put(replace(watermark, first=interval.start, version=watermark.version + 1))
        return True

    def _has_object(self, interval: Interval) -> bool:
        line = self._buffer.ledger_line(interval)
        return line is not None and line.revision > 0

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
        publication = self._publisher.publish(interval)
        self._put(watermark.finished(self._grid))
        if self._is_whole(publication):
            self.report.closed.append(publication.line)
        marker = self._markers.pop(interval.start, None)
        if marker is not None:
            self._buffer.delete_marker(marker)

    def _put(self, watermark: Watermark) -> Watermark:
        self._buffer.put_watermark(watermark)
        self.report.watermark = watermark
        return watermark

    def _is_whole(self, publication: Publication) -> bool:
        if publication.has_shrunk:
            self.report.shrunk.append(publication.line)
        return not publication.has_shrunk

    def _is_out_of_time(self) -> bool:
        self.report.out_of_time = self._out_of_time()
        return self.report.out_of_time
