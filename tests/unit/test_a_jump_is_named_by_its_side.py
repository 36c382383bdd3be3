"""A measured value that wanders and jumps is a spike, a dip or a shift: noise is what goes on going both ways."""

import numpy as np
import pytest

from tests.detector_world import ALARM, DAY, LATENCY, WEEK, Curve, observe
from tidegate.contracts.anomaly import Kind
from tidegate.detect.detector import Detector

BEGIN = 4 * WEEK
HOURS = BEGIN + 2 * DAY
SEEDS = range(6)


def wandering(seed: int) -> Curve:
    """A temperature: a daily course of 2 degrees, and its own slow way."""
    random, hour = np.random.default_rng(seed), np.arange(HOURS)
    pushes, way = 0.25 * random.standard_normal(HOURS), np.zeros(HOURS)
    for at in range(1, HOURS):
        way[at] = 0.97 * way[at - 1] + pushes[at]
    return np.asarray(20 + 2 * np.sin(2 * np.pi * (hour - 9) / DAY) + way)


def told(values: Curve) -> list[Kind]:
    scores = observe(Detector(LATENCY), {"hall": values}, range(HOURS), "latency")["hall"]
    return [score.kind for score in scores[BEGIN:] if score.severity >= ALARM and score.kind]


@pytest.mark.parametrize(("degrees", "kinds"), [(8.0, {Kind.SPIKE, Kind.SHIFT}), (-8.0, {Kind.DIP, Kind.SHIFT})])
def test_a_step_is_no_noise(degrees: float, kinds: set[Kind]) -> None:
    for seed in SEEDS:
        values = wandering(seed)
        values[BEGIN:] += degrees
        found = told(values)
        assert found[0] in kinds, seed
        assert Kind.NOISE not in found, seed


def test_a_single_wrong_reading_is_no_noise() -> None:
    for seed in SEEDS:
        values = wandering(seed)
        values[BEGIN] -= 15
        assert told(values)[0] is Kind.DIP, seed


def test_what_goes_on_going_both_ways_is_noise() -> None:
    for seed in SEEDS:
        values = wandering(seed)
        values[BEGIN:] += 6 * np.random.default_rng(seed).standard_normal(HOURS - BEGIN)
        assert Kind.NOISE in told(values), seed
