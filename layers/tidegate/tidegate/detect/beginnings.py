"""When a series begins: with its first value that is not zero.

Zeros before it say nothing about it: a counter that is set up at night, a market that opens next week. Measured
against them everything is infinitely far away, and what has been learned of infinite deviations is not forgotten in
months. So a series that had nothing but zeros, for less than a day, begins with its first other value. One of more
zeros is judged as what it is, and told of when that changes; if it comes to life, so that half of the values of about
half a day are others, for the first time, it begins anew then.
"""

from typing import Final

import numpy as np

from tidegate.detect import extremes, normalisation
from tidegate.detect.arithmetic import ZERO, constant, number
from tidegate.detect.pace import Gains
from tidegate.detect.state import Flags, Floats, Rows, SeriesState
from tidegate.detect.tables import Tables

LIFE_DAYS: Final = 0.5
ALIVE: Final = constant(0.5)
LIVED: Final = constant(2)
"""Kept as the share of values that are not zero once the series was alive."""
OF_PRESENCE: Final = ("presence", "absent_run", "longest_absence", "read_as_zero", "last_seen_day")
"""What is known of whether a series is there (silence.py) has nothing to do with its values."""


def begin(
    state: SeriesState, tables: Tables, rows: Rows | slice, values: Floats, *, dither: float, gains: Gains
) -> Flags:
    """Start the series whose first value this is, and those that begin anew. Returns which begin anew.

    The first value below zero shows what can be negative. dither: of the interval (slots.py).
    """
    anew = _begins_anew(state, values, gains)
    if anew.any():
        _forget(state, tables, np.arange(tables.day.shape[1])[rows][anew], anew)
    first = state.points == ZERO
    if first.any():
        for name in ("last", "fast", "level", "long_mean"):
            np.copyto(getattr(state, name), values, where=first)
        np.copyto(state.magnitude, np.abs(values), where=first)
        extremes.begin(state, values, first)
    normalisation.turn_negative(state, tables, rows, values, dither=dither)
    return anew


def _begins_anew(state: SeriesState, values: Floats, gains: Gains) -> Flags:
    """Which series have had zeros only, for less than a day, or come to life; learns how alive they are."""
    alive_before, there = state.life >= LIVED, values != ZERO
    if alive_before.all():
        return ~alive_before
    state.life += np.where(alive_before, ZERO, gains.of(LIFE_DAYS) * (there - state.life))
    comes_alive = ~alive_before & (state.life >= ALIVE)
    state.life[comes_alive] = LIVED
    young = state.points < number(gains.pace.points_per_day)
    waited = young & (state.points > ZERO) & (state.magnitude == ZERO) & there
    return np.asarray(waited | (comes_alive & ~young))


def _forget(state: SeriesState, tables: Tables, rows: Rows, anew: Flags) -> None:
    fresh = SeriesState.new(len(rows))
    for name in (*OF_PRESENCE, "life"):
        getattr(fresh, name)[:] = getattr(state, name)[anew]
    state.block[:, anew] = fresh.block
    tables.forget(rows)
