"""What may be sent again: quarantined records, batches that Lambda gave up, messages that the IoT rule did not put."""

import json
import re
from base64 import b64decode
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from tidegate.contracts.errors import InputError, Reason
from tidegate.contracts.identity import Identity, shard_name
from tidegate.contracts.quarantine import read_rejected
from tidegate.contracts.record import Rejected
from tidegate.ingest.decode import MAX_RECORD_BYTES

FAILED_BATCHES: Final = "aws/lambda/"
IOT_ERRORS: Final = "iot-errors/"
IOT_ERROR: Final = "iot_error"
"""The reason that stands for all messages below IOT_ERRORS."""
_IOT_KEY: Final = re.compile(IOT_ERRORS + r"([0-9]{13})-([0-9a-fA-F-]{36})\.json")
_IOT_SHARD: Final = shard_name("iot-errors", "messages")
"""They never were on a stream, whichever the detector reads."""
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

    def takes_event(self, reason: str, instant: float) -> bool:
        """Is something meant that failed at this instant?"""
        return self._takes(reason, instant, instant)

    def _takes(self, reason: str, first: float, last: float) -> bool:
        return (not self.reasons or reason in self.reasons) and first < self.until and last >= self.since


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An object of quarantine, and the records in it.

    arrives: when they arrive, if they never were on the stream; seconds since 1970 UTC.
    """

    place: Place
    records: tuple[Rejected, ...]
    arrives: float | None = None

    def coming(self, record: Rejected) -> Rejected:
        """One of the records as it is sent."""
        return record if self.arrives is None else replace(record, arrival=self.arrives)

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


def read_iot_error(place: Place, body: bytes, timestamp_column: str, now: float) -> Quarantined:
    """Read what the IoT rule left of a message that it could not put on the stream. Raises InputError.

    The original message is stamped as the rule would have: with the milliseconds that its object is named for. The
    same name makes its identity, so that it is the same record however often it is sent. It arrives `now`.
    https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
    """
    named = _IOT_KEY.fullmatch(place.key)
    try:
        document = json.loads(body)
        data = b64decode(document["base64OriginalPayload"], validate=True)
        problems = [str(failure["errorMessage"]) for failure in document["failures"]]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(place.key, f"is no message of an IoT rule's error action: {error!r}") from None
    if named is None:
        raise InputError(place.key, "is not named as the IoT rule names what it leaves")
    milliseconds, identity = int(named[1]), UUID(named[2]).int
    record = Rejected(
        shard=_IOT_SHARD,
        identity=Identity(milliseconds << 128 | identity, 0),
        partition_key=named[2],
        arrival=milliseconds / 1000,
        reason=IOT_ERROR,
        detail="; ".join(problems),
        data=_stamped(data, timestamp_column, milliseconds),
    )
    return Quarantined(place, (record,), arrives=now)


def _stamped(message: bytes, column: str, milliseconds: int) -> bytes:
    try:
        document = json.loads(message)
    except ValueError:
        return message
    return json.dumps({**document, column: milliseconds}).encode() if isinstance(document, dict) else message


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
