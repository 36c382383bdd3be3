"""The alert event of Amazon Lookout for Metrics: what a detector sends to the alert function, bare.

`AlertEvent.parse` reads every form that Lookout sent (with and without `consoleUrl` and `anomalyGroupId`, a null
`alertDescription`, any time zone, no dimension or ten) and keeps fields that it does not know. `to_document` writes
the youngest form. Our own events carry one more field, `tidegate`, that Lookout's consumers pass over.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from tidegate.contracts.alert_time import AlertTime
from tidegate.contracts.fields import Fields, plain
from tidegate.contracts.incident_facts import IncidentFacts

_EVENT: Final = ":event/"


@dataclass(frozen=True, slots=True)
class DimensionContribution:
    """How much each value of one dimension contributes: (value, integer percent), descending."""

    name: str
    values: tuple[tuple[str, int], ...]
    extra: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def parse(cls, fields: Fields) -> Self:
        name = fields.text("dimensionName")
        values = tuple(
            (item.any_text("dimensionValue"), item.whole("valueContribution", 0, 100))
            for item in fields.children("dimensionValueContributions")
        )
        return cls(name, values, fields.rest())

    def to_document(self) -> dict[str, object]:
        values = [value_document(value, percent) for value, percent in self.values]
        return {"dimensionName": self.name, "dimensionValueContributions": values, **self.extra}


@dataclass(frozen=True, slots=True)
class RelevantSeries:
    """One series that is hit. dimensions: (name, value), alphabetical. value: 0 where the series was absent."""

    series_id: str
    dimensions: tuple[tuple[str, str], ...]
    value: float
    extra: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def parse(cls, fields: Fields) -> Self:
        name, value = fields.text("timeSeriesId"), fields.number("metricValue")
        dimensions = tuple(
            (item.text("dimensionName"), item.any_text("dimensionValue")) for item in fields.children("dimensions")
        )
        return cls(name, dimensions, value, fields.rest())

    def to_document(self) -> dict[str, object]:
        dimensions = [{"dimensionName": name, "dimensionValue": value} for name, value in self.dimensions]
        values = {"timeSeriesId": self.series_id, "dimensions": dimensions, "metricValue": plain(self.value)}
        return {**values, **self.extra}


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One alert event. score: 0 to 100. facts: our extra field; None in events of others.

    group_id, console_url: None where the form of 2021 lacks them. extra, metric_extra: fields that are no part of the
    form, of the event and of its impactedMetric.
    """

    alert_name: str
    alert_event_id: str
    detector_arn: str
    alert_arn: str
    measure: str
    contributions: tuple[DimensionContribution, ...]
    series: tuple[RelevantSeries, ...]
    time: AlertTime
    score: float
    description: str | None = None
    console_url: str | None = None
    group_id: str | None = None
    facts: IncidentFacts | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
    metric_extra: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def parse(cls, document: object) -> Self:
        """Read a document of any form; MalformedAlert names the path of the first field that is wrong."""
        fields = Fields(document)
        metric = fields.child("impactedMetric")
        return cls(
            alert_name=fields.text("alertName"),
            alert_event_id=fields.text("alertEventId"),
            detector_arn=fields.text("anomalyDetectorArn"),
            alert_arn=fields.text("alertArn"),
            measure=metric.text("metricName"),
            contributions=tuple(DimensionContribution.parse(item) for item in metric.children("dimensionContribution")),
            series=tuple(RelevantSeries.parse(item) for item in metric.children("relevantTimeSeries")),
            time=AlertTime.parse(fields.text("timestamp"), "timestamp"),
            score=fields.number("anomalyScore", 0, 100),
            description=fields.optional_text("alertDescription"),
            console_url=fields.optional_text("consoleUrl"),
            group_id=fields.optional_text("anomalyGroupId"),
            facts=IncidentFacts.parse(fields.child("tidegate")) if fields.has("tidegate") else None,
            extra=fields.rest(),
            metric_extra=metric.rest(),
        )

    def to_document(self) -> dict[str, object]:
        """The event as JSON: the form of 2022, or of 2021 where link and group are unknown."""
        return {
            "anomalyDetectorArn": self.detector_arn,
            "anomalyScore": plain(round(self.score, 2)),
            **({"consoleUrl": self.console_url} if self.console_url else {}),
            **({"anomalyGroupId": self.group_id} if self.group_id else {}),
            "alertName": self.alert_name,
            "alertArn": self.alert_arn,
            "alertEventId": self.alert_event_id,
            "alertDescription": self.description,
            "impactedMetric": {
                "metricName": self.measure,
                "dimensionContribution": [item.to_document() for item in self.contributions],
                "relevantTimeSeries": [item.to_document() for item in self.series],
                **self.metric_extra,
            },
            "timestamp": self.time.text,
            **({"tidegate": self.facts.to_document()} if self.facts else {}),
            **self.extra,
        }

    def to_json(self) -> str:
        """The event as one line of JSON; the same event gives the same text."""
        return json.dumps(self.to_document(), separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    @property
    def group(self) -> str:
        """The anomaly group's id, taken from the alertEventId where the field is absent."""
        return self.group_id or self.alert_event_id.rpartition(_EVENT)[2]

    @property
    def detector(self) -> str:
        """The detector's name: the last part of its ARN."""
        return self.detector_arn.rpartition(":")[2]


def value_document(value: str, percent: int) -> dict[str, object]:
    """One value of a DimensionContribution as an event has it."""
    return {"dimensionValue": value, "valueContribution": percent}


def alert_event_id(alert_arn: str, group_id: str) -> str:
    """Lookout's form of an alert event's id."""
    return f"{alert_arn}{_EVENT}{group_id}"


def series_id(detector: str, measure: str, dimensions: Sequence[tuple[str, str]]) -> str:
    """128 lowercase hexadecimal characters that name a series of a detector for good."""
    key = json.dumps([detector, measure, sorted(dimensions)], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha512(key.encode("utf-8", "surrogatepass")).hexdigest()
