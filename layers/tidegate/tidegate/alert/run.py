"""One alert event: recorded, and told once.

A record is merged from events in any order. A notice (that an incident started, that it ended) is claimed by a
conditional write, published, confirmed. Whoever finds it told does nothing; whoever finds it held by another raises
TransientError, and Lambda brings the event again. A claim that a crash left behind is taken over once its owner cannot
be running any more. Only a crash between SNS' taking the message and the confirmation makes a notice go out twice.

The end is told only of what was told before. Each of the two sides writes first and then reads what the other wrote,
so whichever comes last tells it.
"""

from dataclasses import dataclass
from typing import Final

from tidegate.alert.filters import is_wanted
from tidegate.alert.messages import notification
from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.alert.sizes import fitted
from tidegate.alert.stores import Anomalies, Claim, Claimed, Notifications
from tidegate.config import DetectorConfig
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.errors import Conflict, TransientError
from tidegate.contracts.incident_facts import IncidentState

MERGE_ATTEMPTS: Final = 5
DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an invocation works with."""

    config: DetectorConfig
    anomalies: Anomalies
    notifications: Notifications


@dataclass(frozen=True, slots=True)
class AlertReport:
    """What became of an event. notices: those that it made go out; is_new: it began a record."""

    record: AnomalyRecord
    notices: tuple[Notice, ...]
    is_new: bool


def run(document: object, claim: Claim, around: Surroundings) -> AlertReport:
    """Take one alert event as it came.

    Raises MalformedAlert, TransientError (bring it again), and what the topic raises when only a person can mend it.
    """
    event = fitted(AlertEvent.parse(document))
    record, is_new = _merge(event, claim.now, around)
    notices = []
    for notice in Notice:
        if _is_due(record, notice, around.config):
            record, is_mine = _tell(record, notice, claim, around)
            notices += [notice] if is_mine else []
    return AlertReport(record, tuple(notices), is_new)


def _merge(event: AlertEvent, now: float, around: Surroundings) -> tuple[AnomalyRecord, bool]:
    """Bring the event into its record; also says whether there was none before."""
    expires = int(now) + around.config.anomaly_retention_days * DAY
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


def _is_due(record: AnomalyRecord, notice: Notice, config: DetectorConfig) -> bool:
    if notice in record.told:
        return False
    if notice is Notice.ENDED:
        return record.state is IncidentState.ENDED and Notice.STARTED in record.told
    return record.is_described and is_wanted(record.event, record.severity, config)


def _tell(record: AnomalyRecord, notice: Notice, claim: Claim, around: Surroundings) -> tuple[AnomalyRecord, bool]:
    """Publish a notice unless another has; returns the record as it is then, and whether it was published here."""
    claimed = around.anomalies.claim(record, notice, claim)
    if claimed is Claimed.HELD:
        raise TransientError(f"{record.event_id}: another invocation is telling that it {notice}")
    if claimed is Claimed.TOLD:
        return around.anomalies.get(record.detector, record.event_id) or record, False
    try:
        around.notifications.publish(notification(record, notice, around.config.alert_format))
    except Exception:
        around.anomalies.release(record, notice, claim)
        raise
    return around.anomalies.confirm(record, notice, claim.now), True
