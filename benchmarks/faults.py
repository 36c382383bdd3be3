"""Synthetic faults of many dimensions, as RiskLoc's set S is described (arXiv 2205.10004, section V).

48,000 leaves of five dimensions. Values are Weibull distributed, some are zero. Forecasts differ from them by normal
noise: in one half of the leaves the forecast is the noisy one, in the other the value. One to three anomalies, each
one to three elements of one combination of dimensions, no two overlapping in a value, lower all leaves below them by
one share, a little scattered; in half of the cases they lower the forecast instead, so that the values are high.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

SIZES: Final = (10, 12, 10, 8, 5)
MOST_ANOMALIES: Final = 3
MOST_ELEMENTS: Final = 3
TRIES: Final = 1000
"""So often a place is looked for; then other sizes are drawn, as some have none beside the others."""

type Element = tuple[tuple[int, int], ...]
"""(dimension, value), ascending."""
type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fault:
    """One case. codes: dimension by leaf; truth: the elements that are to be found."""

    codes: Integers
    values: Floats
    expected: Floats
    truth: frozenset[Element]


@dataclass(frozen=True, slots=True)
class _Anomaly:
    """Elements of one combination of dimensions; share: by how much they change; scatter: its standard deviation."""

    dimensions: tuple[int, ...]
    elements: tuple[tuple[int, ...], ...]
    share: float
    scatter: float


def fault(random: np.random.Generator, sizes: Sequence[int] = SIZES) -> Fault:
    """One case."""
    leaves = int(np.prod(sizes))
    codes = np.array(np.unravel_index(np.arange(leaves), sizes))
    values, expected, noise = _ordinary(random, leaves)
    anomalies: list[_Anomaly] = []
    for _ in range(random.integers(1, MOST_ANOMALIES, endpoint=True)):
        anomalies.append(_anomaly(random, sizes, anomalies, noise, values))
    is_high = values.sum() > expected.sum()  # noise on the whole never works against the anomalies
    for anomaly in anomalies:
        below = np.zeros(leaves, np.bool_)
        for element in anomaly.elements:
            below |= np.all(codes[list(anomaly.dimensions)] == np.array(element)[:, None], axis=0)
        kept = np.maximum(1 - random.normal(anomaly.share, anomaly.scatter, int(below.sum())), 0)
        if is_high:
            expected[below] = values[below] * kept
        else:
            values[below] = expected[below] * kept
    truth = (
        tuple(zip(anomaly.dimensions, element, strict=True)) for anomaly in anomalies for element in anomaly.elements
    )
    return Fault(codes, values, expected, frozenset(truth))


def _ordinary(random: np.random.Generator, leaves: int) -> tuple[Floats, Floats, float]:
    """Values and forecasts without an anomaly, and the relative noise between them."""
    noise = random.uniform(0, 0.25)
    values = 100 * random.weibull(random.uniform(0.5, 1), leaves)
    values *= random.uniform(size=leaves) > random.uniform(0, 0.25)
    noisy = np.maximum(values * (1 + random.normal(0, noise, leaves)), 0)
    is_forecast = random.integers(0, 2, leaves) == 1
    return np.where(is_forecast, values, noisy), np.where(is_forecast, noisy, values), noise


def _anomaly(
    random: np.random.Generator, sizes: Sequence[int], others: Sequence[_Anomaly], noise: float, values: Floats
) -> _Anomaly:
    """An anomaly that shares no value with the others; a single leaf never is one whose value is zero."""
    for attempt in itertools.count():
        if attempt % TRIES == 0:
            layer = int(random.integers(1, len(sizes), endpoint=True))
            count = int(random.integers(1, MOST_ELEMENTS, endpoint=True))
            share, scatter = random.uniform(0.2, 1) + noise, random.uniform(0, 0.1)
        dimensions = tuple(sorted(random.choice(len(sizes), layer, replace=False).tolist()))
        if layer < len(sizes) and any(other.dimensions == dimensions for other in others):
            continue
        free = [_free(dimension, sizes[dimension], others) for dimension in dimensions]
        if not all(free):
            continue
        elements = tuple(zip(*(random.choice(values, count).tolist() for values in free), strict=True))
        is_shown = layer < len(sizes) or all(values[np.ravel_multi_index(element, sizes)] > 0 for element in elements)
        if len(set(elements)) == count and is_shown:
            return _Anomaly(dimensions, elements, share, scatter)
    raise AssertionError  # the count has no end


def _free(dimension: int, size: int, others: Sequence[_Anomaly]) -> list[int]:
    """The values of a dimension that no other anomaly uses."""
    used = {
        element[other.dimensions.index(dimension)]
        for other in others
        if dimension in other.dimensions
        for element in other.elements
    }
    return [value for value in range(size) if value not in used]
