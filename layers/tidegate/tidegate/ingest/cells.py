"""What may stand in one cell of a record. Each check returns the cell as it is kept, or raises BadRecord.

Details name the column and the kind of value, never the value: they are logged.
"""

import re
from math import isfinite
from typing import Final

from tidegate.contracts.errors import BadRecord, Reason

type Cell = str | int | float | None
"""None is null, an empty cell of the CSV."""

MAX_TEXT: Final = 1024
"""Characters of a dimension's value or a counted id: enough for any name, little enough for messages and state."""

_NUMBER: Final = re.compile(
    r"[ \t]*[+-]?(?:[0-9]+(?P<point>\.[0-9]*)?|(?P<tail>\.[0-9]+))(?P<power>[eE][+-]?[0-9]+)?[ \t]*"
)
_MAX_NUMBER_TEXT: Final = 400
"""Characters: more than the largest float has digits, less than what int() refuses to read."""


def timestamp_cell(value: object, column: str) -> Cell:
    """A timestamp as it came; whether it can be read is for the codec to say. Raises no_timestamp, bad_timestamp."""
    if value is None or value == "":
        raise BadRecord(Reason.NO_TIMESTAMP, f"{column} is absent, null or empty")
    if isinstance(value, str):
        return _text(value, column)
    if isinstance(value, int | float):
        return value
    raise BadRecord(Reason.BAD_TIMESTAMP, f"{column} is {_kind(value)}")


def dimension_cell(value: object, column: str) -> Cell:
    """A dimension's value: text, number, true or false. Raises bad_dimension."""
    return _scalar(value, column, Reason.BAD_DIMENSION)


def counted_cell(value: object, column: str) -> Cell:
    """A value that is only counted: any scalar. Empty text is null, as CSV cannot tell them apart."""
    return None if value == "" else _scalar(value, column, Reason.NOT_A_NUMBER)


def number_cell(value: object, column: str) -> Cell:
    """A measure's value: a finite number or its text in ASCII digits. Raises not_a_number."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)):
        return value
    if isinstance(value, str) and len(value) <= _MAX_NUMBER_TEXT:
        found = _NUMBER.fullmatch(value)
        if found is not None and isfinite(number := float(value)):
            return number if found["point"] or found["tail"] or found["power"] else int(value)
    raise BadRecord(Reason.NOT_A_NUMBER, f"{column} is {_kind(value)}")


def _scalar(value: object, column: str, reason: Reason) -> Cell:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value, column)
    if value is None or (isinstance(value, int | float) and _is_finite(value)):
        return value
    raise BadRecord(reason, f"{column} is {_kind(value)}")


def _text(value: str, column: str) -> str:
    if len(value) > MAX_TEXT:
        raise BadRecord(Reason.TOO_LARGE, f"{column} has more than {MAX_TEXT} characters")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadRecord(Reason.NOT_UTF8, f"{column} holds half of a surrogate pair") from None
    return value


def _is_finite(value: float) -> bool:
    try:
        return isfinite(value)
    except OverflowError:  # an integer beyond the largest float
        return False


def _kind(value: object) -> str:
    names = {str: "a text that is no finite number", bool: "true or false", list: "a list", dict: "an object"}
    return names.get(type(value), "no finite number")
