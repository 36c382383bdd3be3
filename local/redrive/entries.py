"""What may be sent again: quarantined records, and batches that Lambda gave up."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tidegate.contracts.errors import InputError, Reason
from tidegate.contracts.quarantine import read_rejected
from tidegate.contracts.record import Rejected
from tidegate.ingest.decode import MAX_RECORD_BYTES

FAILED_BATCHES: Final = "aws/lambda/"
UNREADABLE: Final = frozenset({Reason.EMPTY, Reason.BROKEN_GZIP, Reason.BROKEN_KPL})
"""Their bytes are empty or broken: no configuration reads them, and they stay where they are."""


@dataclass(frozen=True, slots=True)
class Place:
    """An object of the operations bucket; `version` is that of S3, empty in a folder."""

    key: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which are meant: reasons (all when empty), and arrivals from `since` up to, not including, `until`.

    since, until: seconds since 1970 UTC.
    """

    reasons: frozenset[str] = frozenset()
    since: float = float("-inf")
    until: float = float("inf")

    def takes(self, record: Rejected) -> bool:
        """Is the record meant, and can a change of the configuration have made it good?"""
        is_hopeless = record.reason in UNREADABLE or len(record.data) > MAX_RECORD_BYTES
        return not is_hopeless and self._takes(record.reason, record.arrival, record.arrival)

    def takes_batch(self, batch: "Batch") -> bool:
        """One record in the span is enough: a batch comes again whole."""
        return self._takes(batch.condition, batch.first_arrival, batch.last_arrival)

    def _takes(self, reason: str, first: float, last: float) -> bool:
        return (not self.reasons or reason in self.reasons) and first < self.until and last >= self.since


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An object of quarantine, and the records in it."""

    place: Place
    records: tuple[Rejected, ...]

    def split(self, selection: Selection) -> tuple[list[Rejected], list[Rejected]]:
        """The records to send, and those that stay."""
        sent: list[Rejected] = []
        kept: list[Rejected] = []
        for record in self.records:
            (sent if selection.takes(record) else kept).append(record)
        return sent, kept


@dataclass(frozen=True, slots=True)
class Batch:
    """An invocation record that Lambda left of a batch.

    condition: why it was given up. payload: the function's event; None when Lambda could not keep it. Arrivals are
    seconds since 1970 UTC.
    """

    place: Place
    condition: str
    records: int
    first_arrival: float
    last_arrival: float
    payload: str | None


def read_quarantined(place: Place, body: bytes) -> Quarantined:
    """Read an object of quarantine. Raises InputError naming its line."""
    found = []
    for number, line in enumerate(body.splitlines(), start=1):
        try:
            found.append(read_rejected(line))
        except ValueError as error:
            raise InputError(f"{place.key}, line {number}", str(error)) from None
    return Quarantined(place, tuple(found))


def read_batch(place: Place, body: bytes) -> Batch:
    """Read an invocation record. Raises InputError when it is none of a Kinesis batch."""
    try:
        document = json.loads(body)
        info, payload = document["KinesisBatchInfo"], document.get("payload")
        return Batch(
            place=place,
            condition=str(document["requestContext"]["condition"]),
            records=int(info["batchSize"]),
            first_arrival=_instant(info["approximateArrivalOfFirstRecord"]),
            last_arrival=_instant(info["approximateArrivalOfLastRecord"]),
            payload=payload if payload is None or isinstance(payload, str) else json.dumps(payload),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(place.key, f"is no record of a failed batch: {error!r}") from None


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
