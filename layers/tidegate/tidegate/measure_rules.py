"""MeasureRules: what people know better than the model, measure by measure.

    revenue:direction=dips,least=50,least_percent=10,range=0..;latency:direction=spikes,range=0..60000

direction       dips, spikes or both: the side of the expected value on which a deviation alerts (both)
least           the least deviation worth an alert, in the measure's unit (0)
least_percent   the same as a percentage of the expected value; with both, a deviation has to reach both (0)
range           LOW..HIGH, either may be left out: the values that are possible; others are an anomaly of their own
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Any, Final

from tidegate.contracts.errors import ConfigurationError

PARAMETER: Final = "MeasureRules"
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


class Direction(StrEnum):
    """The side of the expected value that alerts."""

    DIPS = "dips"
    SPIKES = "spikes"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class MeasureRule:
    """One measure's rule. least: in the measure's unit; least_percent: of the expected value; low, high: inclusive."""

    direction: Direction = Direction.BOTH
    least: float = 0.0
    least_percent: float = 0.0
    low: float = -inf
    high: float = inf

    @property
    def has_range(self) -> bool:
        return self.low > -inf or self.high < inf


type MeasureRules = Mapping[str, MeasureRule]
"""Measure name (as in the output) -> its rule; a measure without one alerts on everything."""


def measure_rules(parameter: str, text: str) -> MeasureRules:
    """Read the parameter. Raises ConfigurationError that names the piece and the rule that it breaks."""
    found: dict[str, MeasureRule] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        measure, colon, settings = (piece.strip() for piece in part.partition(":"))
        if not colon or not measure or not settings:
            raise ConfigurationError(parameter, text, f"{part!r} must be measure:setting=value,setting=value")
        if measure in found:
            raise ConfigurationError(parameter, text, f"measure {measure!r} has two rules")
        found[measure] = _rule(parameter, text, settings)
    return found


def check_measures(rules: MeasureRules, measure_names: Iterable[str]) -> None:
    """Raise ConfigurationError for a rule of a measure that is not there."""
    known = list(measure_names)
    for measure in rules:
        if measure not in known:
            raise ConfigurationError(PARAMETER, measure, f"is not a measure ({','.join(known)})")


def rules_text(rules: MeasureRules) -> str:
    """The parameter's text of these rules; reading it gives them back."""
    return ";".join(f"{measure}:{','.join(_settings(rule)) or 'direction=both'}" for measure, rule in rules.items())


def _rule(parameter: str, text: str, settings: str) -> MeasureRule:
    values: dict[str, Any] = {}  # each reader returns its fields' types
    for piece in (piece.strip() for piece in settings.split(",")):
        name, equals, value = (part.strip() for part in piece.partition("="))
        read = _READERS.get(name)
        if not equals or read is None:
            raise ConfigurationError(parameter, text, f"{piece!r} must be one of {', '.join(_READERS)} with =value")
        try:
            read_values = read(value)
        except ValueError as error:
            raise ConfigurationError(parameter, text, f"{piece!r}: {error}") from None
        if read_values.keys() & values.keys():
            raise ConfigurationError(parameter, text, f"{piece!r}: {name} is given twice")
        values |= read_values
    return MeasureRule(**values)


def _direction(text: str) -> dict[str, object]:
    if text not in list(Direction):
        raise ValueError(f"direction must be one of {', '.join(Direction)}")
    return {"direction": Direction(text)}


def _least(text: str) -> dict[str, object]:
    return {"least": _positive(text, "least")}


def _least_percent(text: str) -> dict[str, object]:
    return {"least_percent": _positive(text, "least_percent")}


def _range(text: str) -> dict[str, object]:
    low, dots, high = (part.strip() for part in text.partition(".."))
    if not dots or not (low or high):
        raise ValueError("range must be LOW..HIGH, LOW.. or ..HIGH")
    bounds = {"low": _number(low, "LOW") if low else -inf, "high": _number(high, "HIGH") if high else inf}
    if bounds["low"] > bounds["high"]:
        raise ValueError("range must not end before it begins")
    return dict(bounds)


_READERS: Final[Mapping[str, Callable[[str], dict[str, object]]]] = {
    "direction": _direction,
    "least": _least,
    "least_percent": _least_percent,
    "range": _range,
}


def _positive(text: str, name: str) -> float:
    number = _number(text, name)
    if number < 0:
        raise ValueError(f"{name} must not be negative")
    return number


def _number(text: str, name: str) -> float:
    if not _NUMBER.fullmatch(text) or abs(float(text)) == inf:
        raise ValueError(f"{name} must be a number")
    return float(text)


def _settings(rule: MeasureRule) -> list[str]:
    settings = [f"direction={rule.direction}"] if rule.direction is not Direction.BOTH else []
    settings += [f"least={_shown(rule.least)}"] if rule.least else []
    settings += [f"least_percent={_shown(rule.least_percent)}"] if rule.least_percent else []
    settings += [f"range={_shown(rule.low)}..{_shown(rule.high)}"] if rule.has_range else []
    return settings


def _shown(number: float) -> str:
    return "" if abs(number) == inf else repr(number).removesuffix(".0")
