"""Every published interval in order through the model, its anomalies to the alert function.

Once, whatever dies: load the state; score intervals; write the snapshot; advance the cursor, and the outbox of alert
events with it, on the condition that nobody else has; send what is in the outbox; empty it. So nobody hears of an
incident that the state does not know, though an interval was revised before a run that died is repeated. Events that
a crash left in the outbox are sent first by the next run; the alert function tells a repeated one once, by its id. A
concurrent run loses at the cursor and leaves nothing behind but objects that nothing refers to.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from tidegate.config import DetectorConfig
from tidegate.contracts.anomaly import AnomalyGroup, SeriesScore
from tidegate.contracts.errors import Conflict, IncompleteInterval, InputError, MalformedAlert
from tidegate.contracts.incident_facts import IncidentState
from tidegate.contracts.interval import DAY_SECONDS, Interval
from tidegate.contracts.names import DetectorNames
from tidegate.contracts.series import IntervalValues
from tidegate.detect.events import alert_event
from tidegate.detect.feedback import lowered
from tidegate.detect.groups import Grouping
from tidegate.detect.models import Models
from tidegate.detect.progress import Progress, WarmModel
from tidegate.detect.report import DetectReport
from tidegate.detect.root_causes import RootCauses
from tidegate.detect.scores import IntervalScores, Standing
from tidegate.detect.stores import Alerts, Failure, ModelStore, PublishedInterval, PublishedIntervals, Verdicts
from tidegate.detect.suppression import told
from tidegate.detect.values import read_values

CHECKPOINT_INTERVALS: Final = 16
"""Intervals of a backlog between two snapshots: more would repeat more after a crash, fewer write more."""
FAILURE_SECONDS: Final = 90 * DAY_SECONDS
"""How long the reason of a failed interval is kept."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run works with; `warm` outlives it."""

    config: DetectorConfig
    names: DetectorNames
    models: Models
    store: ModelStore
    published: PublishedIntervals
    alerts: Alerts
    verdicts: Verdicts
    warm: WarmModel = field(default_factory=WarmModel)


def run(
    now: float,
    around: Surroundings,
    out_of_time: Callable[[], bool],
    report: DetectReport | None = None,
    *,
    tell: Callable[[DetectReport], None] = lambda report: None,
) -> DetectReport:
    """Score what is published and due: an interval's objects are read OffsetSeconds after its end, as Lookout did.

    now: seconds since 1970 UTC. Raises TransientError; an interval that cannot be read becomes a Failure instead, and
    the next one goes on. One that says that records may be missing is a gap: neither scored nor learned, or a lagging
    shard would be a dip; and not waited for, since nobody knows how long. What ended before the detector began is
    history: it is learned, and nobody is told. A snapshot that cannot be used is reported, and its model made anew
    (`progress`).

    report: filled as the run goes, so that of one that raises too it is known what it did.
    tell: called with it before each write behind which no run looks again: intervals that failed or are incomplete,
    and states and alerts that were refused, have to be said by then, since the process may end at any moment.
    """
    detection = _Detection(now, around, out_of_time, DetectReport() if report is None else report, tell)
    try:
        detection.go_on()
    except Conflict:
        detection.report.is_superseded = True
    finally:
        detection.note_refused()
    return detection.report


class _Detection:
    """One run."""

    def __init__(
        self,
        now: float,
        around: Surroundings,
        out_of_time: Callable[[], bool],
        report: DetectReport,
        tell_problems: Callable[[DetectReport], None],
    ) -> None:
        self._now, self._out_of_time = now, out_of_time
        self._around = around
        self._config = around.config
        self._grouping = Grouping(around.names, around.config.dimensions)
        self._progress = Progress(around.config, around.models, around.store, around.verdicts, around.warm)
        self._progress.begin(now)
        self._pending = 0
        self._tell_problems = tell_problems
        self.report = report

    def note_refused(self) -> None:
        """Name the snapshots that could not be used, for the report."""
        self.report.refused_states = self._progress.refused

    def go_on(self) -> None:
        """Take intervals until none is due or time is out. Raises Conflict when another run has gone on meanwhile."""
        self._send_outbox()
        while (found := self._next_due()) is not None:
            if self._out_of_time() or not self._take(found):
                self.report.is_behind = True
                break
            self._count_one()
        if self._pending:
            self._checkpoint()
        self._progress.keep_warm()

    def _catch_up(self) -> bool:
        """Let a model that is behind the cursor learn what it missed, and tell nobody; False when time ran out."""
        while (behind := self._progress.behind()) is not None:
            if self._out_of_time():
                return False
            self._learn_after(behind)
            self._count_one()
        return True

    def _learn_after(self, behind: Interval) -> None:
        """Show the model the next interval again; one that is incomplete or cannot be read is a gap again."""
        last, missed = self._progress.last, self._around.published.next_after(behind)
        assert last is not None
        if missed is None or missed.interval.start > last.start:
            self._progress.learn(last)  # there is nothing left of what it missed
            return
        with suppress(InputError, IncompleteInterval):
            self._progress.model().observe(self._read(missed))
            self.report.relearned += 1
        self._progress.learn(missed.interval)

    def _count_one(self) -> None:
        self._pending += 1
        if self._pending == CHECKPOINT_INTERVALS:
            self._checkpoint()

    def _checkpoint(self) -> None:
        self.note_refused()
        self._tell_problems(self.report)
        self._progress.checkpoint()
        self._pending = 0
        self._send_outbox()

    def _send_outbox(self) -> None:
        """Send the events that the cursor has; those for which there is no time the next run sends first.

        One that would never be taken is reported and left out, for it would keep all later ones back.
        """
        count = 0
        for event in self._progress.outbox:
            if self._out_of_time():
                self.report.is_behind = True
                break
            try:
                self._around.alerts.send(event)
            except MalformedAlert as error:
                self.report.refused_events += (f"{json.loads(event)['alertEventId']}: {error}",)
            count += 1
        if count:
            self._tell_problems(self.report)
            self._progress.sent(count)

    def _next_due(self) -> PublishedInterval | None:
        """The next published interval whose time has come."""
        last, offset = self._progress.last, self._config.offset_seconds
        if last and self._now < self._config.grid.after(last).end + offset:
            return None  # spares the look into the bucket
        found = self._around.published.next_after(last or self._progress.before_history(self._now))
        return found if found and self._now >= found.interval.end + offset else None

    def _take(self, found: PublishedInterval) -> bool:
        """Score one interval, or keep why it cannot be read, or pass it by as a gap where records may be missing.

        False when time ran out before it could be scored.
        """
        for incident in self._progress.take_orphans():
            self._tell(IncidentState.ENDED, incident.abandoned())
        try:
            values = self._read(found)
        except InputError as error:
            failure = Failure(found.interval, error.place, error.problem)
            self._around.store.put_failure(failure, int(self._now) + FAILURE_SECONDS)
            self.report.failures += (failure,)
        except IncompleteInterval:
            self.report.incomplete += (found.interval,)
        else:
            if not self._catch_up():
                return False
            self._score(values)
        self._progress.take(found.interval)
        return True

    def _read(self, found: PublishedInterval) -> IntervalValues:
        """An interval's values. Raises InputError when they cannot be read, IncompleteInterval."""
        return read_values(found.interval, self._objects(found.keys), self._config)

    def _objects(self, keys: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
        for key in keys:
            published = self._around.published.read(key)
            if published.is_incomplete:
                raise IncompleteInterval(key)
            yield key, published.data

    def _score(self, values: IntervalValues) -> None:
        threshold, dimensions = self._config.anomaly_threshold, self._config.dimensions
        scores = self._progress.model().observe(values)
        self._note(scores)
        if self._progress.is_history(values.interval):
            self.report.history += 1
            return
        scores, self._progress.tolerated = lowered(scores, self._progress.tolerated, dimensions, threshold)
        found = scores.above(threshold)
        hits = [_exact(hit, values) for hit in told(found, self._progress.incidents)]
        standing = scores.standing() if hits or self._progress.incidents else Standing()
        search = RootCauses(scores, dimensions, threshold)
        step = self._grouping.step(self._progress.incidents, values.interval, hits, standing, search.of)
        for state, group in step.changes:
            self._tell(state, group)
        self._progress.incidents = step.incidents
        self.report.intervals += 1
        self.report.series += len(values.values)
        self.report.anomalies += len(hits)
        self.report.suppressed.update(str(hit.suppressed) for hit in found if hit.suppressed)
        self.report.last = values.interval

    def _note(self, scores: IntervalScores) -> None:
        self.report.learning = int(scores.learning.sum())
        self.report.learned, self.report.needed = min(scores.learned, scores.needed), scores.needed
        self.report.refused = scores.refused

    def _tell(self, state: IncidentState, group: AnomalyGroup) -> None:
        self._progress.outbox += (alert_event(state, group, self._config, self._around.names).to_json(),)
        self.report.started += state is IncidentState.STARTED
        self.report.ended += state is IncidentState.ENDED
        if state is not IncidentState.ENDED:
            self.report.severities.append(group.severity)


def _exact(hit: SeriesScore, values: IntervalValues) -> SeriesScore:
    """The score with the value as it was published: the model computes in single precision."""
    return replace(hit, value=values.values.get((hit.measure, hit.dimensions)))
