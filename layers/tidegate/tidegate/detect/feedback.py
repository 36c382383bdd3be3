"""What people have said of anomalies, as the detector uses it.

"Not an anomaly" raises the line of its series for deviations like the one that was judged: of the same form, and not
much larger. With s the judged score and t the threshold's (1 is the line), a deviation's score is divided by

    1 + w * (MARGIN * s / t - 1),     w = 1 up to MARGIN times the judged size, falling to 0 at FAR times,

so the same again stays a fifth below the threshold, and one of twice the size scores as if nothing had been said. Of
noise, flat lines and series without a band, the score itself is the size. "An anomaly", said later of a deviation that
a tolerance would lower, takes the tolerance away.

Which tolerances hold is decided at a checkpoint and stored in the notes that the cursor names, with what each has done:
an interval that is scored again after a crash is scored with the same ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tidegate.contracts.anomaly import SeriesScore
from tidegate.contracts.event_size import told_value
from tidegate.contracts.feedback import Form, Verdict, form_of, score_of, size_of
from tidegate.contracts.series import SeriesKey
from tidegate.detect.scores import IntervalScores
from tidegate.detect.severity import severity

MARGIN: Final = 1.25
FAR: Final = 2.0
MAX_TOLERANCES: Final = 500
"""The latest count; every checkpoint stores them all."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A verdict that lowers scores.

    spared: how many intervals it kept below the threshold; latest: the start of the last one, seconds since 1970 UTC.
    """

    verdict: Verdict
    spared: int = 0
    latest: int | None = None

    def divisor(self, form: Form, size: float | None, score: float, threshold: float) -> float:
        """What it divides a deviation's score by: 1 where it has no say. threshold: a severity."""
        judged = self.verdict.peak
        if form is not judged.form:
            return 1.0
        if form in (Form.NOISE, Form.FLAT) or size is None or not judged.size:
            ratio = score / judged.score
        else:
            ratio = size / judged.size
        weight = min(max((FAR - ratio) / (FAR - MARGIN), 0.0), 1.0)
        return 1 + weight * max(MARGIN * judged.score / max(score_of(threshold), 0.01) - 1, 0.0)

    def like(self, verdict: Verdict, threshold: float) -> bool:
        """Would it lower a deviation as another verdict's?"""
        own, other = self.verdict, verdict
        is_same = (own.measure, own.peak.dimensions) == (other.measure, other.peak.dimensions)
        return is_same and self.divisor(other.peak.form, other.peak.size, other.peak.score, threshold) > 1


def tolerances(verdicts: Iterable[Verdict], known: Sequence[Tolerance], threshold: float) -> tuple[Tolerance, ...]:
    """What is tolerated when all this was said; those that were known before keep their counts."""
    before = {tolerance.verdict: tolerance for tolerance in known}
    found: list[Tolerance] = []
    for verdict in sorted(verdicts, key=lambda verdict: (verdict.given, verdict.event_id, verdict.peak.dimensions)):
        if verdict.is_anomaly:
            found = [tolerance for tolerance in found if not tolerance.like(verdict, threshold)]
        else:
            found.append(before.get(verdict) or Tolerance(verdict))
    return tuple(found[-MAX_TOLERANCES:])


def lowered(
    scores: IntervalScores, tolerated: Sequence[Tolerance], dimensions: Sequence[str], threshold: float
) -> tuple[IntervalScores, tuple[Tolerance, ...]]:
    """An interval's scores with what is tolerated lowered, and the tolerances with what they have done.

    Severities below the threshold stay as they are.
    """
    if not tolerated:
        return scores, ()
    wanted = _by_series(tolerated, dimensions)
    severities = scores.severity.copy()
    spared = set[int]()
    for row in np.flatnonzero(severities >= threshold).tolist():
        measure, values = scores.series[row]
        if places := wanted.get((measure, tuple(map(told_value, values)))):
            strongest, divisor = _strongest(scores.row(row), tolerated, places, threshold)
            if divisor == 1:
                continue
            severities[row] = severity(np.array([score_of(float(severities[row])) / divisor], np.float32))[0]
            if severities[row] < threshold and row not in scores.suppressed:
                spared.add(strongest)
    start = scores.interval.start
    counted = tuple(
        replace(tolerance, spared=tolerance.spared + 1, latest=start) if place in spared else tolerance
        for place, tolerance in enumerate(tolerated)
    )
    return replace(scores, severity=severities), counted


def _by_series(tolerated: Sequence[Tolerance], dimensions: Sequence[str]) -> Mapping[SeriesKey, list[int]]:
    """Series, its values as people were told them -> the places of its tolerances."""
    found: dict[SeriesKey, list[int]] = {}
    for place, tolerance in enumerate(tolerated):
        named = dict(tolerance.verdict.peak.dimensions)
        key = tolerance.verdict.measure, tuple(named.get(name, "") for name in dimensions)
        found.setdefault(key, []).append(place)
    return found


def _strongest(
    score: SeriesScore, tolerated: Sequence[Tolerance], places: Sequence[int], threshold: float
) -> tuple[int, float]:
    """Of a series' tolerances the one that lowers a score most, and what it divides it by."""
    form = form_of(score.kind, score.value, score.expected)
    if form is None:
        return places[0], 1.0
    size, height = size_of(score.value, score.expected, score.upper), score_of(score.severity)
    return max(
        ((place, tolerated[place].divisor(form, size, height, threshold)) for place in places),
        key=lambda found: found[1],
    )
