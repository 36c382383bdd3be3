"""The table of anomalies in memory: the twin of `tidegate.aws.anomalies`."""

from collections.abc import Iterator
from dataclasses import replace

from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.alert.stores import Claim, Claimed
from tidegate.contracts.errors import Conflict


class MemoryAnomalies:
    """`Anomalies` in dictionaries."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], AnomalyRecord] = {}
        self._claims: dict[tuple[str, Notice], Claim] = {}

    def get(self, detector: str, event_id: str) -> AnomalyRecord | None:
        return self._records.get((detector, event_id))

    def put(self, record: AnomalyRecord, expires: int) -> None:
        stored = self.get(record.detector, record.event_id)
        if (stored.version if stored else 0) != record.version - 1:
            raise Conflict(f"{record.event_id} has version {stored.version if stored else 0}")
        told = stored.told if stored else frozenset()
        self._records[record.detector, record.event_id] = replace(record, told=told)

    def claim(self, record: AnomalyRecord, notice: Notice, claim: Claim) -> Claimed:
        if notice in self._records[record.detector, record.event_id].told:
            return Claimed.TOLD
        held = self._claims.get((record.event_id, notice))
        if held and held.owner != claim.owner and held.until > claim.now:
            return Claimed.HELD
        self._claims[record.event_id, notice] = claim
        return Claimed.MINE

    def confirm(self, record: AnomalyRecord, notice: Notice, now: float) -> AnomalyRecord:
        stored = self._records[record.detector, record.event_id]
        confirmed = replace(stored, told=stored.told | {notice})
        self._records[record.detector, record.event_id] = confirmed
        self._claims.pop((record.event_id, notice), None)
        return confirmed

    def release(self, record: AnomalyRecord, notice: Notice, claim: Claim) -> None:
        held = self._claims.get((record.event_id, notice))
        if held and held.owner == claim.owner:
            del self._claims[record.event_id, notice]

    def of_detector(self, detector: str) -> Iterator[AnomalyRecord]:
        yield from (record for (name, _), record in self._records.items() if name == detector)
