"""User records packed as the Kinesis Producer Library packs them: what producers send, for events and tests.

Magic number, a protobuf message `AggregatedRecord`, the MD5 digest of the message:
https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
"""

import hashlib
from collections.abc import Sequence
from typing import Final

MAGIC: Final = bytes.fromhex("f3899ac2")
_LENGTH_DELIMITED: Final = 2
_VARINT: Final = 0


def kpl_aggregate(records: Sequence[tuple[str, bytes]]) -> bytes:
    """One Kinesis record of user records, each a partition key and data."""
    keys = list(dict.fromkeys(key for key, _ in records))
    table = b"".join(_bytes_field(1, key.encode()) for key in keys)
    message = table + b"".join(_bytes_field(3, _record(keys.index(key), data)) for key, data in records)
    return MAGIC + message + hashlib.md5(message, usedforsecurity=False).digest()


def _record(key_index: int, data: bytes) -> bytes:
    return bytes([1 << 3 | _VARINT]) + _varint(key_index) + _bytes_field(3, data)


def _bytes_field(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | _LENGTH_DELIMITED]) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first, the high bit set on all but the last."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
