"""Generated series whose truth is known, and a detector that has seen them: for the tests of detection.

Hourly values from Monday 2026-01-05. Counts are negative binomial (mean and mean^2 / 50) around a day's curve that is
0.7 as high at the weekend; gauges are the same curve with noise of 5 %.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from tidegate.config import DetectorConfig, Function, Measure
from tidegate.contracts.anomaly import SeriesScore
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import IntervalValues, SeriesKey
from tidegate.detect.detector import Detector

type Curve = npt.NDArray[np.float64]

HOUR: Final = 3600
DAY: Final = 24
WEEK: Final = 7 * DAY
LEARNED: Final = 3 * WEEK
"""Hours after which a detector scores, and knows every hour of the week."""
START: Final = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())
ORDERS: Final = DetectorConfig(measures=(Measure("orders", Function.SUM),), interval_minutes=60, dimensions=("shop",))
LATENCY: Final = DetectorConfig(measures=(Measure("latency", Function.AVG),), interval_minutes=60, dimensions=("shop",))
ALARM: Final = 70


def season(hours: int) -> Curve:
    """The usual course, with a mean of about 1."""
    hour = np.arange(hours)
    day = 1 + 0.6 * np.sin(2 * np.pi * (hour % DAY - 9) / DAY)
    return np.asarray(day * np.where(hour // DAY % 7 >= 5, 0.7, 1.0))


def counts(mean: float, hours: int, seed: int) -> Curve:
    """Orders of a shop."""
    random = np.random.default_rng(seed)
    rate = random.gamma(50, mean * season(hours) / 50)
    return random.poisson(rate).astype(float)


def gauge(mean: float, hours: int, seed: int) -> Curve:
    """A measured value."""
    random = np.random.default_rng(seed)
    return np.asarray(mean * season(hours) * (1 + 0.05 * random.standard_normal(hours)))


@cache
def trained(measure: str) -> bytes:
    """The state of a detector that has learned the shop "it": orders of 200 an hour, or a latency of 50."""
    config, curve = (ORDERS, counts(200, LEARNED, 1)) if measure == "orders" else (LATENCY, gauge(50, LEARNED, 1))
    detector = Detector(config)
    observe(detector, {"it": curve}, range(LEARNED), measure)
    return detector.to_bytes()


def observe(
    detector: Detector, series: Mapping[str, Curve], hours: range, measure: str = "orders", seconds: int = HOUR
) -> dict[str, list[SeriesScore]]:
    """Show the hours, or other intervals of so many seconds, to the detector (NaN is absent).

    Returns each series' scores, one an interval from when it is known.
    """
    scores: dict[str, list[SeriesScore]] = {}
    for hour in hours:
        start = START + hour * seconds
        values: dict[SeriesKey, float] = {
            (measure, (name,)): float(curve[hour]) for name, curve in series.items() if np.isfinite(curve[hour])
        }
        for row in detector.observe(IntervalValues(Interval(start, start + seconds), values)).rows():
            scores.setdefault(row.dimensions[0], []).append(row)
    return scores


def alarms(scores: list[SeriesScore], first: int = 0) -> list[int]:
    """At which places from `first` on a series is at or above the alarm line."""
    return [place for place, score in enumerate(scores) if place >= first and score.severity >= ALARM]


def changed(curve: Curve, span: range, change: Callable[[Curve], Curve]) -> Curve:
    """The curve with a span of it replaced."""
    copy = curve.copy()
    copy[span.start : span.stop] = change(curve[span.start : span.stop])
    return copy
