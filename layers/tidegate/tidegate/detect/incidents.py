"""Incidents: which series belong together over time, and when it is over.

An incident keeps the series it has hit. In a later interval they continue it; series hit beside them join it as long
as they are fewer than its own, or while it is young. As many or more are a new incident, which alerts: one series that
stays anomalous for days must not hide what else happens to its measure. (Which of them an interval's group is told of:
groups.py.)

It goes on in an interval in which a twentieth of its series is hit, or half of them are off, far from what their season
lets expect: an alarm is sudden, and passes long before what it told of. QUIET_INTERVALS others in a row end it: a
shorter pause belongs to it, so a value that flickers about the threshold does not alert again and again. How it ended
is told: where half of its series stay as they are, because a deviation that lasts becomes the normal state, it is no
recovery.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final, Self

from tidegate.contracts.anomaly import AnomalyGroup, Kind, Outcome, SeriesScore
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import DimensionValues, SeriesKey
from tidegate.detect.scores import Standing

QUIET_INTERVALS: Final = 2
YOUNG_INTERVALS: Final = 2
"""So many intervals after its first one an incident still takes in whatever is hit, for it is only unfolding."""
HIT_SHARE: Final = 0.05
"""An incident of very many series does not go on for the few that are always hit somewhere."""
LASTING_SHARE: Final = 0.5
"""What as many of its series do, an incident does."""


@dataclass(frozen=True, slots=True)
class Incident:
    """An open incident of one measure.

    started: the first interval's start. last: the latest interval in which it went on. severity, kind: the highest and
    the latest that was told. members: the series ever hit. age, quiet: scored intervals since the first one and since
    the last one in which it went on.
    """

    group_id: str
    measure: str
    started: int
    last: Interval
    severity: float
    kind: Kind
    members: frozenset[DimensionValues]
    age: int = 0
    quiet: int = 0

    @classmethod
    def begun(cls, group: AnomalyGroup) -> Self:
        """The incident whose first group this is."""
        members = frozenset(score.dimensions for score in group.series)
        return cls(group.group_id, group.measure, group.started, group.interval, group.severity, group.kind, members)

    def has(self, score: SeriesScore) -> bool:
        """Has it hit this series of its measure?"""
        return score.dimensions in self.members

    def takes(self, newcomers: Sequence[SeriesScore], *, is_hit: bool) -> bool:
        """Do series hit beside its own belong to it? is_hit: some of its own are hit too."""
        if self.age <= YOUNG_INTERVALS:
            return is_hit or not self.is_over
        return is_hit and len(newcomers) < len(self.members)

    def older(self) -> Self:
        """The incident one interval later, before it is known whether it goes on."""
        return replace(self, age=self.age + 1, quiet=self.quiet + 1)

    def after(self, interval: Interval, series: Sequence[SeriesScore], standing: Standing) -> Self:
        """The incident after this interval. series: those hit that are its own."""
        members = self.members.union(score.dimensions for score in series)
        joined = replace(self, members=members)
        enough = max(ceil(HIT_SHARE * len(members)), 1)
        goes_on = len(series) >= enough or joined._share(standing.off) >= LASTING_SHARE
        return replace(joined, last=interval, quiet=0) if goes_on else joined

    def _share(self, series: Collection[SeriesKey]) -> float:
        """Which part of its members is among these?"""
        return sum((self.measure, member) in series for member in self.members) / max(len(self.members), 1)

    def told(self, group: AnomalyGroup) -> Self:
        """The incident after this group of it was told."""
        return replace(self, severity=max(self.severity, group.severity), kind=group.kind)

    @property
    def is_over(self) -> bool:
        return self.quiet >= QUIET_INTERVALS

    def ended(self, standing: Standing) -> AnomalyGroup:
        """What is told at its end: no series are hit any more."""
        since = {key for key, intervals in standing.renewed.items() if intervals <= self.age}
        lasts = self._share(since) >= LASTING_SHARE
        return self._over(Outcome.NEW_NORMAL if lasts else Outcome.RECOVERED)

    def abandoned(self) -> AnomalyGroup:
        """What is told when a changed configuration ends it."""
        return self._over(Outcome.RECONFIGURED)

    def _over(self, outcome: Outcome) -> AnomalyGroup:
        return AnomalyGroup(
            self.group_id, self.measure, self.started, self.last, self.severity, self.kind, (), outcome=outcome
        )
