"""One step of the model: judge an interval's values against the past, then learn from them."""

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np

from tidegate.detect import deviation, evidence, expectation, lines, seasonality
from tidegate.detect.pace import Pace
from tidegate.detect.seasonality import Season
from tidegate.detect.state import Floats, Rows, SeriesState

LEVEL_DAYS: Final = 4.0
MAGNITUDE_DAYS: Final = 8.0
TINY: Final = expectation.TINY
ROBUST: Final = np.float32(4)
"""A deviation teaches level and season as if it were at most four standard deviations."""


@dataclass(slots=True)
class Judgement:
    """Of one interval, by series: score (1 is the alarm line) by channel and combined, expectation, signed evidence."""

    score: Floats
    channels: Floats
    expected: Floats
    half_band: Floats
    seasonal: Floats
    evidence: Floats

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


def step(state: SeriesState, season: Season, values: Floats, pace: Pace) -> Judgement:
    """Judge the values of the series whose numbers are `state` and whose season is `season`, and learn them."""
    begin(state, values)
    forecast = expectation.expect(state, season)
    sums = evidence.accumulate(state, forecast, season, values)
    deviated = deviation.deviate(state, forecast, values, np.abs(sums))
    channels = lines.score(state, forecast, deviated, values)
    combined = lines.combine(state, channels, pace)
    half_band = 3 * np.maximum(deviated.units[deviation.SHORT], TINY)
    judgement = Judgement(combined, channels, forecast.followed, half_band, forecast.seasonal, sums)
    _learn(state, season, forecast, deviated, values, pace=pace)
    return judgement


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
    values: Floats,
    *,
    pace: Pace,
) -> None:
    scale = np.maximum(state.channel_scale[deviation.SHORT], TINY)
    lines.learn(state, forecast, deviated, values, pace)
    deviation.learn(state, deviated, values, pace)
    expectation.learn(state, forecast, values, scale, pace)
    unit = evidence.standard_deviation(state, forecast)
    evidence.learn(state, forecast, values, pace)
    young = state.points < pace.points_per_day
    bound = np.where(young, np.float32(np.inf), ROBUST * np.maximum(unit, TINY))
    bounded = np.clip(deviated.seasonal, -bound, bound)
    share = 1 + (forecast.seasonal + bounded - state.level) / forecast.base
    seasonality.learn(season, state, share, unit / forecast.base)
    gain = np.maximum(pace.gain(LEVEL_DAYS), 1 / (state.points + 1))
    divisor = np.where(state.signed > 0, 1, forecast.factor)
    state.level += gain * bounded / divisor
    state.magnitude += np.maximum(pace.gain(MAGNITUDE_DAYS), 1 / (state.points + 1)) * (
        np.abs(values) - state.magnitude
    )
    state.points += 1
