"""One step of the model: judge an interval's values against the past, then learn from them."""

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np

from tidegate.detect import deviation, evidence, expectation, levels, lines, repeats, seasonality
from tidegate.detect.pace import Pace
from tidegate.detect.seasonality import PROFILE_DAYS, Season, Slots, Tables
from tidegate.detect.state import Flags, Floats, Rows, SeriesState

LEVEL_DAYS: Final = 4.0
LASTING: Final = [*lines.SIZE_CHANNELS, deviation.EVIDENCE]
BAND: Final = np.float32(3)
"""Half the width of the expected band, in standard deviations of the short deviation at this expected value."""
MAGNITUDE_DAYS: Final = 8.0
TINY: Final = expectation.TINY
FIRST_LEVEL_POINTS: Final = 12
"""The level stands still from here to the end of the first day, whose profile is measured against it."""
ROBUST: Final = np.float32(4)
"""A deviation teaches level and season as if it were at most four standard deviations."""


@dataclass(slots=True)
class Judgement:
    """Of one interval, by series: score (1 is the alarm line) by channel and combined, expectation, evidence."""

    score: Floats
    channels: Floats
    expected: Floats
    half_band: Floats
    seasonal: Floats
    flat: Floats
    run: Floats
    windows: Floats
    unrest: Floats
    signal: Floats
    unit: Floats
    sharp: Floats

    def spread(self, rows: Rows, count: int) -> Self:
        """The same for all series: 0 as score and NaN as expectation where there was nothing to judge."""
        spread = []
        for field in fields(self):
            column = getattr(self, field.name)
            empty = np.nan if field.name in ("expected", "half_band", "seasonal") else 0
            whole = np.full((*column.shape[:-1], count), empty, np.float32)
            whole[..., rows] = column
            spread.append(whole)
        return type(self)(*spread)


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when a step happens: the tables, the interval's slots, the rows of the series judged."""

    tables: Tables
    slots: Slots
    rows: Rows
    pace: Pace


def step(state: SeriesState, moment: Moment, values: Floats) -> Judgement:
    """Judge the values of the series at `moment.rows`, whose numbers are `state`, and learn them."""
    pace = moment.pace
    begin(state, values)
    flat = repeats.score(state, values, pace)
    season = seasonality.read(moment.tables, moment.slots, moment.rows, _slot_noise(state, moment), pace.points_per_day)
    forecast = expectation.expect(state, season)
    former = levels.recall(state, forecast, values)
    forecast.seasonal = np.where(former.nearer, former.expected, forecast.seasonal)
    sums = evidence.accumulate(state, forecast, season, values, pace)
    deviated = deviation.deviate(state, forecast, season, values, sums)
    channels = lines.score(state, forecast, deviated, values)
    combined = np.maximum(lines.combine(state, channels, pace), flat)
    judgement = Judgement(
        score=combined,
        channels=channels,
        flat=flat,
        expected=forecast.followed,
        half_band=BAND * deviated.units[deviation.SHORT] * sums.unit / np.maximum(state.spread, TINY),
        seasonal=forecast.seasonal,
        windows=sums.windows,
        unrest=sums.unrest,
        signal=sums.signal,
        unit=sums.unit,
        sharp=sums.sharp,
        run=state.alarm_run.copy(),
    )
    _learn(state, season, forecast, deviated, sums, values=values, pace=pace, by_level=~former.nearer)
    scored = state.points >= pace.learning_points
    alarms = scored & (np.maximum(channels[LASTING].max(axis=0), 0) >= 1)
    levels.follow(state, deviated, sums.windows, forecast, alarms=alarms)
    levels.come_back(state, former, pace)
    return judgement


def _slot_noise(state: SeriesState, moment: Moment) -> Floats:
    """Usual error of a slot of the day profile, as a share of the level: one value's, over the root of its visits."""
    visits = np.minimum(state.points, PROFILE_DAYS * moment.pace.points_per_day) / len(moment.tables.day)
    return np.asarray(state.spread / expectation.base(state) / np.sqrt(np.maximum(visits, 1)))


def begin(state: SeriesState, values: Floats) -> None:
    """A series starts from its first value."""
    first = state.points == 0
    for name in ("last", "fast", "level", "long_mean"):
        np.copyto(getattr(state, name), values, where=first)
    np.copyto(state.magnitude, np.abs(values), where=first)
    state.signed[:] = np.maximum(state.signed, values < 0)


def _learn(
    state: SeriesState,
    season: Season,
    forecast: expectation.Expectation,
    deviated: deviation.Deviation,
    sums: evidence.Evidence,
    *,
    values: Floats,
    pace: Pace,
    by_level: Flags,
) -> None:
    scale = np.maximum(state.channel_scale[deviation.SHORT], TINY)
    lines.learn(state, forecast, deviated, values, sharp=sums.sharp[evidence.TYPICAL], pace=pace)
    deviation.learn(state, deviated, values, pace)
    expectation.learn(state, forecast, values, scale, pace)
    unit = sums.lift * state.spread
    evidence.learn(state, forecast, sums.lift, values, pace)
    young = state.points < pace.points_per_day
    bound = np.where(young, np.float32(np.inf), ROBUST * np.maximum(unit, TINY))
    bounded = np.where(by_level | young, np.clip(deviated.seasonal, -bound, bound), 0)
    share = forecast.factor + bounded / forecast.base
    share = np.where(young, np.minimum(share, state.points + 1), share)  # the level is 0 until the first value above
    seasonality.learn(season, state, share, unit / forecast.base)
    gain = np.maximum(pace.gain(LEVEL_DAYS), 1 / (state.points + 1))
    stands_still = young & (state.points >= FIRST_LEVEL_POINTS) & (forecast.base > TINY)
    gain = np.where(stands_still, 0, gain)
    divisor = np.where(state.signed > 0, 1, forecast.factor)
    steady = (state.alarm_run == 0) | young
    state.level += np.where(steady, gain * bounded / divisor, 0)
    state.magnitude += np.maximum(pace.gain(MAGNITUDE_DAYS), 1 / (state.points + 1)) * (
        np.abs(values) - state.magnitude
    )
    state.points += 1
    ends_first_day = np.flatnonzero(state.points == round(pace.points_per_day))
    if len(ends_first_day):
        centre = seasonality.centre(season.tables, season.rows[ends_first_day])
        state.level[ends_first_day] += forecast.base[ends_first_day] * centre
