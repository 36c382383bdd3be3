"""The values of an anomaly's worst series around it, from the published intervals."""

from dataclasses import dataclass
from typing import Final

from local.anomalies.places import Place
from tidegate.alert.record import AnomalyRecord
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import InputError
from tidegate.contracts.interval import Interval
from tidegate.detect.values import read_values

BEFORE: Final = 36
AFTER: Final = 6
AT_MOST: Final = 100
"""Intervals that are drawn."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A stretch of a series. values: None where an interval has none of it. marked: is it of the incident?"""

    first: Interval
    last: Interval
    values: list[float | None]
    marked: list[bool]


def around(record: AnomalyRecord, place: Place, config: DetectorConfig) -> Drawn | None:
    """The worst series from before the incident on; None when nothing of it is published there, or not readable."""
    event = record.event
    if not event.series:
        return None
    named = dict(event.series[0].dimensions)
    key = event.measure, tuple(named.get(name, "") for name in config.dimensions)
    wanted = _window(record, config)
    values: dict[Interval, float | None] = dict.fromkeys(wanted)
    for interval, objects in place.published(wanted[0], wanted[-1], config):
        try:
            values[interval] = read_values(interval, objects, config).values.get(key)
        except InputError:
            continue  # detect could not read it either
    if all(value is None for value in values.values()):
        return None
    marked = [record.started <= interval.start < record.lasted_until for interval in values]
    return Drawn(wanted[0], wanted[-1], list(values.values()), marked)


def _window(record: AnomalyRecord, config: DetectorConfig) -> list[Interval]:
    grid = config.grid
    interval = grid.containing(record.started)
    for _ in range(BEFORE):
        interval = grid.before(interval)
    wanted, after = [interval], 0
    while after < AFTER and len(wanted) < AT_MOST:
        interval = grid.after(interval)
        wanted.append(interval)
        after += interval.start >= record.lasted_until
    return wanted
