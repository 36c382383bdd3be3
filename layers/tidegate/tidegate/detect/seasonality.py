"""Time of day, day of week, hour of week: what a series usually is at such a time, as shares of its level.

    expected = level * ((1 + day profile) * (1 + weekday) + hour of week)

A series that can be negative has no meaningful shares of its level; there what stands behind the level, minus one, is a
share of its usual magnitude, added to the level. The product is the classical multiplicative decomposition (Holt 1957,
Winters 1960), with one slot for a quarter of an hour and the neighbouring slots read with it, because the error of a
profile adds up over a window as a real deviation does (weights 1, 2, 1; less over a real step, and less for longer
slots, whose bias grows with the square of their length). A slot that was never seen is NaN.

The hour of week corrects what day and weekday leave over. Its cells see few points, so it counts by the share of its
own variance that is not sampling noise (James and Stein 1961, positive part), and not before a week is known.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final, Self

import numpy as np

from tidegate.contracts.interval import DAY_MINUTES
from tidegate.detect.state import Flags, Floats, Halves, Rows, SeriesState

MAX_DAY_SLOTS: Final = 96
MAX_HOURS: Final = 24
WEEKDAYS: Final = 7
PROFILE_DAYS: Final = 20
"""Memory of the day profile: the weight of a day is never less than 1/20."""
WEEKS: Final = 6
"""Memory of weekday and hour of week: the weight of a week is never less than 1/6."""
UNSEEN_WEEKDAY: Final = np.float32(0.15)
"""Relative error of the expectation on a weekday that was not seen yet."""
KNOWN_DAY: Final = 0.9
"""A weekday is known when so much of a day was seen of it."""
SMALLEST_FACTOR: Final = np.float32(0.02)
NEAR_ZERO: Final = np.float32(0.2)
SMALLEST_WEEKDAY: Final = np.float32(-0.95)
LARGEST_WEEKDAY: Final = np.float32(5)
LARGEST_SHARE: Final = np.float32(30_000)
"""Shares are kept as float16, which ends at 65,504."""
_GOLDEN: Final = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Slots:
    """Where an interval lies in the local day and week."""

    day: int
    weekday: int
    hour_of_week: int
    dither: float

    @classmethod
    def at(cls, local_start: datetime, interval_minutes: int) -> Self:
        """The slots of the interval that starts then; `local_start` is aware, in the detector's zone."""
        minute = local_start.hour * 60 + local_start.minute
        day_slots, hours = slots_per_day(interval_minutes)
        hour = minute * hours // DAY_MINUTES
        number = int(local_start.timestamp()) // (60 * interval_minutes)
        return cls(
            day=minute * day_slots // DAY_MINUTES,
            weekday=local_start.weekday(),
            hour_of_week=local_start.weekday() * hours + hour,
            dither=number * _GOLDEN % 1 - 0.5,
        )


def slots_per_day(interval_minutes: int) -> tuple[int, int]:
    """How many slots a day profile has, and how many hours a day of the hour of week."""
    points = DAY_MINUTES // interval_minutes
    return min(MAX_DAY_SLOTS, points), min(MAX_HOURS, points)


@dataclass(slots=True)
class Tables:
    """The seasonal shares of all series: slot by series, NaN where a slot was never seen."""

    day: Halves
    hour_of_week: Halves
    weekday: Floats
    weekday_points: Floats
    week_power: Floats
    week_noise: Floats

    @classmethod
    def new(cls, count: int, interval_minutes: int) -> Self:
        day_slots, hours = slots_per_day(interval_minutes)
        return cls(
            day=np.full((day_slots, count), np.nan, np.float16),
            hour_of_week=np.full((WEEKDAYS * hours, count), np.nan, np.float16),
            weekday=np.zeros((WEEKDAYS, count), np.float32),
            weekday_points=np.zeros((WEEKDAYS, count), np.float32),
            week_power=np.zeros(count, np.float32),
            week_noise=np.zeros(count, np.float32),
        )

    def extended(self, count: int, interval_minutes: int) -> Self:
        """With so many new series behind the known ones."""
        new = type(self).new(count, interval_minutes)
        pairs = ((getattr(self, f.name), getattr(new, f.name)) for f in fields(self))
        return type(self)(*(np.concatenate(pair, axis=-1) for pair in pairs))

    def kept(self, keep: Flags) -> Self:
        """Only the series that are to be kept."""
        return type(self)(*(np.ascontiguousarray(getattr(self, f.name)[..., keep]) for f in fields(self)))


@dataclass(slots=True)
class Season:
    """What the tables say of one interval, for the series at `rows` of them."""

    tables: Tables
    slots: Slots
    rows: Rows
    points_per_day: float
    day: Floats
    knows_day: Flags
    weekday: Floats
    knows_weekday: Flags
    new_weekday: Flags
    week: Floats
    knows_week: Flags

    def factor(self, with_week: bool) -> Floats:
        """The seasonal factor of the level, bounded from below."""
        factor = 1 + self.day
        if with_week:
            factor = factor * (1 + self.weekday) + self.week
        return np.maximum(factor, SMALLEST_FACTOR)


def read(tables: Tables, slots: Slots, rows: Rows, noise: Floats, points_per_day: float) -> Season:
    """The seasonal shares at an interval; `noise` is the usual error of a slot's share, by series."""
    table = tables.day
    before, here, after = (table[(slots.day + step) % len(table), rows].astype(np.float32) for step in (-1, 0, 1))
    knows_day = np.isfinite(here)
    here = np.where(knows_day, here, 0)
    before, after = _pull(before - here, noise), _pull(after - here, noise)
    seen = tables.weekday_points[slots.weekday, rows]
    knows_weekday = seen >= KNOWN_DAY * points_per_day
    week = tables.hour_of_week[slots.hour_of_week, rows].astype(np.float32)
    knows_week = np.isfinite(week) & knows_weekday
    power, noise = tables.week_power[rows], tables.week_noise[rows]
    trust = np.maximum(0, 1 - noise / np.maximum(power, np.float32(1e-12)))
    return Season(
        tables=tables,
        slots=slots,
        rows=rows,
        points_per_day=points_per_day,
        day=here + (before + after) * np.float32(0.25 * (len(table) / MAX_DAY_SLOTS) ** 2),
        knows_day=knows_day,
        weekday=tables.weekday[slots.weekday, rows],
        knows_weekday=knows_weekday,
        new_weekday=knows_weekday & (seen < KNOWN_DAY * points_per_day + 1),
        week=np.where(knows_week, week * trust, 0).astype(np.float32),
        knows_week=knows_week,
    )


def learn(season: Season, state: SeriesState, share: Floats, noise: Floats) -> None:
    """Learn from `share`, the (clipped) value as a multiple of the level; `noise`: its usual error.

    Day and weekday each take their share of what the product misses, as the normalised least mean squares filter does
    (Nagumo and Noda 1967): where the other one is near zero, a value says little about this one.
    """
    tables, slots, rows = season.tables, season.slots, season.rows
    seen = tables.weekday_points[slots.weekday, rows]
    of_day = tables.day[slots.day, rows].astype(np.float32)
    of_week = tables.hour_of_week[slots.hour_of_week, rows].astype(np.float32)
    known_day = np.where(season.knows_day, of_day, share - 1)
    learns = (state.points >= season.points_per_day) & season.knows_day
    by_product = share - season.week

    updated = known_day + _day_gain(season, state) * _correction(by_product, 1 + known_day, 1 + season.weekday)
    tables.day[slots.day, rows] = _halves(updated, slots.dither)

    gain = _gain(seen + np.float32(season.points_per_day / 24 + 1), WEEKS * season.points_per_day)
    updated = season.weekday + gain * _correction(by_product, 1 + season.weekday, 1 + season.day)
    updated = np.clip(updated, SMALLEST_WEEKDAY, LARGEST_WEEKDAY)
    tables.weekday[slots.weekday, rows] = np.where(learns, updated, season.weekday)
    tables.weekday_points[slots.weekday, rows] += learns

    hours = len(tables.hour_of_week) // WEEKDAYS
    per_hour = np.float32(season.points_per_day / hours)
    gain = _gain(seen / np.float32(hours) + per_hour, WEEKS * per_hour)
    cell = np.where(np.isfinite(of_week), of_week, 0)
    updated = cell + gain * (share - (1 + season.day) * (1 + season.weekday) - cell)
    tables.hour_of_week[slots.hour_of_week, rows] = _halves(np.where(learns, updated, of_week), slots.dither)
    slow = np.where(learns, np.float32(1 / (WEEKDAYS * season.points_per_day)), 0)
    tables.week_power[rows] += slow * (updated * updated - tables.week_power[rows])
    tables.week_noise[rows] += slow * (gain * noise * noise - tables.week_noise[rows])


def _correction(share: Floats, part: Floats, other: Floats) -> Floats:
    """How much larger this part of the product should have been."""
    return np.asarray((share - part * other) * other / (other * other + NEAR_ZERO * NEAR_ZERO))


def _gain(points: Floats, memory: np.float32 | float) -> Floats:
    """The weight of a new point: an average of all points so far, of the last `memory` ones once there are so many."""
    return np.asarray(np.maximum(1 / points, np.float32(1 / memory)))


def _day_gain(season: Season, state: SeriesState) -> Floats:
    slots = len(season.tables.day)
    visits = state.points / np.float32(slots)
    return _gain(visits + 1, PROFILE_DAYS * season.points_per_day / slots)


def centre(tables: Tables, rows: Rows) -> Floats:
    """Make the day profiles' mean 0; returns what it was, which belongs to the level."""
    profiles = tables.day[:, rows].astype(np.float32)
    seen = np.isfinite(profiles)
    means = np.where(seen, profiles, 0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    tables.day[:, rows] = ((1 + profiles) / np.maximum(1 + means, SMALLEST_FACTOR) - 1).astype(np.float16)
    return np.asarray(means)


def _pull(difference: Floats, noise: Floats) -> Floats:
    """How far a neighbouring slot pulls: fully within its noise, not at all over a real step. NaN pulls nothing."""
    known = np.where(np.isfinite(difference), difference, 0)
    return np.asarray(known / (1 + np.square(known / np.maximum(2 * noise, np.float32(1e-6)))))


def _halves(values: Floats, dither: float) -> Halves:
    """As float16, rounded up or down by the interval's own dither: steps below half a unit would never add up."""
    bounded = np.clip(values, -LARGEST_SHARE, LARGEST_SHARE)  # NaN stays NaN
    with np.errstate(invalid="ignore"):
        spacing = np.spacing(np.abs(bounded.astype(np.float16)))
    return (bounded + np.float32(dither) * spacing).astype(np.float16)
