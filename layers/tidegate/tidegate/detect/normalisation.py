"""Whose part is what: of level, profile and the unit of its shares only what they say together is seen.

The seasonal factors of Holt and Winters are normalised for the same reason (Roberts 1982).
"""

from typing import Final

import numpy as np

from tidegate.detect.arithmetic import ONE, ZERO, constant, number
from tidegate.detect.expectation import TINY, Expectation, base
from tidegate.detect.seasonality import SMALLEST_FACTOR, Season, halves
from tidegate.detect.state import Flags, Floats, Rows, SeriesState
from tidegate.detect.tables import Tables

SMALLEST_LEVEL: Final = constant(0.02)
SUNKEN: Final = constant(0.5)
"""A level of so small a share of the usual magnitude has lost to the profile, or has fallen for good."""


def turn_negative(state: SeriesState, tables: Tables, rows: Rows | slice, values: Floats, *, dither: float) -> None:
    """With its first value below zero a series' shares of the level become shares of its usual magnitude.

    dither: of the interval (slots.py).
    """
    turns = (values < ZERO) & (state.signed == ZERO)
    if turns.any():
        by = state.level[turns] / np.maximum(state.magnitude[turns], TINY)
        _measure_anew(tables, _columns(tables, rows, turns), by=by, moved=ZERO, dither=dither)
        state.signed[turns] = 1


def follow_first_day(state: SeriesState, season: Season, expectation: Expectation, move: Floats, begins: Rows) -> None:
    """On the first day of what can be negative neither level nor usual magnitude is known; the profile follows both.

    begins: places in `state`, whose levels have made their `move`.
    """
    unit = base(state)[begins]
    by, moved = expectation.base[begins] / unit, move[begins] / unit
    columns = _columns(season.tables, season.rows, begins)
    _measure_anew(season.tables, columns, by=by, moved=moved, dither=season.slots.dither)


def hold_level(
    state: SeriesState, season: Season, expectation: Expectation, *, young: Flags, points_per_day: float
) -> None:
    """At the end of a series' first day, and later where the level has sunk, the profile's mean belongs to the level.

    Only their product is seen, and of rare events the level loses: as outliers they teach little, and the profile rises
    as the level falls. What cannot be negative has no level below a small share of its usual magnitude. Of what can
    be, profile and level are added, and either may have the mean.
    """
    unsigned = state.signed == ZERO
    known = unsigned & ~young
    np.copyto(
        state.level, SMALLEST_LEVEL * state.magnitude, where=known & (state.level < SMALLEST_LEVEL * state.magnitude)
    )
    day = number(round(points_per_day))
    ends_day = state.points % day == ZERO
    if ends_day.any():
        sunk = known & (state.level < SUNKEN * state.magnitude) & (state.alarm_run == ZERO)
        ended = np.flatnonzero(((state.points == day) & unsigned) | (ends_day & sunk))
        if len(ended):
            means = _centre(season.tables, _columns(season.tables, season.rows, ended))
            state.level[ended] += expectation.base[ended] * means


def _columns(tables: Tables, rows: Rows | slice, some: Rows | Flags) -> Rows:
    """Where some of the series at `rows` stand in the tables."""
    return np.arange(tables.day.shape[1])[rows][some]


def _centre(tables: Tables, columns: Rows) -> Floats:
    """Make the means of day profiles that are shares of the level 0; returns what they were."""
    profiles = tables.day[:, columns].astype(np.float32)
    seen = np.isfinite(profiles)
    means = np.where(seen, profiles, 0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    tables.day[:, columns] = ((1 + profiles) / np.maximum(ONE + means, SMALLEST_FACTOR) - 1).astype(np.float16)
    return np.asarray(means)


def _measure_anew(tables: Tables, columns: Rows, *, by: Floats, moved: Floats, dither: float) -> None:
    """Let the season be what it was where the level has moved, or shares are shares of something else.

    by: the former unit, in new ones. moved: how far the level has, in new units.
    """
    tables.day[:, columns] = halves(tables.day[:, columns] * by - moved, dither)
    tables.hour_of_week[:, columns] = halves(tables.hour_of_week[:, columns] * by, dither)
    tables.weekday[:, columns] *= by
    for square in (tables.week_power, tables.week_noise):
        square[columns] *= by * by
