"""What the detector finds: scores of series, and anomalies as groups of them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from tidegate.contracts.interval import Interval
from tidegate.contracts.series import DimensionValues


class Kind(StrEnum):
    """What sort of incident an anomaly is."""

    SPIKE = "spike"
    DIP = "dip"
    SHIFT = "shift"
    SAG = "sag"
    NOISE = "noise"
    FLAT = "flat"
    SILENCE = "silence"
    IMPOSSIBLE = "impossible"


class Outcome(StrEnum):
    """How an incident ended: its series are as they were, stay as they are, or are no longer compared with the past."""

    RECOVERED = "recovered"
    NEW_NORMAL = "new_normal"
    RECONFIGURED = "reconfigured"


class SuppressedBy(StrEnum):
    """What keeps an anomaly from alerting."""

    CALENDAR = "calendar"
    DIRECTION = "direction"
    LEAST = "least"


class Suppression(NamedTuple):
    """Why an anomaly does not alert. name: the calendar entry's name, the direction that does alert, or empty."""

    by: SuppressedBy
    name: str = ""

    def __str__(self) -> str:
        """As files and pages show it: `calendar: black friday`, `direction: dips`, `least`."""
        return f"{self.by}: {self.name}" if self.name else self.by.value


@dataclass(frozen=True, slots=True)
class SeriesScore:
    """One series in one interval.

    value: None when absent. expected, lower, upper: None while the model is still learning the series.
    severity: 0 to 100; kind: what it looks like when severity reaches the threshold, else None. suppressed: why it does
    not alert although its severity would.
    """

    measure: str
    dimensions: DimensionValues
    value: float | None
    expected: float | None
    lower: float | None
    upper: float | None
    severity: float
    kind: Kind | None = None
    suppressed: Suppression | None = None


@dataclass(frozen=True, slots=True)
class RootCause:
    """Dimension values that explain an anomaly: all series with these values deviate alike.

    dimensions: (name, value), in the configured order; empty: all series of the measure. percent: how much of the
    deviation of the series hit lies there, 1 to 100.
    """

    dimensions: tuple[tuple[str, str], ...]
    percent: int


@dataclass(frozen=True, slots=True)
class AnomalyGroup:
    """The series of one measure that are anomalous together: one incident.

    group_id: a UUID, the same for the incident's whole life and on every re-run. started: the first interval's start;
    interval: the latest interval of the incident. series: those of it that are hit, worst first. hit_beside: how many
    more series of the measure are hit, in incidents that began earlier. contributions: dimension name ->
    (value, integer percent) descending, adding up to 100. causes: other measures with a percentage, strongest first.
    root_causes: the smallest set of dimension values that explains it, strongest first; empty where none stands out.
    suppressed: why it did not alert. outcome: how it ended, None before.
    """

    group_id: str
    measure: str
    started: int
    interval: Interval
    severity: float
    kind: Kind
    series: tuple[SeriesScore, ...]
    contributions: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    causes: tuple[tuple[str, int], ...] = ()
    root_causes: tuple[RootCause, ...] = ()
    suppressed: Suppression | None = None
    hit_beside: int = 0
    outcome: Outcome | None = None
