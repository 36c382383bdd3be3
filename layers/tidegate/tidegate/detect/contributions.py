"""How much each dimension value contributes to an anomaly: its share of the absolute residuals of the series hit."""

from collections.abc import Mapping, Sequence
from typing import Final

from tidegate.contracts.anomaly import SeriesScore

WHOLE: Final = 100


def contributions(series: Sequence[SeriesScore], dimensions: Sequence[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    """Dimension name -> (value, integer percent), dimensions alphabetical, percents descending and adding up to 100.

    Values below half a percent or so round to 0 and are left out. `dimensions`: names in the order of the series'
    values. Empty when there are no series or no dimensions.
    """
    if not series:
        return {}
    weights = deviations(series)
    return {
        name: _percents_of(_summed(place, series, weights))
        for place, name in sorted(enumerate(dimensions), key=lambda pair: pair[1])
    }


def percents(weights: Sequence[float]) -> list[int]:
    """Integers in the proportion of weights that are >= 0, adding up to 100 (largest remainder); equal when all are 0.

    A larger weight never gets less than a smaller one. Empty for no weights.
    """
    largest = max(weights, default=0.0)
    scaled = [weight / largest for weight in weights] if largest else [1.0] * len(weights)
    total = sum(scaled)
    exact = [WHOLE * weight / total for weight in scaled]
    whole = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: (whole[place] - exact[place], -scaled[place]))
    for place in by_remainder[: WHOLE - sum(whole)]:
        whole[place] += 1
    return whole


def residual(score: SeriesScore) -> float:
    """Half the distance of value and expectation (half, so that it never overflows); absence counts as 0."""
    if score.expected is None:
        return 0.0
    return abs((score.value or 0.0) / 2 - score.expected / 2)


def deviations(series: Sequence[SeriesScore]) -> list[float]:
    """How much of a deviation each has: its residual; where all are 0 (a change of noise, say) its severity instead."""
    residuals = [residual(score) for score in series]
    return residuals if any(residuals) else [score.severity for score in series]


def _summed(place: int, series: Sequence[SeriesScore], weights: Sequence[float]) -> Mapping[str, float]:
    largest = max(weights) or 1.0
    sums: dict[str, float] = {}
    for score, weight in zip(series, weights, strict=True):
        value = score.dimensions[place]
        sums[value] = sums.get(value, 0.0) + weight / largest
    return sums


def _percents_of(sums: Mapping[str, float]) -> tuple[tuple[str, int], ...]:
    ranked = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    found = percents([weight for _, weight in ranked])
    return tuple((value, percent) for (value, _), percent in zip(ranked, found, strict=True) if percent)
