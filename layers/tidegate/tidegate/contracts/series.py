"""One interval's values as the detector sees them."""

from dataclasses import dataclass

from tidegate.contracts.interval import Interval

type DimensionValues = tuple[str, ...]
"""A value for each configured dimension, in the configured order; empty text stands for null."""

type SeriesKey = tuple[str, DimensionValues]
"""Measure name (as in the aggregates' header) and dimension values."""


@dataclass(frozen=True, slots=True)
class IntervalValues:
    """The aggregated values of one interval; a series that is absent had no non-null value.

    NaN: it had a value, but none that may be learned.
    """

    interval: Interval
    values: dict[SeriesKey, float]
