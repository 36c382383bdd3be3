"""Which column is the record's time, and in which format."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tidegate.config import DEFAULT_TIMESTAMP_FORMAT, ISO_FORMAT, UNIX_FORMAT
from tidegate.contracts.errors import BadRecord
from tidegate.contracts.timestamps import TimestampCodec

FORMATS: Final = (
    DEFAULT_TIMESTAMP_FORMAT,
    ISO_FORMAT,
    "yyyy-MM-dd HH:mm",
    "yyyy/MM/dd HH:mm:ss",
    "dd/MM/yyyy HH:mm:ss",
    "MM/dd/yyyy HH:mm:ss",
    "dd.MM.yyyy HH:mm:ss",
    "MM/dd/yyyy hh:mm:ss a",
    "dd/MM/yyyy hh:mm:ss a",
    "MM/dd/yyyy hh:mm a",
    "dd/MM/yyyy hh:mm a",
    "dd/MM/yyyy HH:mm",
    "MM/dd/yyyy HH:mm",
    "dd.MM.yyyy HH:mm",
    "dd/MM/yyyy",
    "MM/dd/yyyy",
    "dd.MM.yyyy",
    "yyyyMMddHHmmss",
    "yyyyMMdd",
    UNIX_FORMAT,
)
"""Tried in this order; those before read what they share with later ones the same."""

_NAME: Final = re.compile(r"(^|[_-])(event_?time|timestamp|datetime|time|date|ts|created|updated)([_-]|at|$)", re.I)
_BEST: Final = re.compile(r"^(event_?time|timestamp)(_?ms)?$", re.I)
_DATED: Final = re.compile(r"[0-9]{1,4}[-/. ]([0-9]{1,2}|[A-Za-z]{3,})[-/. ][0-9]{1,4}")
_OFFSET: Final = re.compile(r"(Z|[+-][0-9]{2}:?[0-9]{2})$")
_PLAUSIBLE: Final = (datetime(2000, 1, 1, tzinfo=UTC).timestamp(), datetime(2100, 1, 1, tzinfo=UTC).timestamp())
_ENOUGH: Final = 0.95
_TRIED: Final = 200


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times. instants: of the values that could be read, seconds since 1970 UTC, in the order of the rows.

    also: another format that reads them as well, else empty. has_offset: the values say their offset from UTC.
    """

    column: str
    format: str
    instants: tuple[float, ...]
    also: str
    has_offset: bool

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Greater is likelier to be the event's time."""
        return bool(_BEST.match(self.column)), bool(_NAME.search(self.column)), len(self.instants)


def times_of(column: str, values: Sequence[object]) -> Times | None:
    """The column as times, or None when it holds something else."""
    texts = [value for value in values if value is not None]
    readable = [name for name in FORMATS if texts and _share(texts[:_TRIED], name) >= _ENOUGH]
    if not readable or (readable[0] == UNIX_FORMAT and not _NAME.search(column)):
        return None
    chosen, others = readable[0], [name for name in readable[1:] if _is_other(readable[0], name)]
    if others and _span(texts, others[0]) < _span(texts, chosen):
        chosen, others = others[0], [chosen]
    instants = _instants(texts, chosen)
    has_offset = chosen == UNIX_FORMAT or all(_OFFSET.search(str(text)) for text in texts[:_TRIED])
    return Times(column, chosen, tuple(instants), others[0] if others else "", has_offset)


def resembles_time(column: str, values: Sequence[object]) -> bool:
    """Might a column that no format reads be meant for times? By its name, or by dates in most of its values."""
    texts = [str(value) for value in values[:_TRIED] if value is not None]
    dated = sum(bool(_DATED.search(text)) for text in texts)
    return bool(texts) and (bool(_NAME.search(column)) or 2 * dated > len(texts))


def _share(values: Sequence[object], name: str) -> float:
    return len(_instants(values, name)) / len(values)


def _instants(values: Sequence[object], name: str) -> list[float]:
    codec = TimestampCodec(name, "UTC")
    found = []
    for value in values:
        try:
            instant = codec.parse(value)
        except BadRecord:
            continue
        if _PLAUSIBLE[0] <= instant < _PLAUSIBLE[1]:
            found.append(instant)
    return found


def _is_other(name: str, other: str) -> bool:
    """Do the two read days and months the other way round?"""
    return name.replace("dd/MM", "MM/dd") == other.replace("dd/MM", "MM/dd")


def _span(values: Sequence[object], name: str) -> float:
    instants = _instants(values, name)
    return max(instants) - min(instants)
