"""Records as they come out of the stream."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from tidegate.contracts.identity import Identity

WHOLE: Final = -1
"""The `sub` of a record whose data is all that the producer put."""


class StreamRecord(NamedTuple):
    """One Kinesis record as Lambda's event source delivers it (a tuple: thousands are made a second).

    arrival: approximate arrival at the stream, seconds since 1970 UTC. data: the bytes that the producer put.
    sub: WHOLE; or, of a record that comes again out of quarantine, the sub-sequence number that it had: data is that
    one record then, already taken out of its Kinesis record.
    """

    shard: str
    sequence: int
    partition_key: str
    arrival: float
    data: bytes
    sub: int = WHOLE


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that goes to quarantine, with its bytes, its identity and the reason.

    `data` is the smallest piece that is bad: the line or user record where the whole could be taken apart, else the
    whole Kinesis record's bytes.
    """

    shard: str
    identity: Identity
    partition_key: str
    arrival: float
    reason: str
    detail: str
    data: bytes
