"""Who a record is: (shard, sequence number, sub-sequence number), exact and never hashed.

Every stream has a `shardId-000000000000`, and a detector may be given another stream: a shard is called by both names.
"""

from typing import Final, NamedTuple

SEQUENCE_DIGITS: Final = 60
"""Decimal width that sequence numbers are padded to in keys, so that text order is number order. AWS's have 56."""


class Identity(NamedTuple):
    """A record's place within its shard.

    `sequence` is Kinesis' sequence number as an integer (up to about 186 bits). `sub` counts the records inside one
    Kinesis record from 0, in their order there: user records of a KPL aggregate and lines alike, bad ones included.
    """

    sequence: int
    sub: int


def shard_name(stream: str, shard_id: str) -> str:
    """The shard of identities, cursors and chunks: `<stream>/<shard id>`. Neither may have a slash in a name."""
    return f"{stream}/{shard_id}"


def stream_and_shard(shard: str) -> tuple[str, str]:
    """The two names again; the stream's is empty where none was given."""
    stream, _, shard_id = shard.rpartition("/")
    return stream, shard_id


def sequence_text(sequence: int) -> str:
    """The sequence number zero-padded for keys and comparisons as text."""
    return f"{sequence:0{SEQUENCE_DIGITS}d}"
