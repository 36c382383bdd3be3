"""The detector over a history, interval by interval."""

from collections.abc import Callable
from dataclasses import dataclass

from local.backtest.incidents import Incidents
from local.backtest.kept import KeptScores
from local.backtest.scores_file import ScoresFile
from local.history.aggregate import History
from local.history.spans import interval_count, intervals
from tidegate.config import DetectorConfig
from tidegate.detect.detector import Detector


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run found.

    judged_from: start of the first interval behind the first share, seconds since 1970 UTC. intervals: learned; judged:
    of these, intervals behind the first share in which a series was known well enough to be judged. learning: series
    that are not learned at the end, and so were never judged.
    """

    incidents: Incidents
    kept: KeptScores
    judged_from: int
    intervals: int
    judged: int
    learning: int

    def share(self) -> str:
        """How many intervals were judged, for people."""
        return f"{self.judged:,} of {self.intervals:,}, after {self.intervals - self.judged:,} learned"


def judge(
    history: History, config: DetectorConfig, train: float, scores_file: ScoresFile, advance: Callable[[int], None]
) -> Judged:
    """Score all intervals; the anomalies of the first share, `train`, are scored like the others but not gathered."""
    detector, incidents, kept = Detector(config), Incidents(config), KeptScores()
    training = int(train * interval_count(history))
    judged_from, number, judged, learning = int(history.starts[0]), 0, 0, 0
    for number, values in enumerate(intervals(history), start=1):
        scores = detector.observe(values)
        scores_file.write(values, scores)
        kept.add(scores)
        learning = int(scores.learning.sum())
        if number > training:
            incidents.add(scores)
            judged += not scores.learning.all()
        else:
            judged_from = values.interval.end
        advance(1)
    return Judged(incidents, kept, judged_from, number, judged, learning)
