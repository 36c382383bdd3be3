"""Reads a JSON document field by field, names the path of what is wrong, and keeps what nobody asked for."""

from collections.abc import Mapping
from math import isfinite
from typing import Final

from tidegate.contracts.errors import MalformedAlert

_MISSING: Final = object()


class Fields:
    """One object of a document. Every reading method raises MalformedAlert with the field's path.

    place: the object's own path (`impactedMetric.relevantTimeSeries[2]`), empty for the document itself.
    """

    def __init__(self, document: object, place: str = "") -> None:
        if not isinstance(document, Mapping):
            raise MalformedAlert(place or "event", f"must be an object, is {_kind(document)}")
        self._document: Final = document
        self._place: Final = place
        self._read: Final[set[str]] = set()

    def path(self, name: str) -> str:
        """The path of a field of this object."""
        return f"{self._place}.{name}" if self._place else name

    def has(self, name: str) -> bool:
        """Is the field there and not null?"""
        return self._document.get(name) is not None

    def text(self, name: str) -> str:
        """A text that must be there and not be empty."""
        value = self._take(name)
        if not isinstance(value, str) or not value:
            raise MalformedAlert(self.path(name), f"must be a text, is {_kind(value)}")
        return value

    def any_text(self, name: str) -> str:
        """A text that must be there; null and empty text are the same."""
        value = self._take(name)
        if value is not None and not isinstance(value, str):
            raise MalformedAlert(self.path(name), f"must be a text, is {_kind(value)}")
        return value or ""

    def optional_text(self, name: str) -> str | None:
        """A text, maybe an empty one, or None where it is null or absent."""
        self._read.add(name)
        return self.any_text(name) if self.has(name) else None

    def number(self, name: str, low: float = float("-inf"), high: float = float("inf")) -> float:
        """A finite number within a range, whole or not."""
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise MalformedAlert(self.path(name), f"must be a number, is {_kind(value)}")
        try:
            number = float(value)
        except OverflowError:
            raise MalformedAlert(self.path(name), "is too large a number") from None
        if not isfinite(number) or not low <= number <= high:
            raise MalformedAlert(self.path(name), f"must be a number from {low:g} to {high:g}, is {number:g}")
        return number

    def optional_number(self, name: str) -> float | None:
        """A finite number, or None where it is null or absent."""
        self._read.add(name)
        return self.number(name) if self.has(name) else None

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number within a range; 50.0 is one."""
        number = self.number(name, low, high)
        if number != int(number):
            raise MalformedAlert(self.path(name), f"must be a whole number, is {number:g}")
        return int(number)

    def child(self, name: str) -> "Fields":
        """An object that must be there."""
        return Fields(self._take(name), self.path(name))

    def children(self, name: str) -> list["Fields"]:
        """A list of objects; empty where it is null or absent."""
        self._read.add(name)
        value = self._document.get(name)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            raise MalformedAlert(self.path(name), f"must be a list, is {_kind(value)}")
        return [Fields(item, f"{self.path(name)}[{index}]") for index, item in enumerate(value)]

    def rest(self) -> dict[str, object]:
        """The fields that were not read."""
        return {name: value for name, value in self._document.items() if name not in self._read}

    def _take(self, name: str) -> object:
        self._read.add(name)
        value: object = self._document.get(name, _MISSING)
        if value is _MISSING:
            raise MalformedAlert(self.path(name), "is missing")
        return value


def plain(number: float) -> int | float:
    """A number as JSON shows it best: 650 rather than 650.0."""
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return "a text" if value else "an empty text"
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)
