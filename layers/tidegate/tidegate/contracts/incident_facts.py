"""What our own alert events say beyond Lookout's form: the extra field `tidegate`.

An incident begins, goes on and ends; each interval in which it is seen sends one event of the same alertEventId. All
instants are ISO 8601 in UTC.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from tidegate.contracts.alert_time import parse_utc, utc_text
from tidegate.contracts.anomaly import Kind, Outcome, RootCause
from tidegate.contracts.errors import MalformedAlert
from tidegate.contracts.fields import Fields, plain
from tidegate.contracts.interval import Interval

VERSION: Final = 1
MAX_SERIES_HIT: Final = 10_000_000


class IncidentState(StrEnum):
    """Where in its life an incident is."""

    STARTED = "started"
    CONTINUING = "continuing"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """One series of `relevantTimeSeries`, at the same place in the list. Numbers as in SeriesScore.

    kind: what the series itself looks like; None in events of earlier releases.
    """

    value: float | None
    expected: float | None
    lower: float | None
    upper: float | None
    severity: float
    kind: Kind | None = None

    @classmethod
    def parse(cls, fields: Fields) -> Self:
        return cls(
            fields.optional_number("value"),
            fields.optional_number("expected"),
            fields.optional_number("lower"),
            fields.optional_number("upper"),
            fields.number("severity", 0, 100),
            _choice(Kind, fields, "kind") if fields.has("kind") else None,
        )

    def to_document(self) -> dict[str, object]:
        numbers = {"value": self.value, "expected": self.expected, "lower": self.lower, "upper": self.upper}
        document: dict[str, object] = {
            name: None if number is None else plain(number) for name, number in numbers.items()
        }
        return document | {"severity": round(self.severity, 2)} | ({"kind": self.kind.value} if self.kind else {})


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """The incident behind an event.

    started: the first anomalous interval's start. interval: the latest anomalous interval; when the state is ended,
    its end is when things were normal again. series_hit: how many series were hit; the event lists only the worst.
    hit_beside: how many more series of the measure are hit, in incidents told of earlier. outcome: how it ended.
    kind: the commonest of the series hit. related: other measures with the percentage of the same series that were
    anomalous too, strongest first.
    root_causes: the smallest set of dimension values that explains the deviation, strongest first.
    """

    state: IncidentState
    kind: Kind
    started: int
    interval: Interval
    series_hit: int
    series: tuple[SeriesFacts, ...] = ()
    related: tuple[tuple[str, int], ...] = ()
    root_causes: tuple[RootCause, ...] = ()
    hit_beside: int = 0
    outcome: Outcome | None = None

    @classmethod
    def parse(cls, fields: Fields) -> Self:
        """Read the object of this version; MalformedAlert names the field. Unknown fields are passed over."""
        _check_version(fields)
        return cls(
            state=_choice(IncidentState, fields, "state"),
            kind=_choice(Kind, fields, "kind"),
            started=_instant(fields, "startedAt"),
            interval=Interval(_instant(fields, "intervalStart"), _instant(fields, "intervalEnd")),
            series_hit=fields.whole("seriesHit", 0, MAX_SERIES_HIT),
            series=tuple(SeriesFacts.parse(item) for item in fields.children("series")),
            related=tuple(
                (item.text("metricName"), item.whole("percent", 0, 100)) for item in fields.children("relatedMeasures")
            ),
            root_causes=tuple(_root_cause(item) for item in fields.children("rootCauses"))
            if fields.has("rootCauses")
            else (),
            hit_beside=fields.whole("seriesHitBeside", 0, MAX_SERIES_HIT) if fields.has("seriesHitBeside") else 0,
            outcome=_choice(Outcome, fields, "outcome") if fields.has("outcome") else None,
        )

    def to_document(self) -> dict[str, object]:
        beside = {"seriesHitBeside": self.hit_beside} if self.hit_beside else {}
        outcome = {"outcome": self.outcome.value} if self.outcome else {}
        return {
            "version": VERSION,
            "state": self.state.value,
            "kind": self.kind.value,
            "startedAt": utc_text(self.started),
            "intervalStart": utc_text(self.interval.start),
            "intervalEnd": utc_text(self.interval.end),
            "seriesHit": self.series_hit,
            "series": [item.to_document() for item in self.series],
            "relatedMeasures": [{"metricName": name, "percent": percent} for name, percent in self.related],
            "rootCauses": [cause_document(cause) for cause in self.root_causes],
            **beside,
            **outcome,
        }


def cause_document(cause: RootCause) -> dict[str, object]:
    """A root cause as an event has it."""
    dimensions = [{"dimensionName": name, "dimensionValue": value} for name, value in cause.dimensions]
    return {"dimensions": dimensions, "percent": cause.percent}


def _root_cause(fields: Fields) -> RootCause:
    dimensions = (
        (item.text("dimensionName"), item.any_text("dimensionValue")) for item in fields.children("dimensions")
    )
    return RootCause(tuple(dimensions), fields.whole("percent", 0, 100))


def _check_version(fields: Fields) -> None:
    version = fields.number("version")
    if version != VERSION:
        raise MalformedAlert(fields.path("version"), f"is {version:g}; the version known here is {VERSION}")


def _instant(fields: Fields, name: str) -> int:
    return parse_utc(fields.text(name), fields.path(name))


def _choice[Choice: StrEnum](choices: type[Choice], fields: Fields, name: str) -> Choice:
    text = fields.text(name)
    try:
        return choices(text)
    except ValueError:
        raise MalformedAlert(fields.path(name), f"must be one of {', '.join(choices)}") from None
