"""One alert event: recorded, and told once.

A record is merged from events in any order. Two notices, that an incident started and that it ended, each have the
notification and the configured actions as steps. A step is claimed by a conditional write, taken, confirmed. Whoever
finds it done does nothing; whoever finds it held by another fails with TransientError, and Lambda brings the event
again. A claim that a crash left behind is taken over once its owner cannot be running any more. Only a crash between
the step's taking effect and the confirmation makes it happen twice.

An event that only continues an incident does not come again for a step of the start that another holds: the end's event
is still to come, finds in the record all that this one wrote, and does not go before the start is told.

A step that fails does not keep the others from being taken. The end is told only where the start was told before. Each
of the two sides writes first and then reads what the other wrote, so whichever comes last tells it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from tidegate.alert.filters import is_wanted
from tidegate.alert.messages import notification
from tidegate.alert.record import AnomalyRecord, Notice, state_of, step_name
from tidegate.alert.stores import Action, Anomalies, Claim, Claimed, Notifications
from tidegate.config import DetectorConfig
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.errors import Conflict, TransientError
from tidegate.contracts.event_size import fitted
from tidegate.contracts.incident_facts import IncidentState
from tidegate.contracts.interval import DAY_SECONDS

MERGE_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an invocation works with.

    actions: those that are configured, by the name that their steps have in the record. stack: the name that commands
    in a message give; without one there are none.
    """

    config: DetectorConfig
    anomalies: Anomalies
    notifications: Notifications
    actions: Mapping[str, Action] = field(default_factory=dict)
    stack: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that was not taken, and why."""

    step: str
    error: Exception


@dataclass(frozen=True, slots=True)
class AlertReport:
    """What became of an event.

    notices: those that it made go out. actions: the steps beside them that it took. is_new: it began a record.
    failures: what has to come again.
    """

    record: AnomalyRecord
    notices: tuple[Notice, ...]
    actions: tuple[str, ...]
    failures: tuple[Failure, ...]
    is_new: bool

    def raise_failures(self) -> None:
        """Raise the error of the step that failed, or an ExceptionGroup of several."""
        errors = [failure.error for failure in self.failures]
        if len(errors) > 1:
            raise ExceptionGroup(f"{self.record.event_id}: {len(errors)} steps failed", errors)
        for error in errors:
            raise error


def run(document: object, claim: Claim, around: Surroundings) -> AlertReport:
    """Take one alert event as it came. The report names the steps that failed.

    Raises MalformedAlert; TransientError (bring it again) when the record cannot be written.
    """
    event = fitted(AlertEvent.parse(document))
    record, is_new = _merge(event, claim.now, around)
    taken: list[tuple[Notice, str]] = []
    failures: list[Failure] = []
    for name, notice in product(("", *around.actions), Notice):  # notifications first: no action may delay one
        if not _is_due(record, event, notice, name, around.config):
            continue
        try:
            record, is_mine = _take(record, notice, name, claim, around, is_urgent=not _can_wait(event, record, notice))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is raised when the other steps have been taken
            failures.append(Failure(step_name(notice, name), error))
        else:
            taken += [(notice, name)] if is_mine else []
    notices = tuple(notice for notice, name in taken if not name)
    actions = tuple(step_name(notice, name) for notice, name in taken if name)
    return AlertReport(record, notices, actions, tuple(failures), is_new)


def _merge(event: AlertEvent, now: float, around: Surroundings) -> tuple[AnomalyRecord, bool]:
    """Bring the event into its record; also says whether there was none before."""
    expires = int(now) + around.config.anomaly_retention_days * DAY_SECONDS
    for _ in range(MERGE_ATTEMPTS):
        stored = around.anomalies.get(event.detector, event.alert_event_id)
        merged = stored.merged(event) if stored else AnomalyRecord.of(event)
        if merged is stored:
            return merged, False
        try:
            around.anomalies.put(merged, expires)
        except Conflict:
            continue  # another event of the same incident came first: merge into what it made
        fresh = around.anomalies.get(event.detector, event.alert_event_id)
        return fresh or merged, stored is None
    raise TransientError(f"{event.alert_event_id}: {MERGE_ATTEMPTS} other writers came first")


def _is_due(record: AnomalyRecord, event: AlertEvent, notice: Notice, action: str, config: DetectorConfig) -> bool:
    """event: the one that has come; an incident that grows into what is wanted may not be severest then."""
    if step_name(notice, action) in record.told:
        return False
    if notice is Notice.ENDED:
        return record.state is IncidentState.ENDED and step_name(Notice.STARTED, action) in record.told
    described = (known for known in (record.event, event) if state_of(known) is not IncidentState.ENDED)
    return any(is_wanted(known, record.severity, config) for known in described)


def _can_wait(event: AlertEvent, record: AnomalyRecord, notice: Notice) -> bool:
    """May a step that another invocation holds be left to it, and to later events should it have died?"""
    is_open = state_of(event) is IncidentState.CONTINUING and record.state is not IncidentState.ENDED
    return notice is Notice.STARTED and is_open


def _take(
    record: AnomalyRecord, notice: Notice, action: str, claim: Claim, around: Surroundings, *, is_urgent: bool
) -> tuple[AnomalyRecord, bool]:
    """Take a step unless another has; returns the record as it is then, and whether it was taken here.

    is_urgent: a step that another holds raises TransientError; otherwise it is left to the other.
    """
    step = step_name(notice, action)
    claimed = around.anomalies.claim(record, step, claim)
    if claimed is Claimed.HELD and is_urgent:
        raise TransientError(f"{record.event_id}: another invocation is taking the step {step}")
    if claimed is not Claimed.MINE:
        return around.anomalies.get(record.detector, record.event_id) or record, False
    try:
        if action:
            around.actions[action].act(record, notice)
        else:
            around.notifications.publish(notification(record, notice, around.config.alert_format, around.stack))
    except Exception:  # whatever it is goes on to the caller; the step is free for the next try
        around.anomalies.release(record, step, claim)
        raise
    return around.anomalies.confirm(record, step, claim.now), True
