"""What comes punctually: one interval of the day that is unlike those around it, day after day or week after week.

A job at 03:05, a newsletter on Mondays at nine, a door that opens five minutes past the hour. The day profile has a
slot for a quarter of an hour and the hour of week learns in weeks; neither can know it. So each series keeps a few
entries (seasonality.py): an interval of the day, the amount by which it differs from the season, how often in a row
that came, on which weekdays it came when they were last seen, and which weekdays were seen at all.

A strong deviation makes an entry. It comes again when the value at that time is nearer to season and entry than to the
season alone. It is expected on the weekdays on which it came last time, and on one not seen yet if it came on more
than half of the others. The third time that it comes on such a day the value is judged by season and entry; when it
came four times so, a day without it deviates, and one on which it comes unexpectedly does not. After a day without it
it has to come again before it is missed. What came on no weekday when it was last seen is dropped.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from tidegate.detect.arithmetic import ONE, ZERO, clip, constant
from tidegate.detect.expectation import SEASONAL, Expectation
from tidegate.detect.seasonality import Season
from tidegate.detect.slots import Slots
from tidegate.detect.state import Flags, Floats, Rows
from tidegate.detect.tables import Tables

LEAST_POINTS_A_DAY: Final = 24
"""Of longer intervals the hour of week has a cell for each, and a day without what came yesterday is no news."""
STRONG: Final = constant(6)
"""A deviation of so many standard deviations, nearly an alarm, makes an entry, and so does one that is told."""
KNOWN: Final = 2
SURE: Final = 4
"""How often it has to come on days on which it was expected before it may be expected, and before it is missed."""
_MOST: Final = 100
_WEIGHTS: Final = 4
"""An entry is the mean of the last few times: what the slot of the day profile learns meanwhile is taken off it."""
_LARGEST_STEP: Final = constant(2)
"""What comes teaches its entry as if it were at most twice as far off."""
_EVERY_WEEKDAY: Final = np.uint8(127)
VARIES: Final = constant(0.3)
"""What comes may differ by such a share of its amount, or of the whole value, but by half of the amount at most: it is
expected as near to the value as that allows.
"""
NOISE: Final = constant(0.05)
"""What is further off is measured in units larger by such a share of the amount: a series that rests has none."""


@dataclass(frozen=True, slots=True)
class Due:
    """Whose entries belong to an interval.

    at: the places of the series among those of the step. columns: in the tables. entries: which of theirs. off: how far
    the value lies from the season alone. comes: is it nearer to the entry? expected: is it one of its days? applied:
    what the expectation is raised by.
    """

    at: Rows
    columns: Rows
    entries: Rows
    off: Floats
    comes: Flags
    expected: Flags
    applied: Floats


def due(tables: Tables, slots: Slots, rows: Rows | slice, forecast: Expectation, values: Floats) -> Due | None:
    """The entries of an interval, None where no series has one. values: of them only whether it comes is read."""
    if len(tables.day) < LEAST_POINTS_A_DAY:
        return None
    here = tables.punctual_at[:, rows] == slots.interval
    if not here.any():
        return None
    entries, at = np.nonzero(here)
    columns = np.arange(tables.day.shape[1])[rows][at]
    amount = tables.punctual_amount[entries, columns]
    off = values[at] - forecast.seasonal[at]
    comes = np.abs(off - amount) < np.abs(off)
    count = tables.punctual_count[entries, columns]
    on, known = tables.punctual_on[entries, columns], tables.punctual_known[entries, columns]
    today = _bit(slots)
    usually = 2 * np.bitwise_count(on) > np.bitwise_count(known)
    expected = np.where((known & today) > 0, (on & today) > 0, usually)
    applies = (expected & (count >= np.where(comes, KNOWN, SURE))) | (comes & (count >= SURE - 1))
    size = np.abs(amount)
    varies = np.minimum(VARIES * np.maximum(size, np.abs(forecast.seasonal[at] + amount)), size / 2)
    about = clip(off, amount - varies, amount + varies)
    return Due(at, columns, entries, off, comes, expected, np.where(applies, about, ZERO))


def expect(found: Due | None, forecast: Expectation) -> None:
    """Put what is due into the expectations."""
    if found is None or not found.applied.any():
        return
    at, amount = found.at, found.applied
    forecast.seasonal[at] += amount
    forecast.candidates[SEASONAL, at] += amount
    forecast.near[at] += forecast.seasonal_weight[at] * amount
    forecast.followed[at] += forecast.seasonal_weight[at] * amount
    noise = np.zeros(len(forecast.seasonal), np.float32)
    noise[at] = NOISE * np.abs(amount)
    forecast.noise = noise


def amounts(found: Due | None, count: int) -> Floats:
    """What is due of each series."""
    if found is None:
        return ZERO
    applied = np.zeros(count, np.float32)
    applied[found.at] = found.applied
    return applied


def learn(found: Due | None, season: Season, forecast: Expectation, values: Floats, strong: Flags) -> None:
    """Learn from the value. strong: is its deviation worth an entry?"""
    if found is not None:
        _learn_known(found, season, forecast, strong[found.at])
    if len(season.tables.day) < LEAST_POINTS_A_DAY:
        return
    strong = strong & season.knows_day
    if found is not None:
        strong[found.at] = False
    at = np.flatnonzero(strong)
    if len(at):
        columns = np.arange(season.tables.day.shape[1])[season.rows][at]
        _begin(season.tables, season.slots, columns, values[at] - forecast.seasonal[at])


def _learn_known(found: Due, season: Season, forecast: Expectation, strong: Flags) -> None:
    """Learn the entries that belong to the interval; one that is not sure begins anew with what is strong and other."""
    tables, places, today = season.tables, (found.entries, found.columns), _bit(season.slots)
    count, amount = tables.punctual_count[places], tables.punctual_amount[places]
    comes, expected = found.comes, found.expected
    step = np.sign(amount) * np.minimum(np.abs(found.off), _LARGEST_STEP * np.abs(amount)) - amount
    amount += np.where(comes, step / np.minimum(count + ONE, _WEIGHTS), ZERO)
    confirmed = comes & expected & (count == 1)
    if confirmed.any():
        amount[confirmed] += _take_from_slot(
            season, found.columns[confirmed], amount[confirmed], forecast.base[found.at[confirmed]]
        )
    more = np.minimum(count + expected, _MOST)
    fewer = np.where(expected, np.maximum(np.minimum(count, SURE) - 1, 1), count)
    on = tables.punctual_on[places]
    on, known = np.where(comes, on | today, on & ~today), tables.punctual_known[places] | today
    other = ~comes & (count < SURE) & strong
    tables.punctual_amount[places] = np.where(other, found.off, amount)
    tables.punctual_count[places] = np.where(other, 1, np.where(comes, more, fewer))
    tables.punctual_on[places] = np.where(other, today, on)
    tables.punctual_known[places] = np.where(other, today, known)
    over = ~other & (on == 0) & (known == _EVERY_WEEKDAY)
    tables.punctual_at[found.entries[over], found.columns[over]] = -1


def _take_from_slot(season: Season, columns: Rows, amount: Floats, base: Floats) -> Floats:
    """Take from the day profile's slot, one for several intervals, what it has learned of an entry. Returns that.

    It is as far as the slot stands out from those beside it, and no more than an entry as large can have left there.
    The slot's other entries, which were measured against it, are moved the other way.
    """
    tables, slots = season.tables, season.slots
    day, slot = tables.day, slots.day
    points = season.points_per_day / len(day)
    if points <= 1:
        return np.zeros_like(amount)
    here = day[slot, columns].astype(np.float32)
    around = np.array([day[(slot + step) % len(day), columns] for step in (-1, 1)], np.float32).mean(axis=0)
    way = np.sign(amount)
    left = way * clip(np.nan_to_num(way * (here - around)), ZERO, np.abs(amount) / (base * constant(points - 1)))
    day[slot, columns] = here - left
    entries = tables.punctual_at[:, columns]
    in_slot = (
        (entries >= 0)
        & (entries.astype(np.int32) * len(day) // round(season.points_per_day) == slot)
        & (entries != slots.interval)
    )
    tables.punctual_amount[:, columns] += in_slot * (left * base)
    return np.asarray(left * base)


def begin(tables: Tables, slots: Slots, off: Floats, told: Flags) -> None:
    """Entries for series that only an incident of many shows. off: from the season, of all series, told or not."""
    if len(tables.day) >= LEAST_POINTS_A_DAY:
        columns = np.flatnonzero(told & ~(tables.punctual_at == slots.interval).any(axis=0))
        _begin(tables, slots, columns, off[columns])


def _begin(tables: Tables, slots: Slots, columns: Rows, off: Floats) -> None:
    """A new entry, in the place of none or of the least one that is not sure."""
    count, size = tables.punctual_count[:, columns], np.abs(tables.punctual_amount[:, columns])
    weight = np.where(count < SURE, count * size, np.inf)
    weight[tables.punctual_at[:, columns] < 0] = 0
    entries = weight.argmin(axis=0)
    larger = np.abs(off) > weight[entries, np.arange(len(columns))]
    places = entries[larger], columns[larger]
    tables.punctual_at[places] = slots.interval
    tables.punctual_amount[places] = off[larger]
    tables.punctual_count[places] = 1
    tables.punctual_on[places] = tables.punctual_known[places] = _bit(slots)


def _bit(slots: Slots) -> npt.NDArray[np.uint8]:
    return np.asarray(1 << slots.weekday, np.uint8)
