"""Records that the Kinesis Producer Library packed together.

    F3 89 9A C2 | protobuf message AggregatedRecord | its MD5 digest, 16 bytes

    AggregatedRecord: 1 partition_key_table (strings), 2 explicit_hash_key_table (strings), 3 records (messages)
    Record: 1 partition_key_index (uint64), 2 explicit_hash_key_index (uint64), 3 data (bytes), 4 tags (messages)

https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
The magic bytes are not UTF-8, so no JSON or CSV begins with them.
"""

from collections.abc import Iterator
from hashlib import md5
from typing import Final, NamedTuple

from tidegate.contracts.errors import BadRecord, Reason

MAGIC: Final = b"\xf3\x89\x9a\xc2"
DIGEST_BYTES: Final = 16

_VARINT: Final = 0
_FIXED64: Final = 1
_BYTES: Final = 2
_FIXED32: Final = 5
_FIXED_SIZES: Final = {_FIXED64: 8, _FIXED32: 4}
_MAX_VARINT_BYTES: Final = 10


class KplRecord(NamedTuple):
    """A user record: its own partition key and its bytes."""

    partition_key: str
    data: bytes


def is_aggregated(data: bytes) -> bool:
    """Does a Kinesis record say that it is an aggregate?"""
    return data.startswith(MAGIC)


def kpl_records(data: bytes) -> list[KplRecord]:
    """The user records of an aggregate, in their order. Raises BadRecord (broken_kpl) when any part of it is broken."""
    message, digest = data[len(MAGIC) : -DIGEST_BYTES], data[-DIGEST_BYTES:]
    if len(data) < len(MAGIC) + DIGEST_BYTES or md5(message, usedforsecurity=False).digest() != digest:
        raise _broken("its MD5 digest does not match")
    keys: list[str] = []
    records: list[tuple[int, bytes]] = []
    for field, value in _fields(message):
        if field == 1:
            keys.append(_key(value))
        elif field == 3:
            records.append(_record(value))
    if any(index >= len(keys) for index, _ in records):
        raise _broken("a user record names a partition key that is not in the table")
    return [KplRecord(keys[index], payload) for index, payload in records]


def _record(message: int | bytes) -> tuple[int, bytes]:
    """A Record's partition key index and data; both are required."""
    if isinstance(message, int):
        raise _broken("a user record is a number")
    values = dict(_fields(message))
    index, payload = values.get(1), values.get(3)
    if not isinstance(index, int) or not isinstance(payload, bytes):
        raise _broken("a user record lacks its partition key or its data")
    return index, payload


def _key(value: int | bytes) -> str:
    if isinstance(value, int):
        raise _broken("a partition key is a number")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise _broken("a partition key is not UTF-8") from None


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Each field's number and value, in order: integers as they are, everything else as bytes."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        field, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield field, value
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in _FIXED_SIZES:
            size = _FIXED_SIZES[kind]
        else:
            raise _broken(f"it uses protobuf's wire type {kind}")
        if size > len(message) - at:
            raise _broken("a field is longer than what is left")
        yield field, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A base-128 integer, least significant group first, and where it ends."""
    value = 0
    for place, byte in enumerate(message[at : at + _MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise _broken("an integer does not end")


def _broken(detail: str) -> BadRecord:
    return BadRecord(Reason.BROKEN_KPL, detail)
