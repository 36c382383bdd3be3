"""Records in quarantine as they lie in the bucket: JSON lines, one object for each batch and shard.

    quarantine/date=YYYY-MM-DD/<stream>-<shard id>-<sequence>.<sub>-<count>-<digest>.jsonl

The date is that of the first record's arrival, in UTC; sequence and sub are the first record's. The digest of the
content makes names of different batches differ that begin alike. The same records make the same object.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, NamedTuple

from tidegate.contracts.identity import Identity
from tidegate.contracts.record import Rejected

PREFIX: Final = "quarantine/"
_DIGEST_CHARACTERS: Final = 12


class QuarantineObject(NamedTuple):
    """A key of the operations bucket and what lies there."""

    key: str
    body: bytes


def quarantine_object(rejected: Sequence[Rejected]) -> QuarantineObject:
    """The object for one shard's rejected records of one batch; there must be one record at least."""
    first = rejected[0]
    body = quarantine_lines(rejected)
    digest = sha256(body).hexdigest()[:_DIGEST_CHARACTERS]
    day = datetime.fromtimestamp(first.arrival, UTC).date().isoformat()
    shard = first.shard.replace("/", "-")
    name = f"{shard}-{first.identity.sequence}.{first.identity.sub}-{len(rejected)}-{digest}.jsonl"
    return QuarantineObject(f"{PREFIX}date={day}/{name}", body)


def quarantine_lines(rejected: Sequence[Rejected]) -> bytes:
    """The records as JSON lines."""
    return "".join(_line(record) + "\n" for record in rejected).encode()


def read_rejected(line: str | bytes) -> Rejected:
    """A record back from its line. Raises ValueError when the line is no such record."""
    try:
        fields = json.loads(line)
        return Rejected(
            shard=fields["shard"],
            identity=Identity(int(fields["sequence"]), fields["sub"]),
            partition_key=fields["partition_key"],
            arrival=datetime.fromisoformat(fields["arrival"]).timestamp(),
            reason=fields["reason"],
            detail=fields["detail"],
            data=b64decode(fields["data"], validate=True),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"is no quarantined record: {error!r}") from error


def _line(record: Rejected) -> str:
    return json.dumps(
        {
            "shard": record.shard,
            "sequence": str(record.identity.sequence),
            "sub": record.identity.sub,
            "partition_key": record.partition_key,
            "arrival": datetime.fromtimestamp(record.arrival, UTC).isoformat(timespec="milliseconds"),
            "reason": record.reason,
            "detail": record.detail,
            "data": b64encode(record.data).decode(),
        }
    )
