"""Records in JSON: one object, or one object a line.

The quick way is a msgspec decoder for a type that has only the wanted columns. It refuses some records that are good
(numbers as text, `NaN` in a column that nobody wants) and says little of the bad ones; for those the standard library's
decoder has the last word.
"""

import json
from collections.abc import Sequence
from itertools import repeat
from operator import attrgetter
from typing import Annotated, Any, Final

import msgspec

from tidegate.config import UNIX_FORMAT, DetectorConfig
from tidegate.contracts.errors import BadRecord, Reason
from tidegate.ingest.cells import MAX_TEXT
from tidegate.ingest.decode import MAX_RECORD_BYTES
from tidegate.ingest.select import FILTERED, Columns, Select, Values, counted_columns

_TEXT: Final = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
_SCALAR: Final = _TEXT | int | float | None
_NUMBER: Final = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | float | None
"""Bounded, because an integer of 400 digits is no finite number."""

_REFUSED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class JsonReader:
    """`Reader` of JSON."""

    def __init__(self, config: DetectorConfig) -> None:
        self._select: Final = Select(config)
        self._filters: Final = bool(config.dimension_filters)
        names = [f"c{place}" for place in range(len(config.record_columns))]
        fields = [(name, kind, None) for name, kind in zip(names, _types(config), strict=True)]
        columns = dict(zip(names, config.record_columns, strict=True))
        record = msgspec.defstruct("Record", fields, rename=columns, gc=False)
        self._decode: Final = msgspec.json.Decoder(record).decode
        self._fields: Final = [attrgetter(name) for name in names]
        self._values: Final = attrgetter(*names)

    def glance(self, payload: bytes) -> Values | None:
        record = self._record(payload)
        if record is None:
            return None
        values: Values = self._values(record)
        try:
            if self._filters and self._select.keeps_out(values):
                return FILTERED
            # A null may be a missing timestamp or the only measure, so that record is looked at by itself.
            # One with a 0 or an empty text is as well: `all` takes these for nulls, which costs time and no more.
            return values if all(values) else self._select(values)
        except BadRecord:
            return None

    def columns(self, payloads: Sequence[bytes]) -> Columns:
        try:
            return self._of_records(list(map(self._decode, _checked(payloads))))
        except _REFUSED:
            records = list(map(self._record, payloads))
        found = self._of_records([record for record in records if record is not None])
        told = iter(found.told or repeat(True))
        return Columns(found.cells, [None if record is None else next(told) for record in records])

    def _of_records(self, records: Sequence[object]) -> Columns:
        return self._select.of_columns([list(map(field, records)) for field in self._fields])

    def _record(self, payload: bytes) -> object:
        """A record's wanted columns; None when it is not decoded at a glance."""
        try:
            return self._decode(*_checked([payload]))
        except _REFUSED:
            return None

    def split(self, payload: bytes) -> list[bytes]:
        if b"\n" not in payload.strip() or _is_document(payload):
            return [payload]
        return [line for line in payload.split(b"\n") if line.strip()]

    def read(self, piece: bytes) -> Values:
        document = _document(piece)
        return self._select([document.get(column) for column in self._select.columns])


def _types(config: DetectorConfig) -> list[Any]:
    """What each column's values are, in msgspec's terms; a record with other ones takes the long way."""
    timestamp = _SCALAR if config.timestamp_format == UNIX_FORMAT else _TEXT | None
    counted = counted_columns(config)
    measures = [_SCALAR if column in counted else _NUMBER for column in config.measure_columns]
    return [timestamp, *[_SCALAR] * len(config.dimensions), *measures]


def _checked(payloads: Sequence[bytes]) -> Sequence[bytes]:
    """The payloads, none of which is too long, and all are UTF-8: msgspec does not look into texts that nobody wants.

    Raises UnicodeDecodeError, DecodeError.
    """
    if max(map(len, payloads), default=0) > MAX_RECORD_BYTES:
        raise msgspec.DecodeError("is too long")
    if not all(map(bytes.isascii, payloads)):
        for payload in payloads:
            payload.decode()
    return payloads


def _is_document(payload: bytes) -> bool:
    try:
        msgspec.json.decode(payload, type=msgspec.Raw)
    except _REFUSED:
        return False
    return True


def _document(piece: bytes) -> dict[str, object]:
    if len(piece) > MAX_RECORD_BYTES:
        raise BadRecord(Reason.TOO_LARGE, f"has {len(piece)} bytes, more than {MAX_RECORD_BYTES}")
    try:
        document = json.loads(piece.decode())
    except UnicodeDecodeError as error:
        raise BadRecord(Reason.NOT_UTF8, f"is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise BadRecord(Reason.NOT_JSON, f"is not JSON at character {error.pos}") from None
    except ValueError:
        raise BadRecord(Reason.NOT_JSON, "holds an integer of more than 4300 digits") from None
    except RecursionError:
        raise BadRecord(Reason.NOT_JSON, "is nested too deeply") from None
    if not isinstance(document, dict):
        raise BadRecord(Reason.NOT_AN_OBJECT, "is JSON, but no object")
    return document
