"""A notification as it is published: subject, text, short text for phones, attributes to filter by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.alert.text import cleaned
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.columns import COLUMN_NAME

MAX_VALUES: Final = 50
"""Values of one dimension in the attributes; the largest contributors come first."""
_RESERVED: Final = ("severity", "measure", "state")

type Attributes = Mapping[str, float | str | tuple[str, ...]]
"""Name -> number, text, or list of texts, of which a filter policy needs to match one."""


@dataclass(frozen=True, slots=True)
class Notification:
    """subject: at most 99 ASCII characters. text: in the configured format. short: at most 160 GSM characters."""

    subject: str
    text: str
    short: str
    attributes: Attributes


def attributes(record: AnomalyRecord, notice: Notice) -> Attributes:
    """severity, measure, state (started or ended), and the contributing values of each dimension by its name.

    A dimension called like one of the three gets `dimension_` before its name; one that is no column name is left out,
    for SNS might refuse it.
    """
    found: dict[str, float | str | tuple[str, ...]] = {
        "severity": record.severity,
        "measure": cleaned(record.event.measure),
        "state": notice.value,
    }
    for name, values in _values(record.event).items():
        found[f"dimension_{name}" if name in _RESERVED else name] = values
    return found


def _values(event: AlertEvent) -> dict[str, tuple[str, ...]]:
    found = {item.name: tuple(cleaned(value) for value, _ in item.values[:MAX_VALUES]) for item in event.contributions}
    return {name: values for name, values in found.items() if values and COLUMN_NAME.fullmatch(name)}
