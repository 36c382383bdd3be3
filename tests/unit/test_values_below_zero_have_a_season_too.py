"""Temperatures, balances, differences: what can be negative is expected as closely as what cannot."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from tests.detector_world import ALARM, DAY, LATENCY, WEEK, Curve, observe
from tidegate.detect.detector import Detector

HOURS: Final = 4 * WEEK
NOISE: Final = 0.5
AMPLITUDE: Final = 10


def wave(begins: int, around: float, seed: int, hours: int = HOURS) -> Curve:
    """A sine of a day that begins at this hour of it, and noise."""
    noise = np.random.default_rng(seed).standard_normal(hours)
    return np.asarray(around + AMPLITUDE * np.sin(2 * np.pi * (np.arange(hours) + begins) / DAY) + NOISE * noise)


def judged(curve: Curve, minutes: int = 60) -> tuple[Curve, list[int]]:
    """What was expected, from the last day of the learning time on, and the alarms."""
    detector = Detector(replace(LATENCY, interval_minutes=minutes))
    found = observe(detector, {"it": curve}, range(len(curve)), "latency", 60 * minutes)["it"]
    expected = [np.nan if one.expected is None else one.expected for one in found]
    return np.array(expected), [place for place, one in enumerate(found) if one.severity >= ALARM]


@pytest.mark.parametrize("around", [0, 8, -30])
@pytest.mark.parametrize("begins", [0, 6, 12, 18])
def test_a_wave_is_expected_within_its_noise(begins: int, around: float) -> None:
    """Wherever in the day it begins: its first values say little of its level, and of how far it goes."""
    curve = wave(begins, around, seed=begins)
    expected, alarms = judged(curve)
    assert not alarms
    last = slice(-WEEK, None)
    assert np.mean(np.abs(curve - expected)[last]) < 1.25 * NOISE
    lowest = np.argsort(curve[last])[: WEEK // DAY]
    assert np.mean((curve - expected)[last][lowest]) > -2 * NOISE, "the lowest values are expected as low"


@pytest.mark.parametrize("begins", range(0, 288, 48))
def test_of_five_minutes_too(begins: int) -> None:
    """They are judged from the second day on: the first one is all that is known of the season."""
    points = 4 * 288
    day = AMPLITUDE * np.sin(2 * np.pi * (np.arange(points) + begins) / 288)
    curve = day + NOISE * np.random.default_rng(begins).standard_normal(points)
    expected, alarms = judged(curve, minutes=5)
    assert len(alarms) <= 1
    assert np.nanmax(np.abs(day - expected)) < AMPLITUDE / 2


def test_an_incident_leaves_the_season_as_it_was() -> None:
    """A sensor that shows a thousand for three hours; the day after is as all days before."""
    curve = wave(0, 0, seed=3)
    at = 3 * WEEK
    curve[at : at + 3] += 1000
    expected, alarms = judged(curve)
    assert at in alarms
    assert [alarm for alarm in alarms if alarm >= at + 6] == []
    after = slice(at + 6, at + 2 * DAY)
    assert np.mean(np.abs(curve - expected)[after]) < 2 * NOISE


def test_what_was_positive_for_weeks_keeps_its_season_below_zero() -> None:
    """The first frost says that a temperature can be negative, and nothing of its days."""
    curve = wave(0, 12, seed=4)
    cold = 3 * WEEK
    curve[cold:] -= np.minimum(np.arange(HOURS - cold) / DAY, 5)
    expected, _ = judged(curve)
    below = int(np.argmax(curve < 0))
    assert cold < below < HOURS - 3 * DAY
    assert np.mean(np.abs(curve - expected)[below:]) < 2 * NOISE


def test_what_cannot_be_negative_has_no_season_below_zero() -> None:
    """An average that rests at zero and bursts every other day: what its hours of the week expect too much, its day
    took away, without end. Here it overflowed, which is an error in tests.
    """
    random, hours = np.random.default_rng(114), 50 * DAY
    curve = np.where(random.random(hours) < 0.03, random.exponential(1, hours), 0)
    place = 24 * DAY + random.exponential(1.3 * DAY)
    while place < hours - DAY:
        lasts = int(random.integers(1, 13))
        curve[int(place) : int(place) + lasts] += 150 * random.lognormal(0, 0.4)
        place += (0.7 + random.exponential(1.3)) * DAY
    expected, _ = judged(curve)
    assert np.nanmin(expected) >= 0
