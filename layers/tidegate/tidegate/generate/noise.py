"""Randomness that depends on a seed and names only, never on what was drawn before."""

from functools import lru_cache
from math import exp, sqrt
from random import Random
from typing import Final

KNOT_SECONDS: Final = 7200


def random_for(*names: object) -> Random:
    """A generator of its own for every combination of names, the same in every process."""
    return Random("/".join(map(str, names)))


def wander(seed: int, name: str, instant: int, spread: float) -> float:
    """A factor near 1 that drifts slowly: log-normal with `spread` at knots two hours apart, linear between them."""
    knot, offset = divmod(instant, KNOT_SECONDS)
    share = offset / KNOT_SECONDS
    return exp(spread * ((1 - share) * _knot(seed, name, knot) + share * _knot(seed, name, knot + 1)))


def count(mean: float, z: float, dispersion: float) -> int:
    """A count of that mean with variance `mean + mean**2 / dispersion`, as a negative binomial has, for a normal `z`.

    The gamma distribution of the same mean and variance by Wilson and Hilferty's cube (1931), rounded. It uses up one
    draw whatever the mean, so that an incident changes nothing but the series that it hits.
    """
    if mean <= 0:
        return 0
    ninth = (1 / mean + 1 / dispersion) / 9
    root = max(0.0, 1 - ninth + z * sqrt(ninth))
    return round(mean * root * root * root)


@lru_cache(maxsize=1024)
def _knot(seed: int, name: str, knot: int) -> float:
    return random_for(seed, "wander", name, knot).gauss()
