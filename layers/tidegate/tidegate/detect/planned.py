"""Which entries of the Calendar an interval belongs to: those that cover any part of it.

Dates are local times of the detector's zone; one that the clock jumps over is the instant at which it jumps. A
recurring entry lasts so many minutes of real time from each moment of its expression, also over a change of the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from math import inf
from typing import Final

from tidegate.calendar_entries import CalendarEntry, Dates, Recurring, cron
from tidegate.contracts.interval import Interval, clock_change

_EARLIER: Final = timedelta(hours=3)
"""Moments are looked for from so much before the earliest that counts: clocks are changed by less."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What is planned in an interval. name: the first entry's; learns: no entry says that nothing is learned."""

    name: str
    learns: bool


class PlannedTimes:
    """The entries of one Calendar in one zone."""

    def __init__(self, entries: Sequence[CalendarEntry], zone: tzinfo) -> None:
        self._spans = [
            (entry, _Once(entry.when, zone) if isinstance(entry.when, Dates) else _Again(entry.when, zone))
            for entry in entries
        ]

    def at(self, interval: Interval) -> Planned | None:
        """What is planned in an interval; None: nothing."""
        entries = [entry for entry, span in self._spans if span.covers(interval)]
        return Planned(entries[0].name, all(entry.learns for entry in entries)) if entries else None


class _Once:
    """A span between two local times: from the first reading of its start to the second of its end."""

    def __init__(self, dates: Dates, zone: tzinfo) -> None:
        self._start, _ = _readings(dates.start, zone)
        _, self._end = _readings(dates.end, zone)

    def covers(self, interval: Interval) -> bool:
        return max(self._start, interval.start) < min(self._end, interval.end)


def _readings(local: datetime, zone: tzinfo) -> tuple[int, int]:
    """The first and the last instant that a local time names; one that the clock jumps over is when it jumps."""
    before, after = (int(local.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1))
    if before <= after:
        return before, after
    change = clock_change(zone, after, before)  # of a time that is none, the later offset gives the earlier instant
    return change, change


class _Again:
    """Spans of one length from the moments of a cron expression.

    Intervals come one after the other, so the stretch behind the last answer in which nothing begins is remembered.
    """

    def __init__(self, recurring: Recurring, zone: tzinfo) -> None:
        self._expression, self._zone = recurring.expression, zone
        self._length = timedelta(minutes=recurring.minutes)
        self._free = (inf, -inf)

    def covers(self, interval: Interval) -> bool:
        if self._free[0] <= interval.start and interval.end <= self._free[1]:
            return False
        start = datetime.fromtimestamp(interval.start, UTC)
        after = (start - self._length - _EARLIER).astimezone(self._zone)
        for moment in cron(self._expression, after):
            begins = moment.timestamp()
            if begins >= interval.end:
                self._free = (interval.start, begins)
                return False
            if begins + self._length.total_seconds() > interval.start:
                return True
        return False
