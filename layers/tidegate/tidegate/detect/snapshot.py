"""Snapshots of a detector: magic, version, checksum, header, arrays.

    TGDS | version (2 bytes) | CRC-32 of the rest (4) | header length (4) | header (MessagePack) | arrays, raw

The arrays lie one after the other in the order of `arrays`; their sizes follow from the header. Nothing is compressed:
learned numbers hardly shrink, and 50,000 series must be written in a fraction of a second.
"""

import hashlib
import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from tidegate.config import DetectorConfig
from tidegate.contracts.errors import CorruptState, DifferentDetector
from tidegate.contracts.series import SeriesKey
from tidegate.detect.common import Cohorts
from tidegate.detect.state import SeriesState
from tidegate.detect.tables import Tables

MAGIC: Final = b"TGDS"
VERSION: Final = 7
_PREFIX: Final = struct.Struct("<4sHII")

type AnyArray = npt.NDArray[Any]


class Header(msgspec.Struct, frozen=True):
    """What a snapshot says before its arrays. last_end: end of the last interval seen, seconds since 1970 UTC."""

    fingerprint: str
    last_end: int
    keys: tuple[SeriesKey, ...]


def fingerprint(config: DetectorConfig) -> str:
    """What makes series comparable: interval, zone, dimensions, measures and how they are aggregated."""
    measures = [
        [name, measure.function.value] for name, measure in zip(config.measure_names, config.measures, strict=True)
    ]
    text = json.dumps([config.interval_minutes, config.timezone, list(config.dimensions), measures])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def arrays(state: SeriesState, tables: Tables, cohorts: Cohorts) -> tuple[AnyArray, ...]:
    """Every array of the model, in the order of the format."""
    return state.block, *(getattr(tables, field.name) for field in fields(tables)), *cohorts.arrays()


def pack(header: Header, stored: Sequence[AnyArray]) -> bytes:
    """A snapshot's bytes."""
    head = msgspec.msgpack.encode(header)
    body: list[bytes | memoryview] = [head]
    body += [memoryview(np.ascontiguousarray(part)).cast("B") for part in stored if part.size]
    checksum = 0
    for part in body:
        checksum = zlib.crc32(part, checksum)
    return b"".join([_PREFIX.pack(MAGIC, VERSION, checksum, len(head)), *body])


def unpack(data: bytes, expected: str) -> tuple[Header, memoryview]:
    """Header and array bytes. Raises CorruptState, or DifferentDetector when the fingerprint is not `expected`."""
    if len(data) < _PREFIX.size or data[:4] != MAGIC:
        raise CorruptState("the detector state does not begin as one")
    _, version, checksum, length = _PREFIX.unpack_from(data)
    if version != VERSION:
        raise CorruptState(f"the detector state has version {version}, this release reads version {VERSION}")
    rest = memoryview(data)[_PREFIX.size :]
    if zlib.crc32(rest) != checksum:
        raise CorruptState("the detector state is damaged: its checksum does not match")
    try:
        header = msgspec.msgpack.decode(rest[:length], type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CorruptState(f"the detector state's header does not decode: {error}") from error
    if header.fingerprint != expected:
        raise DifferentDetector("the detector state was learned with another interval, zone, dimensions or measures")
    return header, rest[length:]


def restore(stored: memoryview, into: Sequence[AnyArray]) -> None:
    """Fill the model's arrays (as `arrays` gives them) from their bytes. Raises CorruptState when the size is wrong."""
    at = 0
    for part in into:
        piece = stored[at : at + part.nbytes]
        if len(piece) < part.nbytes:
            raise CorruptState("the detector state ends too early")
        part[...] = np.frombuffer(piece, part.dtype).reshape(part.shape)
        at += part.nbytes
    if at != len(stored):
        raise CorruptState("the detector state has bytes left over")
