"""One step of the model: judge an interval's values against the past, then learn from them."""

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np

from tidegate.detect import (
    beginnings,
    deviation,
    evidence,
    expectation,
    extremes,
    levels,
    lines,
    normalisation,
    punctual,
    rarity,
    repeats,
    seasonality,
)
from tidegate.detect.arithmetic import INFINITE, ONE, ZERO, clip, constant, number
from tidegate.detect.pace import Gains, Pace
from tidegate.detect.seasonality import PROFILE_DAYS, Season
from tidegate.detect.slots import Slots
from tidegate.detect.state import Flags, Floats, Rows, SeriesState
from tidegate.detect.tables import Tables

LEVEL_DAYS: Final = 4.0
BAND: Final = constant(3)
"""Half the width of the expected band, in standard deviations of the short deviation at this expected value."""
MAGNITUDE_DAYS: Final = 8.0
CLOSED: Final = constant(0.05)
"""Nothing is expected where it is at most so many standard deviations."""
FIRST_DAY_COUNTS: Final = constant(0.1)
"""The first day's deviations are from a season not known yet: they count as a tenth of a day."""
TINY: Final = expectation.TINY
FIRST_LEVEL_POINTS: Final = constant(12)
"""The level stands still from here to the end of the first day, whose profile is measured against it."""
ROBUST: Final = constant(4)
"""A deviation teaches level and season as if it were at most four standard deviations."""


@dataclass(slots=True)
class Judgement:
    """Of one interval, by series: expectation, score (1 is the alarm line) by channel and combined, evidence.

    sudden: 1 where the deviation from the expectation is the first large one, else 0.
    renewed: for how many points the level has been a new one that still holds, 0 where there is none.
    """

    expected: Floats
    half_band: Floats
    seasonal: Floats
    sudden: Floats
    score: Floats
    channels: Floats
    flat: Floats
    run: Floats
    windows: Floats
    unrest: Floats
    signal: Floats
    unit: Floats
    sharp: Floats
    renewed: Floats

    def of(self, rows: Rows) -> Self:
        """The same for some series."""
        return type(self)(*(getattr(self, name)[..., rows] for name in _COLUMNS))

    def spread(self, rows: Rows, count: int) -> Self:
        """The same for all series: 0 as score and NaN as expectation where there was nothing to judge."""
        columns = [getattr(self, name) for name in _COLUMNS]
        block = np.concatenate([column if column.ndim == 2 else column[None] for column in columns])
        whole = np.zeros((len(block), count), np.float32)
        whole[:_EXPECTATIONS] = np.nan
        whole[:, rows] = block
        spread, at = [], 0
        for column in columns:
            width = column.shape[0] if column.ndim == 2 else 1
            spread.append(whole[at : at + width] if column.ndim == 2 else whole[at])
            at += width
        return type(self)(*spread)


_COLUMNS: Final = tuple(field.name for field in fields(Judgement))
_EXPECTATIONS: Final = _COLUMNS.index("score")


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when a step happens: the tables, the interval's slots, the rows of the series judged.

    additive: which of them are sums or counts.
    """

    tables: Tables
    slots: Slots
    rows: Rows | slice
    pace: Pace
    additive: Flags


def step(state: SeriesState, moment: Moment, values: Floats) -> Judgement:
    """Judge the values of the series at `moment.rows`, whose numbers are `state`, and learn them."""
    pace = moment.pace
    gains = Gains(pace, state.points)
    if beginnings.begin(state, moment.tables, moment.rows, values, dither=moment.slots.dither, gains=gains).any():
        gains = Gains(pace, state.points)
    unit = expectation.base(state)
    noise = _slot_noise(state, moment, unit)
    tables, slots, rows, like_counts = moment.tables, moment.slots, moment.rows, deviation.like_counts(state)
    season = seasonality.read(
        *(tables, slots, rows),
        noise=noise,
        points_per_day=pace.points_per_day,
        like_counts=like_counts,
        signed=state.signed > ZERO,
    )
    forecast = expectation.expect(state, season, unit, like_counts)
    flat = repeats.score(state, forecast, values, gains)
    found = punctual.due(tables, slots, rows, forecast, values)
    punctual.expect(found, forecast)
    former = levels.recall(state, forecast, values, punctual.amounts(found, len(state)))
    forecast.seasonal = np.where(former.nearer, former.expected, forecast.seasonal)
    events = rarity.expected_events(state, forecast, values, moment.additive, gains)
    sums = evidence.accumulate(state, forecast, season, values, least=rarity.least_unit(events), pace=pace)
    deviated = deviation.deviate(state, forecast, season, values, sums, by_former=former.nearer)
    beyond = extremes.score(state, deviated, values, pace)
    channels = np.concatenate([lines.score(state, deviated, sums, pace), beyond[None]])
    channels = rarity.bounded(state, channels, events, values)
    sizes = lines.largest_size(channels)
    combined = lines.combine(state, channels, sizes, pace)
    combined = np.maximum(levels.without_left_over(state, combined, deviated, forecast, pace), flat)
    half_band = BAND * _short_unit(state, sums)
    run = state.alarm_run.copy()
    strong = (np.abs(sums.windows[0]) >= punctual.STRONG) | (sizes >= ONE)
    scatter = rarity.scatter(state, events, gains)
    rarity.learn(state, forecast, values, pace)
    _learn(
        *(state, season, forecast, deviated, sums),
        values=values,
        scatter=scatter,
        events=events,
        gains=gains,
        by_level=~former.nearer,
    )
    punctual.learn(found, season, forecast, values, strong)
    scored = state.points >= number(pace.learning_points)
    alarms = scored & (np.maximum(sizes, channels[deviation.EVIDENCE]) >= ONE)
    levels.follow(state, deviated, season, sums.windows, forecast, alarms=alarms)
    levels.come_back(state, former, pace)
    return Judgement(
        expected=former.told(forecast.followed, values),
        half_band=half_band,
        seasonal=forecast.seasonal,
        sudden=deviated.sudden.astype(np.float32),
        score=combined,
        channels=channels,
        flat=flat,
        windows=sums.windows,
        unrest=sums.unrest,
        signal=sums.signal,
        unit=sums.unit,
        sharp=sums.sharp,
        run=run,
        renewed=np.where(former.nearer, ZERO, state.other_age),
    )


def _short_unit(state: SeriesState, sums: evidence.Evidence) -> Floats:
    """The usual deviation from the followed forecast at this expected value.

    That of the evidence, which has the deviations from the season, times the ratio of the two channels' usual sizes.
    Those are means over all hours, over which the lift is not 1 on average.
    """
    short, seasonal = state.channel_scale[deviation.SHORT], state.channel_scale[deviation.SEASONAL]
    return np.asarray(sums.lift * state.spread * short / np.maximum(seasonal, TINY))


def _slot_noise(state: SeriesState, moment: Moment, unit: Floats) -> Floats:
    """Usual error of a slot of the day profile, as a share of the level: one value's, over the root of its visits."""
    visits = np.minimum(state.points, number(PROFILE_DAYS * moment.pace.points_per_day))
    visits /= number(len(moment.tables.day))
    return np.asarray(state.spread / unit / np.sqrt(np.maximum(visits, ONE)))


def _learn(
    state: SeriesState,
    season: Season,
    forecast: expectation.Expectation,
    deviated: deviation.Deviation,
    sums: evidence.Evidence,
    *,
    values: Floats,
    scatter: Floats,
    events: rarity.Events,
    gains: Gains,
    by_level: Flags,
) -> None:
    pace = gains.pace
    scale = np.maximum(state.channel_scale[deviation.SHORT], TINY)
    tells = _tells(state, season, forecast, sums, values)
    often = events.usual > rarity.SELDOM
    lines.learn(state, deviated, sharp=sums.sharp[evidence.TYPICAL], often=often, tells=tells, gains=gains)
    deviation.learn(state, deviated, values, tells=tells, gains=gains)
    expectation.learn(state, forecast, values, scale, gains, foreseen=deviated.returns)
    unit = sums.lift * state.spread
    since_first_day = _gains_since_first_day(state, pace)
    evidence.learn(
        state, forecast, sums, values, steady=often & season.knows_weekday, tells=tells, gains=since_first_day
    )
    young = state.points < number(pace.points_per_day)
    bound = np.where(young, INFINITE, ROBUST * np.maximum(unit, TINY))
    bounded = np.where(by_level | young, clip(deviated.seasonal, -bound, bound), ZERO)
    share = forecast.factor + np.where(forecast.base > TINY, bounded / forecast.base, ZERO)  # of no level no share
    any_young, unsigned = gains.youngest < pace.points_per_day, state.signed == ZERO
    if any_young:  # the level is 0 until the first value above
        share = np.where(young & unsigned, np.minimum(share, state.points + ONE), share)
    of_weekday, is_steady = share, state.alarm_run == ZERO
    bounds_hold = season.knows_weekday | young | is_steady  # else it is a weekday unlike the others
    if not bounds_hold.all():
        expected = np.where(unsigned, np.abs(forecast.seasonal), state.magnitude)
        whole = np.where(by_level, clip(deviated.seasonal, -expected, expected), ZERO)
        of_weekday = np.where(bounds_hold, share, forecast.factor + whole / forecast.base)
    shapes_weekday = levels.moved_on_new_weekday(state, season) & season.like_counts
    if shapes_weekday.any():
        share, of_weekday = (
            np.where(shapes_weekday, levels.of_former(state, forecast, one), one) for one in (share, of_weekday)
        )
    seasonality.learn(season, state, share, of_weekday, noise=unit / forecast.base, scatter=scatter)
    gain, off = gains.of(LEVEL_DAYS), bounded
    if any_young:
        stands_still = young & unsigned & (state.points >= FIRST_LEVEL_POINTS) & (forecast.base > TINY)
        gain = np.where(stands_still, ZERO, gain)
        off = np.where(young, values - state.level, bounded)  # the mean at first: nothing is known of the slots
    move = np.where(is_steady | young, gain * off, ZERO)
    state.level += move
    usual = np.where(unsigned, values, forecast.seasonal + bounded)
    state.magnitude += gains.of(MAGNITUDE_DAYS) * (np.abs(usual) - state.magnitude)
    if any_young and (begins := young & ~unsigned).any():
        normalisation.follow_first_day(state, season, forecast, move, np.flatnonzero(begins))
    state.points += ONE
    normalisation.hold_level(state, season, forecast, young=young, points_per_day=pace.points_per_day)


def _tells(
    state: SeriesState, season: Season, forecast: expectation.Expectation, sums: evidence.Evidence, values: Floats
) -> Floats:
    """0 in closed hours of a living series, where nothing is expected and nothing comes, else 1.

    A shop that is closed at night would seem to deviate half as much as it does while it is open.
    """
    nothing = values == ZERO
    if not nothing.any():
        return ONE
    nothing &= (state.signed == ZERO) & (forecast.seasonal <= CLOSED * sums.unit)
    closed = nothing & season.knows_day & (state.life >= beginnings.LIVED)
    return np.where(closed, ZERO, ONE)


def _gains_since_first_day(state: SeriesState, pace: Pace) -> Gains:
    """The weights of points in averages of deviations from the season."""
    day = number(pace.points_per_day)
    known = state.points - (ONE - FIRST_DAY_COUNTS) * day
    return Gains(pace, np.where(state.points >= day, known, state.points))
