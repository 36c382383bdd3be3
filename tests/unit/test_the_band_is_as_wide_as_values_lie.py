"""The usual range: three standard deviations to each side, at every hour, and nothing negative of what cannot be."""

from dataclasses import replace

import numpy as np
import pytest

from tests.detector_world import DAY, LATENCY, ORDERS, WEEK, Curve, observe
from tidegate.config import DetectorConfig
from tidegate.contracts.anomaly import SeriesScore
from tidegate.detect.detector import Detector

HOURS = 6 * WEEK
JUDGED = 4 * WEEK


def office_hours() -> Curve:
    """The rate of logins of a firm: hundreds by day, hardly one at night and at the weekend."""
    hour = np.arange(HOURS)
    day = 300 * np.exp(-(((hour % DAY - 13) / 3) ** 2))
    return np.asarray(np.where(hour // DAY % 7 >= 5, 0.05, 1.0) * day + 1)


def judged(config: DetectorConfig, values: Curve) -> list[SeriesScore]:
    """The scores of the last two weeks."""
    return observe(Detector(config), {"it": values}, range(HOURS), config.measure_names[0])["it"][JUDGED:]


def half_widths(scores: list[SeriesScore]) -> Curve:
    return np.array([(score.upper or 0) - (score.expected or 0) for score in scores])


def test_of_counts_it_follows_the_hour() -> None:
    rate = office_hours()
    counts = np.random.default_rng(1).poisson(rate).astype(float)
    widths, busy = half_widths(judged(ORDERS, counts)), rate[JUDGED:] > 100
    deviations = widths / (3 * np.sqrt(rate[JUDGED:]))
    assert 0.7 < np.median(deviations[busy]) < 2.5


def test_of_a_rate_near_its_ceiling_it_is_that_of_the_rate() -> None:
    rates = 97 + 0.3 * np.random.default_rng(1).standard_normal(HOURS)
    scores = judged(LATENCY, rates)
    assert np.median(half_widths(scores)) / (3 * 0.3) == pytest.approx(1, abs=0.3)
    inside = [(score.lower or 0) <= (score.value or 0) <= (score.upper or 0) for score in scores]
    assert np.mean(inside) > 0.97


def test_nothing_negative_is_expected_of_what_cannot_be() -> None:
    counts = np.random.default_rng(1).poisson(office_hours()).astype(float)
    counts[JUDGED + 12 : JUDGED + 60] = 0
    for score in judged(ORDERS, counts):
        assert score.expected is not None
        assert 0 <= (score.lower or 0) <= score.expected <= (score.upper or 0)


def test_of_a_series_at_rest_nothing_is_expected() -> None:
    """Not 2.084e-10: that is what averages that fade come to."""
    points = 14 * 288
    random = np.random.default_rng(1)
    keys_pressed = np.convolve(np.where(random.random(points) < 0.005, 60, 0), [1, 1, 1])[:points]
    detector = Detector(replace(LATENCY, interval_minutes=5))
    scores = observe(detector, {"it": keys_pressed}, range(points), "latency", seconds=300)["it"]
    expected = np.array([score.expected for score in scores if score.expected is not None])
    assert (expected == 0).sum() > len(expected) / 2
    assert expected[expected != 0].min() > 1e-6
