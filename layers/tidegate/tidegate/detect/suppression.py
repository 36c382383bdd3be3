"""What becomes of an anomaly that a rule or a planned time keeps from alerting.

It begins no incident and joins none. But where an incident was told of before a planned time, what that time suppresses
of its series still belongs to it: else it would end there, and begin and alert again behind it. An incident that begins
in a planned time and goes on behind it begins, and alerts, with the first interval behind it.
"""

from collections.abc import Iterable, Sequence

from tidegate.contracts.anomaly import SeriesScore, SuppressedBy
from tidegate.detect.incidents import Incident


def told(hits: Iterable[SeriesScore], incidents: Sequence[Incident]) -> list[SeriesScore]:
    """The series hit that alert, or that continue an open incident in a planned time."""
    return [hit for hit in hits if hit.suppressed is None or _goes_on(hit, incidents)]


def _goes_on(hit: SeriesScore, incidents: Sequence[Incident]) -> bool:
    if hit.suppressed is None or hit.suppressed.by is not SuppressedBy.CALENDAR:
        return False
    return any(incident.measure == hit.measure and incident.has(hit) for incident in incidents)
