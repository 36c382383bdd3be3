"""What a sample's columns hold, and what each may be good for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from local.sample.rows import Rows
from tidegate.contracts.columns import COLUMN_NAME
from tidegate.contracts.errors import BadRecord
from tidegate.ingest.cells import MAX_TEXT, number_cell

MOST_VALUES: Final = 1000
"""Of a dimension: more make series too thin to watch."""
_ID: Final = re.compile(r"(^|[_-])(u?u?id|guid|key|hash|token|session|serial)s?$|Id$|ID$")
_AVERAGED: Final = re.compile(
    r"temp|humid|press|latenc|duration|delay|rate|ratio|pct|percent|avg|average|mean|speed|price|level|score|"
    r"util|load|voltage|usage|value",
    re.I,
)
_LARGE: Final = 1_000_000


UNNAMED_FIRST: Final = "column1"
"""What a file's first column is called where it has no name."""


class Role(StrEnum):
    """What a column is proposed for."""

    TIMESTAMP = "timestamp"
    DIMENSION = "dimension"
    SUM = "SUM"
    AVG = "AVG"
    COUNT = "COUNT"
    NONE = "-"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sample. kind: what its values are, for people. why: why it is not used, or what is unsure."""

    name: str
    kind: str
    values: int
    distinct: int
    example: str
    role: Role
    why: str = ""


def column_of(rows: Rows, name: str, is_timestamp: bool = False) -> Column:
    """Describe one column, and propose a role."""
    values = [value for row in rows.rows if (value := row.get(name)) is not None and value != ""]
    is_nested = any(isinstance(value, list | dict) for value in values)
    numbers = None if is_nested else _numbers(values)
    texts = {str(value) for value in values}
    kind = "nested" if is_nested else _kind(values, numbers)
    example = str(values[0]) if values else ""
    role, why = (Role.TIMESTAMP, "") if is_timestamp else _role(name, kind, numbers, texts, len(values))
    if kind == "text" and role is Role.NONE and 2 * (found := _count_numbers(values)) >= len(values):
        role, why = (
            Role.NONE,
            f"{len(values) - found:,} of {len(values):,} values are no numbers; those would be refused",
        )
    return Column(name, kind, len(values), len(texts), example, role, why)


def _kind(values: Sequence[object], numbers: Sequence[float] | None) -> str:
    if not values:
        return "empty"
    if numbers is not None:
        return "whole number" if all(float(number).is_integer() for number in numbers) else "number"
    return "true or false" if all(isinstance(value, bool) for value in values) else "text"


def _numbers(values: Sequence[object]) -> list[float] | None:
    """The values as numbers, those left out that are none; None when that is more than a tenth."""
    found = _numbers_among(values)
    return found if 10 * len(found) >= 9 * len(values) > 0 else None


def _count_numbers(values: Sequence[object]) -> int:
    return len(_numbers_among(values))


def _numbers_among(values: Sequence[object]) -> list[float]:
    found: list[float] = []
    for value in values:
        try:
            cell = number_cell(value, "")
        except BadRecord:
            continue
        assert isinstance(cell, int | float)
        found.append(cell)
    return found


def _role(name: str, kind: str, numbers: Sequence[float] | None, texts: set[str], values: int) -> tuple[Role, str]:
    if why := _uselessness(name, kind, numbers):
        return Role.NONE, why
    repeats = 2 * len(texts) <= values and len(texts) <= MOST_VALUES
    if numbers is None:
        return _role_of_text(name, texts, repeats)
    is_id = bool(_ID.search(name))
    if is_id and repeats:
        return Role.DIMENSION, "numbers, but its name is that of an id"
    is_whole = kind == "whole number"
    if is_id or (is_whole and min(numbers) >= _LARGE and 10 * len(texts) >= 9 * values >= 90):
        return Role.COUNT, "ids, so they are counted"
    return _role_of_amount(name, is_whole)


def _uselessness(name: str, kind: str, numbers: Sequence[float] | None) -> str:
    """Why a column cannot be used at all; empty: it can."""
    if kind in ("empty", "nested"):
        return "only top-level columns are read" if kind == "nested" else "always null"
    if not COLUMN_NAME.fullmatch(name):
        return "its name has other characters than letters, digits, - and _; a producer would have to rename it"
    if name == UNNAMED_FIRST and numbers is not None and list(numbers) == list(range(len(numbers))):
        return "has no name and numbers the rows, as pandas does"
    return ""


def _role_of_amount(name: str, is_whole: bool) -> tuple[Role, str]:
    if _AVERAGED.search(name):
        return Role.AVG, "AVG by its name; if amounts add up, SUM"
    return Role.SUM, "" if is_whole else "SUM, as for an amount; a reading such as a temperature wants AVG"


def _role_of_text(name: str, texts: set[str], repeats: bool) -> tuple[Role, str]:
    if max(map(len, texts)) > MAX_TEXT:
        return Role.NONE, f"longer than {MAX_TEXT} characters"
    if len(texts) == 1:
        return Role.NONE, "always the same here; a dimension if other values come"
    if repeats:
        return Role.DIMENSION, ""
    if _ID.search(name):
        return Role.COUNT, "ids, so they are counted"
    return Role.NONE, "text of too many different values for a dimension"
