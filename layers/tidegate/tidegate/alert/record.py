"""The record of an anomaly: what is known of one incident, merged from its events in whatever order they come."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.alert_time import AlertTime
from tidegate.contracts.anomaly import Kind, Outcome
from tidegate.contracts.feedback import Peak, Verdict, merged_peaks, peaks_of
from tidegate.contracts.incident_facts import IncidentState
from tidegate.contracts.interval import Interval


class Notice(StrEnum):
    """What is told about an incident, each once."""

    STARTED = "started"
    ENDED = "ended"


class Feedback(StrEnum):
    """What a person said of an anomaly: that it was one, or not."""

    YES = "yes"
    NO = "no"


def step_name(notice: Notice, action: str = "") -> str:
    """What is claimed and confirmed: the notification of a notice (`started`), or an action (`started_webhook`)."""
    return f"{notice}_{action}" if action else notice.value


@dataclass(frozen=True, slots=True)
class AnomalyRecord:
    """One incident of a detector; an event of another service is an incident that nobody ends.

    started: the first anomalous interval's start. latest: the start of the latest one told of. ended_at: the start of
    the first normal one after it. Seconds since 1970 UTC. outcome: how it ended. severity: the highest. event: the
    severest event, which says what is worth knowing: the last ones tell how an incident fades. told: the steps that are
    done: notices that went out, actions that were taken. feedback: a person's. version: grows with each merge; a write
    names the one it read. peaks: how far each series deviated at most, for what a person may say of it.
    """

    event: AlertEvent
    started: int
    latest: int
    severity: float
    state: IncidentState
    ended_at: int | None = None
    told: frozenset[str] = frozenset()
    feedback: Feedback | None = None
    version: int = 1
    peaks: tuple[Peak, ...] = ()
    outcome: Outcome | None = None

    @classmethod
    def of(cls, event: AlertEvent) -> Self:
        """The record that an incident's first event makes."""
        latest = _latest(event)
        started = event.facts.started if event.facts else latest
        return cls(
            event=event,
            started=started,
            latest=latest,
            severity=event.score,
            state=state_of(event),
            ended_at=_ended_at(event),
            peaks=peaks_of(event),
            outcome=_outcome(event),
        )

    def merged(self, event: AlertEvent) -> Self:
        """The record with what an event adds; the same record when that is nothing."""
        latest, ended_at = _latest(event), _ended_at(event)
        merged = replace(
            self,
            event=event if _says_more(event, self.event) else self.event,
            started=min(self.started, event.facts.started if event.facts else latest),
            latest=max(self.latest, latest),
            severity=max(self.severity, event.score),
            state=_later(self.state, state_of(event)),
            ended_at=self.ended_at if ended_at is None else ended_at,
            peaks=merged_peaks(self.peaks, peaks_of(event)),
            outcome=_outcome(event) or self.outcome,
        )
        return self if merged == self else replace(merged, version=self.version + 1)

    def verdicts(
        self, feedback: Feedback, given: int, dimensions: Collection[tuple[str, str]] = ()
    ) -> tuple[Verdict, ...]:
        """What feedback says of each series with all these dimension values. given: seconds since 1970 UTC."""
        return tuple(
            Verdict(self.event_id, self.event.measure, peak, feedback is Feedback.YES, given)
            for peak in self.peaks or peaks_of(self.event)  # a record of an earlier release has no peaks
            if set(dimensions) <= set(peak.dimensions)
        )

    def judged(self, feedback: Feedback | None) -> Self:
        """The record with what a person said of it."""
        return replace(self, feedback=feedback)

    @property
    def event_id(self) -> str:
        return self.event.alert_event_id

    @property
    def detector(self) -> str:
        return self.event.detector

    @property
    def kind(self) -> Kind | None:
        return self.event.facts.kind if self.event.facts else None

    def event_of(self, notice: Notice) -> AlertEvent:
        """The event that a notice tells: the severest known, at the end with state, time and interval of the end."""
        facts, ended_at = self.event.facts, self.ended_at
        if notice is Notice.STARTED or facts is None or ended_at is None:
            return self.event
        time, state = AlertTime.of(ended_at, self.event.time.zone), IncidentState.ENDED
        last = Interval(ended_at - (facts.interval.end - facts.interval.start), ended_at)
        return replace(self.event, time=time, facts=replace(facts, state=state, outcome=self.outcome, interval=last))

    @property
    def lasted_until(self) -> int:
        """The end of the latest interval told of, or of the incident, seconds since 1970 UTC.

        Of another service's, whose length is not known, right behind its beginning.
        """
        facts = self.event.facts
        length = facts.interval.end - facts.interval.start if facts else 1
        return self.ended_at or self.latest + length


def state_of(event: AlertEvent) -> IncidentState:
    """An event's state; those of other services tell of a beginning."""
    return event.facts.state if event.facts else IncidentState.STARTED


def _latest(event: AlertEvent) -> int:
    return event.facts.interval.start if event.facts else int(event.time.instant)


def _ended_at(event: AlertEvent) -> int | None:
    return event.facts.interval.end if event.facts and state_of(event) is IncidentState.ENDED else None


def _outcome(event: AlertEvent) -> Outcome | None:
    return event.facts.outcome if event.facts else None


def _says_more(event: AlertEvent, known: AlertEvent) -> bool:
    """Is it severer, or of a later interval and as severe? The event of an end names no series: any other says more."""
    if state_of(event) is IncidentState.ENDED:
        return False
    return state_of(known) is IncidentState.ENDED or (event.score, _latest(event)) > (known.score, _latest(known))


def _later(one: IncidentState, other: IncidentState) -> IncidentState:
    order = list(IncidentState)
    return max(one, other, key=order.index)
