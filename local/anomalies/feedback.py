"""What people said of an anomaly's series, and what it does in the detector, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.alert.phrases import place, zoned
from tidegate.alert.record import AnomalyRecord
from tidegate.contracts.feedback import Form, Verdict
from tidegate.detect.feedback import FAR, MARGIN, Tolerance, tolerances

_FORMS = {
    Form.BELOW: "below the expected value",
    Form.ABOVE: "above the expected value",
    Form.NOISE: "unusual variation",
    Form.FLAT: "a flat line",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of all of a detector's anomalies, what its cursor holds of it, and the threshold that counts."""

    verdicts: Sequence[Verdict]
    held: Sequence[Tolerance]
    threshold: float

    def lines(self, record: AnomalyRecord) -> list[str]:
        """A line for each series of an anomaly that something was said of."""
        own = [verdict for verdict in self.verdicts if verdict.event_id == record.event_id]
        return [self._line(verdict, record) for verdict in own]

    def _line(self, verdict: Verdict, record: AnomalyRecord) -> str:
        peak = verdict.peak
        where = f"  {place(peak.dimensions) or 'the series'}, {_FORMS[peak.form]}"
        if verdict.is_anomaly:
            return f"{where}: an anomaly"
        held = next((tolerance for tolerance in self.held if tolerance.verdict == verdict), None)
        if held:
            return f"{where}: {_effect(held, self.threshold)}; {_done(held, record)}"
        wanted = {tolerance.verdict for tolerance in tolerances(self.verdicts, (), self.threshold)}
        later = "holds from the interval behind the next" if verdict in wanted else "taken back by what was said later"
        return f"{where}: not an anomaly; {later}"


def _effect(tolerance: Tolerance, threshold: float) -> str:
    peak = tolerance.verdict.peak
    divisor = tolerance.divisor(peak.form, peak.size, peak.score, threshold)
    size = f"up to {MARGIN * peak.size:.1f} half bands" if peak.size else f"up to {MARGIN:g} times the score"
    return f"scores like it ({size}, fading to {FAR / MARGIN:.1f} times that) are divided by {divisor:.2g}"


def _done(tolerance: Tolerance, record: AnomalyRecord) -> str:
    if tolerance.latest is None:
        return "kept no interval from alerting yet"
    count = f"{tolerance.spared} interval{'s' if tolerance.spared > 1 else ''}"
    return f"kept {count} from alerting, the latest {zoned(record.event, tolerance.latest)}"
