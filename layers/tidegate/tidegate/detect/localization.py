"""The smallest set of dimension values that explains a deviation: localization of root causes.

A cause is an element: values of one or more dimensions (`marketplace=us & platform=pc_web`). What lies under a cause
changes by about the same share (the generalized ripple effect, Squeeze 2019; AutoRoot 2021; RiskLoc, arXiv
2205.10004). So with z the standardised deviation of a leaf and w its expected value over its standard deviation, "all
leaves of this element changed by one share" gains

    sum(w * z) ** 2 / (2 * sum(w ** 2)) - ln(elements one could have named)

in log-likelihood over "nothing happened". The square makes the element found neither too wide (leaves that did not
move dilute it) nor too narrow (leaves that moved are left out), whatever its dimensions; the logarithm is the price of
having looked at so many. The best element is taken, its leaves are set aside, and the next one is searched, until
none gains GAIN. Where elements within the best one together gain SPLIT times as much, they are the causes and not it.

Deviations are measured against the background, the share by which all leaves moved a little.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

type Integers = npt.NDArray[np.int64]
type Doubles = npt.NDArray[np.float64]

GAIN: Final = 9.0
"""The least gain of a cause: odds of 8,000 to 1 against chance, however much was looked at."""
SPLIT: Final = 1.2
MOST_CAUSES: Final = 10
MOST_PARTS: Final = 5
MOST_CUBOIDS: Final = 200
"""At most so many combinations of dimensions are looked at: of seven dimensions every one, of ten those of one, two,
three, nine and ten dimensions.
"""
DENSEST: Final = 4
"""Elements a cuboid may have for each leaf before only those that occur are numbered."""
_LARGEST: Final = 2**62
EXACT: Final = 100.0
"""A share is never known better than to one per cent."""
BACKGROUND: Final = 0.1
ORDINARY: Final = 3.0


@dataclass(frozen=True, slots=True)
class Element:
    """Dimension values. values: dimension's place -> number of its value, empty: everything. leaves: places below."""

    values: dict[int, int]
    leaves: Integers


@dataclass(frozen=True, slots=True)
class _Cuboid:
    """A combination of dimensions. price: natural logarithm of the elements that one could have named."""

    dimensions: tuple[int, ...]
    price: float


@dataclass(frozen=True, slots=True)
class _Found:
    """The best element of a search: gain less price, its cuboid, the leaves below it."""

    gain: float
    cuboid: _Cuboid
    leaves: Integers


def localize(codes: Sequence[Integers], values: Doubles, expected: Doubles, units: Doubles) -> list[Element]:
    """The causes of a deviation, strongest first; empty when no element stands out.

    codes: for each dimension the number of its value (from 0) by leaf. units: the standard deviation of each leaf's
    value on an ordinary day, above 0.
    """
    search = _Search(codes, values, expected, units)
    return [search.element(found) for found in search.causes()]


def cuboids(dimensions: int) -> list[tuple[int, ...]]:
    """The combinations of dimensions to look at, fewest dimensions first; () is everything."""
    chosen: list[tuple[int, ...]] = [()]
    for size in range(1, dimensions + 1):
        layer = list(combinations(range(dimensions), size))
        if size == dimensions or len(chosen) + len(layer) < MOST_CUBOIDS:
            chosen += layer
    return chosen


class _Search:
    """One deviation, all leaves of it."""

    def __init__(self, codes: Sequence[Integers], values: Doubles, expected: Doubles, units: Doubles) -> None:
        self._codes = codes
        self._sizes = [int(code.max(initial=0)) + 1 for code in codes]
        shares, weights = _shares(values, expected, units)
        self._information = weights * weights
        background = np.average(np.clip(shares, -ORDINARY / weights, ORDINARY / weights), weights=self._information)
        self._signal = self._information * (shares - np.clip(background, -BACKGROUND, BACKGROUND))
        named = cuboids(len(codes))
        layers = [sum(len(other) == size for other in named) for size in range(len(codes) + 1)]
        self._cuboids = [
            _Cuboid(names, log(layers[len(names)]) + sum(log(self._sizes[name]) for name in names)) for names in named
        ]

    def causes(self) -> Iterator[_Found]:
        """The causes, strongest first; all deviate to the side of the first."""
        leaves, side = np.arange(len(self._signal)), 0
        for _ in range(MOST_CAUSES):
            found = self._best(leaves, self._cuboids, side)
            if found is None:
                return
            side = side or (1 if self._signal[found.leaves].sum() > 0 else -1)
            cause = self._narrowed(found, side)
            yield cause
            leaves = np.setdiff1d(leaves, cause.leaves, assume_unique=True)

    def element(self, found: _Found) -> Element:
        """What was found, by its values."""
        first = found.leaves[0]
        return Element({name: int(self._codes[name][first]) for name in found.cuboid.dimensions}, found.leaves)

    def _best(self, leaves: Integers, cuboids: Sequence[_Cuboid], side: int) -> _Found | None:
        """The element that gains most, of equal ones that of fewest dimensions; side: of the deviation, 0 is either."""
        if not len(leaves):
            return None
        signal, information = self._signal[leaves], self._information[leaves]
        if side:
            signal = signal * side
        best: _Found | None = None
        for cuboid in cuboids:
            cells = self._cells(cuboid, leaves)
            sums = np.bincount(cells, signal)
            if side:
                np.maximum(sums, 0, out=sums)
            gains = sums * sums / (2 * np.maximum(np.bincount(cells, information), 1e-300))
            at = int(gains.argmax())
            gain = float(gains[at]) - cuboid.price
            if gain > (best.gain * (1 + 1e-9) if best else GAIN):
                best = _Found(gain, cuboid, leaves[cells == at])
        return best

    def _narrowed(self, found: _Found, side: int) -> _Found:
        """The strongest of the elements within it where these explain clearly more, else itself."""
        finer = [cuboid for cuboid in self._cuboids if set(cuboid.dimensions) > set(found.cuboid.dimensions)]
        parts: list[_Found] = []
        rest = found.leaves
        while len(parts) < MOST_PARTS and (part := self._best(rest, finer, side)):
            parts.append(part)
            rest = np.setdiff1d(rest, part.leaves, assume_unique=True)
        return parts[0] if sum(part.gain for part in parts) > SPLIT * found.gain else found

    def _cells(self, cuboid: _Cuboid, leaves: Integers) -> Integers:
        """The number of the element in which each leaf lies."""
        cells, count = np.zeros(len(leaves), np.int64), 1
        for name in cuboid.dimensions:
            if count > _LARGEST // self._sizes[name]:
                cells, count = _renumbered(cells), len(leaves)
            cells = cells * self._sizes[name] + self._codes[name][leaves]
            count *= self._sizes[name]
        return _renumbered(cells) if count > DENSEST * len(leaves) else cells


def _renumbered(cells: Integers) -> Integers:
    """The same elements, with no number that does not occur."""
    return np.unique(cells, return_inverse=True)[1]


def _shares(values: Doubles, expected: Doubles, units: Doubles) -> tuple[Doubles, Doubles]:
    """Each leaf's deviation as a share of what was expected, and how exactly it is known (1 over its deviation).

    A share above 1 grows slower and never beyond 2, so that one leaf of which nothing was expected does not outdo all.
    """
    base = np.maximum(np.abs(expected), units)
    deviation = values - expected
    beyond = np.maximum(np.abs(deviation) - np.maximum(base, ORDINARY * units), 0)
    return deviation / (base + beyond / 2), np.minimum(base / units, EXACT)
