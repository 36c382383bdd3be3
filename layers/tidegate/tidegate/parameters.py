"""Texts of template parameters to values. Each reader takes the parameter's name, for the error, and its text."""

from collections.abc import Callable
from enum import StrEnum

from tidegate.contracts.errors import ConfigurationError

type Reader = Callable[[str, str], object]


def text_of(_: str, text: str) -> str:
    """The text itself."""
    return text


def integer(parameter: str, text: str) -> int:
    """A whole number, or ConfigurationError."""
    try:
        return int(text)
    except ValueError:
        raise ConfigurationError(parameter, text, "must be a whole number") from None


def number(parameter: str, text: str) -> float:
    """A number, or ConfigurationError."""
    try:
        return float(text)
    except ValueError:
        raise ConfigurationError(parameter, text, "must be a number") from None


def names(_: str, text: str) -> tuple[str, ...]:
    """Names with commas between them."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def choice[Choice: StrEnum](choices: type[Choice]) -> Reader:
    """A reader of one of the choices."""

    def parse(parameter: str, text: str) -> Choice:
        try:
            return choices(text)
        except ValueError:
            raise ConfigurationError(parameter, text, f"must be one of {', '.join(choices)}") from None

    return parse


def filters(parameter: str, text: str) -> dict[str, frozenset[str]]:
    """Read `marketplace=us,uk;platform=pc_web`; ConfigurationError names the part that is wrong."""
    found: dict[str, frozenset[str]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        dimension, equals, values = part.partition("=")
        allowed = frozenset(value.strip() for value in values.split(",") if value.strip())
        if not equals or not dimension.strip() or not allowed:
            raise ConfigurationError(parameter, text, f"{part!r} must be dimension=value,value")
        if dimension.strip() in found:
            raise ConfigurationError(parameter, text, f"dimension {dimension.strip()!r} is given twice")
        found[dimension.strip()] = allowed
    return found
