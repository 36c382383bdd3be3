"""A snapshot is the whole detector: what comes after it does not depend on whether it was taken."""

from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest

from tidegate.config import DetectorConfig, Function, Measure
from tidegate.contracts.errors import CorruptState, DifferentDetector
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import IntervalValues
from tidegate.detect.detector import Detector

CONFIG = DetectorConfig(measures=(Measure("orders", Function.SUM),), interval_minutes=60, dimensions=("shop",))
START = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())
RANDOM = np.random.default_rng(1)
VALUES = RANDOM.poisson(20, (400, 5)).astype(float)


def interval(number: int) -> IntervalValues:
    start = START + 3600 * number
    absent = number % 7
    return IntervalValues(
        Interval(start, start + 3600),
        {("orders", (f"s{shop}",)): VALUES[number, shop] for shop in range(5) if shop != absent},
    )


@cache
def snapshot() -> bytes:
    detector = Detector(CONFIG)
    for number in range(360):
        detector.observe(interval(number))
    return detector.to_bytes()


def trained() -> Detector:
    return Detector.from_bytes(snapshot(), CONFIG)


def test_scores_after_a_snapshot_are_identical() -> None:
    detector = Detector(CONFIG)
    for number in range(360):
        detector.observe(interval(number))
    copy = Detector.from_bytes(detector.to_bytes(), CONFIG)
    for number in range(360, 400):
        one, other = detector.observe(interval(number)), copy.observe(interval(number))
        assert one.series == other.series
        np.testing.assert_array_equal(one.severity, other.severity)
        np.testing.assert_array_equal(one.expected, other.expected)
    assert detector.to_bytes() == copy.to_bytes()


def test_unknown_version_is_refused() -> None:
    data = bytearray(snapshot())
    data[4] = 99
    with pytest.raises(CorruptState, match="version 99"):
        Detector.from_bytes(bytes(data), CONFIG)


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"PK" + data, lambda data: b""])
def test_damaged_snapshot_is_refused(damage) -> None:  # type: ignore[no-untyped-def]  # a parametrised lambda
    with pytest.raises(CorruptState):
        Detector.from_bytes(damage(snapshot()), CONFIG)


def test_flipped_byte_is_refused() -> None:
    data = bytearray(snapshot())
    data[len(data) // 2] ^= 1
    with pytest.raises(CorruptState, match="checksum"):
        Detector.from_bytes(bytes(data), CONFIG)


def test_other_dimensions_start_anew() -> None:
    other = DetectorConfig(measures=CONFIG.measures, interval_minutes=60, dimensions=("store",))
    with pytest.raises(DifferentDetector):
        Detector.from_bytes(snapshot(), other)


def test_intervals_must_come_in_order() -> None:
    detector = trained()
    with pytest.raises(ValueError, match="in order"):
        detector.observe(interval(359))
