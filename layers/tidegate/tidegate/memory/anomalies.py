"""The table of anomalies in memory: the twin of `tidegate.aws.anomalies`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tidegate.alert.record import AnomalyRecord, Feedback
from tidegate.alert.stores import Claim, Claimed
from tidegate.contracts.errors import Conflict
from tidegate.contracts.feedback import Verdict, merged_verdicts


class MemoryAnomalies:
    """`Anomalies` in dictionaries."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], AnomalyRecord] = {}
        self._claims: dict[tuple[str, str], Claim] = {}
        self._verdicts: dict[tuple[str, str], tuple[Verdict, ...]] = {}

    def get(self, detector: str, event_id: str) -> AnomalyRecord | None:
        return self._records.get((detector, event_id))

    def put(self, record: AnomalyRecord, expires: int) -> None:
        stored = self.get(record.detector, record.event_id)
        if (stored.version if stored else 0) != record.version - 1:
            raise Conflict(f"{record.event_id} has version {stored.version if stored else 0}")
        told, feedback = (stored.told, stored.feedback) if stored else (frozenset[str](), None)
        self._records[record.detector, record.event_id] = replace(record, told=told, feedback=feedback)

    def claim(self, record: AnomalyRecord, step: str, claim: Claim) -> Claimed:
        if step in self._records[record.detector, record.event_id].told:
            return Claimed.TOLD
        held = self._claims.get((record.event_id, step))
        if held and held.owner != claim.owner and held.until > claim.now:
            return Claimed.HELD
        self._claims[record.event_id, step] = claim
        return Claimed.MINE

    def confirm(self, record: AnomalyRecord, step: str, now: float) -> AnomalyRecord:
        stored = self._records[record.detector, record.event_id]
        confirmed = replace(stored, told=stored.told | {step})
        self._records[record.detector, record.event_id] = confirmed
        self._claims.pop((record.event_id, step), None)
        return confirmed

    def release(self, record: AnomalyRecord, step: str, claim: Claim) -> None:
        held = self._claims.get((record.event_id, step))
        if held and held.owner == claim.owner:
            del self._claims[record.event_id, step]

    def everything(self, since: float = 0) -> Iterator[AnomalyRecord]:
        yield from (record for record in self._records.values() if record.latest >= since)

    def give_feedback(self, record: AnomalyRecord, feedback: Feedback | None, verdicts: Sequence[Verdict]) -> None:
        stored = self.get(record.detector, record.event_id)
        if stored is None:
            raise Conflict(f"{record.event_id} is gone")
        key = record.detector, record.event_id
        self._records[key] = replace(stored, feedback=feedback or stored.feedback)
        self._verdicts[key] = merged_verdicts(self._verdicts.get(key, ()), verdicts)

    def verdicts(self, detector: str) -> tuple[Verdict, ...]:
        """All that was said of a detector's anomalies."""
        return tuple(verdict for (name, _), given in self._verdicts.items() if name == detector for verdict in given)
