"""Which anomalies are meant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from tidegate.alert.record import AnomalyRecord
from tidegate.alert.text import cleaned
from tidegate.contracts.errors import InputError


@dataclass(frozen=True, slots=True)
class Selection:
    """What to choose by; everything must hold.

    since, until: seconds since 1970 UTC; an incident counts that was open at some time between them. severity: at
    least. measures: one of them, or none for all. dimensions: (name, value), all in one series or contribution each.
    """

    since: float = float("-inf")
    until: float = float("inf")
    severity: float = 0.0
    measures: frozenset[str] = frozenset()
    dimensions: tuple[tuple[str, str], ...] = ()

    def takes(self, record: AnomalyRecord) -> bool:
        """Does this anomaly count?"""
        if record.latest < self.since or record.started >= self.until or record.severity < self.severity:
            return False
        if self.measures and record.event.measure not in self.measures:
            return False
        wanted = set(self.dimensions)
        if any(wanted <= set(series.dimensions) for series in record.event.series):
            return True
        contributing = {(item.name, value) for item in record.event.contributions for value, _ in item.values}
        return wanted <= contributing


def by_time(records: Iterable[AnomalyRecord]) -> list[AnomalyRecord]:
    """The latest beginning last, where a terminal shows it."""
    return sorted(records, key=lambda record: (record.started, record.event_id))


def named(records: Sequence[AnomalyRecord], group: str) -> AnomalyRecord:
    """The anomaly of a group's id, of the beginning of one, or of a whole alertEventId.

    Raises InputError when there is none, or several: of Lookout's groups each alert is an anomaly of its own.
    """
    found = [record for record in records if group in (record.event.group, record.event_id)]
    found = found or [record for record in records if record.event.group.startswith(group)]
    if not found:
        raise InputError(group, "is no anomaly here; `tidegate anomalies list` shows those there are")
    if len(found) > 1:
        shown = ", ".join(sorted(cleaned(record.event_id, 200) for record in found)[:5])
        raise InputError(group, f"is not one anomaly but {len(found)}; give one's alertEventId: {shown}")
    return found[0]


def short_length(records: Sequence[AnomalyRecord]) -> int:
    """How many characters of their ids tell groups apart; at least 8."""
    groups = {record.event.group for record in records}
    return next(size for size in count(8) if len({group[:size] for group in groups}) == len(groups))
