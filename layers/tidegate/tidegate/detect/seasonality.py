"""Time of day, day of week, hour of week: what a series usually is at such a time, as shares of its level.

    expected = level * ((1 + day profile) * (1 + weekday) + hour of week)

A series that can be negative has no meaningful shares of its level; there they are shares of its usual magnitude, and
added, as in the additive decomposition: level + magnitude * (day profile + weekday + hour of week).

The product is the classical multiplicative decomposition (Holt 1957, Winters 1960), with one slot for a quarter of an
hour and the neighbouring slots read with it, because the error of a profile adds up over a window as a real deviation
does (weights 1, 2, 1; less over a real step, and less for longer slots, whose bias grows with the square of their
length). A slot that was never seen is NaN.

Where events are rare a value says little: one in ten intervals is nine times nothing and once ten times the level.
There a series is taken to be without a season as surely as if it had been seen so for a while: the variance of what a
value says over that of what seasons usually are (Robbins 1956: empirical Bayes).

What is left to learn of a weekday is known as well: an hour's worth of its difference from the others, less and less
with every point that tells of it. The hour of week corrects what day and weekday leave over. A cell is nothing as
surely as if it had been seen to be nothing for an hour: what is off for an hour is mostly off as a whole. Where points
are as independent as those of counts, one of them is enough. Cells see few points, so the hour of week counts by the
share of its own variance that is not sampling noise (James and Stein 1961, positive part), and not before a week is
known. Between the middles of two hours it is what lies between them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tidegate.detect.arithmetic import INFINITE, ONE, ZERO, clip, constant, number
from tidegate.detect.slots import MAX_DAY_SLOTS, MAX_HOURS, Slots
from tidegate.detect.state import Flags, Floats, Halves, Rows, SeriesState
from tidegate.detect.tables import WEEKDAYS, Tables

PROFILE_DAYS: Final = 20
"""Memory of the day profile: the weight of a day is never less than 1/20."""
WEEKS: Final = 6
"""Memory of weekday and hour of week: the weight of a week is never less than 1/6."""
UNSEEN_WEEKDAY: Final = constant(0.15)
"""Relative error of the expectation on a weekday that was not seen yet."""
KNOWN_DAY: Final = constant(0.9)
"""A weekday is known when so much of what a day tells was seen of it."""
PRIOR_HOURS: Final = 1
"""A weekday is like the others as surely as if an hour of it had been seen, and a point."""
USUAL_SHARE: Final = 0.5
USUAL_WEEKDAY: Final = 0.3
"""How far slots of the day, hours of the week and weekdays usually lie from the level, as shares of it."""
SMALLEST_FACTOR: Final = constant(0.001)
"""What comes at closed hours: nothing, but no division by it."""
NEAR_ZERO: Final = constant(0.2)
_NEAR_ZERO_SQUARE: Final = constant(NEAR_ZERO * NEAR_ZERO)
SMALLEST_WEEKDAY: Final = constant(-0.999)
LARGEST_WEEKDAY: Final = constant(5)
LARGEST_SHARE: Final = constant(30_000)
"""Shares are kept as float16, which ends at 65,504."""
_SMALLEST_POWER, _SMALLEST_NOISE = constant(1e-12), constant(1e-6)
_WITHIN_NOISE: Final = constant(2)
"""Neighbouring slots that differ by so many usual errors pull half as much as their difference."""


@dataclass(slots=True)
class Season:
    """What the tables say of one interval, for the series at `rows` of them.

    slot, cell: the day profile's and the hour of week's own shares, NaN where never seen. between: what the hour's cell
    and the one beside it say of the interval. seen: points that told of the weekday. day_factor, weekday_factor: what
    the level is multiplied by; where it is not, weekday and day are added. doubt: the standard error of the weekday's
    expectation, as a share of the level. like_counts: series whose points are independent. signed: whose values can be
    negative; any_signed: whether there is one.
    """

    tables: Tables
    slots: Slots
    rows: Rows | slice
    points_per_day: float
    slot: Floats
    day_factor: Floats
    knows_day: Flags
    weekday: Floats
    weekday_factor: Floats
    seen: Floats
    knows_weekday: Flags
    new_weekday: Flags
    cell: Floats
    between: Floats
    week: Floats
    doubt: Floats
    like_counts: Flags
    signed: Flags
    any_signed: bool

    def factors(self) -> tuple[Floats, Floats]:
        """The seasonal factor of the level: by the day alone, and by the whole week; bounded from below if unsigned."""
        by_week, least = self.day_and_weekday() + self.week, SMALLEST_FACTOR
        if self.any_signed:
            least = np.where(self.signed, -INFINITE, least)
        return np.maximum(self.day_factor, least), np.maximum(by_week, least)

    def day_and_weekday(self) -> Floats:
        """What the two say together."""
        product = self.day_factor * self.weekday_factor
        return np.where(self.signed, self.day_factor + self.weekday, product) if self.any_signed else product


def read(
    tables: Tables,
    slots: Slots,
    rows: Rows | slice,
    *,
    noise: Floats,
    points_per_day: float,
    like_counts: Flags,
    signed: Flags,
) -> Season:
    """The seasonal shares at an interval; `noise` is the usual error of a slot's share, by series.

    like_counts, signed: as in Season. With a slice the shares are views of the tables: `learn` writes when it has read
    them all.
    """
    table, known_points = tables.day, number(float(KNOWN_DAY) * points_per_day) * tables.informative[rows]
    slot = table[slots.day][rows].astype(np.float32)
    knows_day = np.isfinite(slot)
    here = np.where(knows_day, slot, ZERO)
    neighbours = np.array([table[(slots.day + step) % len(table)][rows] for step in (-1, 1)], np.float32)
    before, after = _pull(neighbours - here, noise)
    seen = tables.weekday_points[slots.weekday][rows]
    knows_weekday = seen >= known_points
    cell = tables.hour_of_week[slots.hour_of_week][rows].astype(np.float32)
    between = slots.between(cell, tables.hour_of_week[slots.beside][rows].astype(np.float32))
    noise_share = tables.week_noise[rows] / np.maximum(tables.week_power[rows], _SMALLEST_POWER)
    trust = np.maximum(ZERO, ONE - noise_share)
    day_factor = ONE + (here + (before + after) * number(0.25 * (len(table) / MAX_DAY_SLOTS) ** 2))
    weekday, prior = tables.weekday[slots.weekday][rows], _prior_points(points_per_day)
    any_signed = bool(signed.any())
    weighs = np.where(signed, ONE, day_factor) if any_signed else day_factor
    return Season(
        tables=tables,
        slots=slots,
        rows=rows,
        points_per_day=points_per_day,
        slot=slot,
        day_factor=day_factor,
        knows_day=knows_day,
        weekday=weekday,
        weekday_factor=ONE + weekday,
        seen=seen,
        knows_weekday=knows_weekday,
        new_weekday=knows_weekday & (seen < known_points + ONE),
        cell=cell,
        between=between,
        week=np.where(knows_weekday, between * trust, ZERO),
        doubt=weighs * np.where(knows_weekday, np.abs(weekday) * prior / (prior + seen), UNSEEN_WEEKDAY),
        like_counts=like_counts,
        signed=signed,
        any_signed=any_signed,
    )


def learn(
    season: Season, state: SeriesState, share: Floats, of_weekday: Floats, *, noise: Floats, scatter: Floats
) -> None:
    """Learn from `share`, the (clipped) value as a multiple of the level; `noise`: its usual error.

    scatter: the variance of the share where that is of rare events (rarity.py), else 0.
    of_weekday: the same for the weekday; on one not known yet, of which is told, clipped to twice what is expected.

    Day and weekday each take their share of what the product misses, as the normalised least mean squares filter does
    (Nagumo and Noda 1967): where the other one is near zero, a value says little about this one.
    """
    tables, slots, rows = season.tables, season.slots, season.rows
    learns = (state.points >= number(season.points_per_day)) & season.knows_day
    to_slot, to_weekday = share - season.week, of_weekday - season.week
    by_weekday, by_day = season.weekday_factor, season.day_factor
    if season.any_signed:  # sums, not products: each takes what the other leaves
        signed = season.signed
        to_slot = np.where(signed, to_slot - season.weekday, to_slot)
        to_weekday = np.where(signed, to_weekday - by_day + ONE, to_weekday)
        by_weekday, by_day = np.where(signed, ONE, by_weekday), np.where(signed, ONE, by_day)
    unsure, unsure_of_weekday = scatter * number(USUAL_SHARE**-2), scatter * number(USUAL_WEEKDAY**-2)
    slot = _learned_slot(season, state, share, to_slot, by_weekday, unsure=unsure)
    weekday = _learned_weekday(season, to_weekday, by_day, unsure=unsure_of_weekday)
    weekday = np.where(learns, weekday, season.weekday)
    gain = _cell_gain(season, unsure)
    known = np.where(np.isfinite(season.cell), season.cell, ZERO)
    cell = known + gain * (share - season.day_and_weekday() - season.between)
    rounded = halves(np.array([slot, np.where(learns, cell, season.cell)]), slots.dither)
    tables.day[slots.day][rows], tables.hour_of_week[slots.hour_of_week][rows] = rounded
    tables.weekday[slots.weekday][rows] = weekday
    _count(season, state, by_day, learns)
    slow = learns * number(1 / (WEEKDAYS * season.points_per_day))
    tables.week_power[rows] += slow * (cell * cell - tables.week_power[rows])
    tables.week_noise[rows] += slow * (gain * noise * noise - tables.week_noise[rows])


def _learned_slot(
    season: Season, state: SeriesState, share: Floats, to_slot: Floats, by_weekday: Floats, *, unsure: Floats
) -> Floats:
    """The slot of the day profile; its first value where it was never seen. unsure: in visits.

    What cannot be negative is not expected to be, however much more the hour of the week had expected.
    """
    known = np.where(season.knows_day, season.slot, (share - ONE) / (ONE + unsure))
    gain = _day_gain(season, state, unsure)
    slot = known + gain * _correction(to_slot, ONE + known, by_weekday)
    least = np.where(season.signed, -LARGEST_SHARE, -ONE) if season.any_signed else -ONE
    return np.asarray(np.maximum(slot, least))


def _learned_weekday(season: Season, to_weekday: Floats, by_day: Floats, *, unsure: Floats) -> Floats:
    """The weekday's difference. unsure: in points."""
    prior = _prior_points(season.points_per_day) + unsure
    gain = _gain(season.seen + prior, WEEKS * season.points_per_day)
    weekday = season.weekday + gain * _correction(to_weekday, season.weekday_factor, by_day)
    return _within(weekday, season.signed) if season.any_signed else clip(weekday, SMALLEST_WEEKDAY, LARGEST_WEEKDAY)


def _within(weekday: Floats, signed: Flags) -> Floats:
    """Differences of weekdays within their bounds."""
    most = np.where(signed, LARGEST_SHARE, LARGEST_WEEKDAY)
    return clip(weekday, np.where(signed, -LARGEST_SHARE, SMALLEST_WEEKDAY), most)


def _cell_gain(season: Season, unsure: Floats) -> Floats:
    """The weight of a new point in its hour of the week, nothing for an hour, or for a point. unsure: in visits."""
    hours = len(season.tables.hour_of_week) // WEEKDAYS
    per_hour = season.points_per_day / hours
    prior = np.where(season.like_counts, ONE, number(per_hour))
    return _gain(season.seen / number(hours) + prior + unsure, WEEKS * per_hour)


def _count(season: Season, state: SeriesState, by_day: Floats, learns: Flags) -> None:
    """Count the point for its weekday as far as it tells of it, which closed hours do not."""
    tables, rows = season.tables, season.rows
    square = by_day * by_day
    tells = square / (square + _NEAR_ZERO_SQUARE)
    tables.weekday_points[season.slots.weekday][rows] += np.where(learns, tells, ZERO)
    day = number(season.points_per_day)
    gain = _gain(np.maximum(state.points - day, ZERO) + ONE, WEEKDAYS * season.points_per_day)
    tables.informative[rows] += np.where(learns, gain * (tells - tables.informative[rows]), ZERO)


def _prior_points(points_per_day: float) -> Floats:
    return number(PRIOR_HOURS * points_per_day / MAX_HOURS + 1)


def _correction(share: Floats, part: Floats, other: Floats) -> Floats:
    """How much larger this part of the product should have been."""
    return np.asarray((share - part * other) * other / (other * other + _NEAR_ZERO_SQUARE))


def _gain(points: Floats, memory: float) -> Floats:
    """The weight of a new point: an average of all points so far, of the last `memory` ones once there are so many."""
    return np.asarray(np.maximum(ONE / points, number(1 / memory)))


def _day_gain(season: Season, state: SeriesState, unsure: Floats) -> Floats:
    slots = len(season.tables.day)
    visits = state.points / number(slots)
    return _gain(visits + ONE + unsure, PROFILE_DAYS * season.points_per_day / slots)


def _pull(differences: Floats, noise: Floats) -> Floats:
    """How far neighbouring slots pull: fully within the noise, not at all over a real step. NaN pulls nothing."""
    known = np.where(np.isfinite(differences), differences, ZERO)
    return np.asarray(known / (ONE + np.square(known / np.maximum(_WITHIN_NOISE * noise, _SMALLEST_NOISE))))


def halves(values: Floats, dither: float) -> Halves:
    """As float16, rounded up or down by the interval's own dither: steps below half a unit would never add up."""
    bounded = clip(values, -LARGEST_SHARE, LARGEST_SHARE)  # NaN stays NaN
    with np.errstate(invalid="ignore"):
        spacing = np.spacing(np.abs(bounded.astype(np.float16)))
    return (bounded + np.float32(dither) * spacing).astype(np.float16)
