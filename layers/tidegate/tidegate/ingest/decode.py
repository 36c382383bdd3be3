"""From a Kinesis record's bytes to user records: aggregation, then gzip, then lines are taken off.

What comes out, and in which order, follows from the bytes alone, so a record has the same sub-sequence number however
often it is delivered.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from tidegate.contracts.compressed import is_gzip
from tidegate.contracts.errors import BadRecord, Reason
from tidegate.contracts.record import StreamRecord
from tidegate.ingest.inflate import gunzip
from tidegate.ingest.kpl import KplRecord, is_aggregated, kpl_records

MAX_INFLATED_BYTES: Final = 32 * 1024 * 1024
"""What all gzip of one Kinesis record may unpack to, together."""

MAX_USER_RECORDS: Final = 100_000
"""In one Kinesis record. Thirty kilobytes of gzip can hold millions of one-byte lines, and each would be kept."""

MAX_RECORD_BYTES: Final = 256 * 1024
"""Of one user record or line."""


class UserRecord(NamedTuple):
    """One user record or line, or the piece that could not be taken apart and why."""

    partition_key: str
    data: bytes
    bad: BadRecord | None = None


def user_records(record: StreamRecord, split: Callable[[bytes], list[bytes]]) -> list[UserRecord]:
    """All user records of a Kinesis record, in order; a record's sub-sequence number is its place in this list.

    split: a payload's records by the record format. Raises BadRecord when the Kinesis record as a whole cannot be used:
    broken_kpl, too_large (more than MAX_USER_RECORDS), or empty (an aggregate of nothing).
    """
    packed = kpl_records(record.data) if is_aggregated(record.data) else [KplRecord(record.partition_key, record.data)]
    if not packed:
        raise BadRecord(Reason.EMPTY, "holds no user record")
    found: list[UserRecord] = []
    left = MAX_INFLATED_BYTES
    for partition_key, data in packed:
        payload = data
        if is_gzip(data):
            try:
                payload = gunzip(data, left)
            except BadRecord as bad:
                found.append(UserRecord(partition_key, data, bad))
                continue
            left -= len(payload)
        if payload.count(b"\n") + len(found) >= MAX_USER_RECORDS:
            raise BadRecord(Reason.TOO_LARGE, f"holds more than {MAX_USER_RECORDS} records or lines")
        if payload.strip():
            found += [UserRecord(partition_key, piece) for piece in split(payload)]
        else:
            found.append(UserRecord(partition_key, data, BadRecord(Reason.EMPTY, "holds nothing but blanks")))
    return found
