"""What a run of detect did."""

from collections import Counter
from dataclasses import dataclass, field

from tidegate.contracts.interval import Interval
from tidegate.detect.stores import Failure


@dataclass(slots=True)
class DetectReport:
    """Counts over all intervals of a run.

    intervals, series: scored ones. history: intervals of before the detector began, only learned. learning, refused:
    series of the latest interval that are not learned yet, and those beyond the model's limit. learned, needed: points
    of the series seen most, at most as many as a series needs before it is scored ("learning 120 of 300"). anomalies:
    series at or above the threshold that alert; suppressed: how many do not, by reason. started, ended: incidents.
    severities: of the incidents that began or went on, one an interval. last: the latest interval that was scored.
    failures: intervals that could not be read. incomplete: intervals that were not scored, since records may be
    missing. is_behind: time ran out before the last published interval was scored and all events were sent.
    is_superseded: another run was faster, and what this one did counts no more. refused_events: alertEventId and fault
    of each event that would never be taken. refused_states: key and fault of each snapshot that could not be used.
    relearned: intervals that an older model learned again for that.
    """

    intervals: int = 0
    series: int = 0
    history: int = 0
    learning: int = 0
    learned: int = 0
    needed: int = 0
    refused: int = 0
    anomalies: int = 0
    suppressed: Counter[str] = field(default_factory=Counter)
    started: int = 0
    ended: int = 0
    severities: list[float] = field(default_factory=list)
    last: Interval | None = None
    failures: tuple[Failure, ...] = ()
    incomplete: tuple[Interval, ...] = ()
    is_behind: bool = False
    is_superseded: bool = False
    refused_events: tuple[str, ...] = ()
    refused_states: tuple[str, ...] = ()
    relearned: int = 0
