"""Incidents: which series belong together over time, and when it is over.

An incident keeps the series it has hit. In a later interval they continue it; series hit beside them join it as long
as they are fewer than its own, or while it is young. As many or more are a new incident, which alerts: one series that
stays anomalous for days must not hide what else happens to its measure. (Which of them an interval's group is told of:
groups.py.)

It ends when QUIET_INTERVALS scored intervals in a row had no anomaly of its series: a shorter pause belongs to it, so a
value that flickers about the threshold does not alert again and again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from tidegate.contracts.anomaly import AnomalyGroup, Kind, SeriesScore
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import DimensionValues

QUIET_INTERVALS: Final = 2
YOUNG_INTERVALS: Final = 2
"""So many intervals after its first one an incident still takes in whatever is hit, for it is only unfolding."""
MAX_MEMBERS: Final = 100
"""An incident of more series counts as one of the whole measure, so that what is kept of it stays small."""


@dataclass(frozen=True, slots=True)
class Incident:
    """An open incident of one measure.

    started: the first interval's start. last: the latest anomalous interval. severity, kind: the highest and the latest
    that was told. members: the series ever hit, sorted; None when they are too many to tell from the whole measure.
    age, quiet: scored intervals since the first and since the last anomalous one.
    """

    group_id: str
    measure: str
    started: int
    last: Interval
    severity: float
    kind: Kind
    members: tuple[DimensionValues, ...] | None
    age: int = 0
    quiet: int = 0

    @classmethod
    def begun(cls, group: AnomalyGroup, series: Sequence[SeriesScore]) -> Self:
        """The incident whose first group this is. series: those of the group that are its own."""
        members = _bounded(score.dimensions for score in series)
        return cls(group.group_id, group.measure, group.started, group.interval, group.severity, group.kind, members)

    def has(self, score: SeriesScore) -> bool:
        """Has it hit this series of its measure?"""
        return self.members is None or score.dimensions in self.members

    def takes(self, newcomers: Sequence[SeriesScore], *, is_hit: bool) -> bool:
        """Do series hit beside its own belong to it? is_hit: some of its own are hit too."""
        if self.age <= YOUNG_INTERVALS:
            return is_hit or not self.is_over
        return is_hit and (self.members is None or len(newcomers) < len(self.members))

    def older(self) -> Self:
        """The incident one interval later, before it is known whether the interval is quiet."""
        return replace(self, age=self.age + 1, quiet=self.quiet + 1)

    def seen_again(self, interval: Interval, series: Sequence[SeriesScore]) -> Self:
        """The incident after one more interval. series: those hit that are its own."""
        if not series:
            return self
        hit = (score.dimensions for score in series)
        members = None if self.members is None else _bounded((*self.members, *hit))
        return replace(self, last=interval, members=members, quiet=0)

    def told(self, group: AnomalyGroup) -> Self:
        """The incident after this group of it was told."""
        return replace(self, severity=max(self.severity, group.severity), kind=group.kind)

    @property
    def is_hit(self) -> bool:
        """Is its latest interval anomalous?"""
        return self.quiet == 0

    @property
    def is_over(self) -> bool:
        return self.quiet >= QUIET_INTERVALS

    def as_group(self) -> AnomalyGroup:
        """What is told at its end: no series are hit any more."""
        return AnomalyGroup(self.group_id, self.measure, self.started, self.last, self.severity, self.kind, ())


def _bounded(members: Iterable[DimensionValues]) -> tuple[DimensionValues, ...] | None:
    distinct = sorted(set(members))
    return tuple(distinct) if len(distinct) <= MAX_MEMBERS else None
