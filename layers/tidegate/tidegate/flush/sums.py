"""Exact sums of numbers as they stream by: the same to the last bit in whatever order and pieces they come."""

from collections.abc import Sequence
from fractions import Fraction
from math import fsum
from sys import float_info
from typing import Final, Self

type Number = int | float

type SumState = tuple[int, list[float], str, bool]
"""Whole numbers, partial sums, what is beyond the range of floats as a fraction, whether there are floats."""

_NOTHING: Final = Fraction(0)


class ExactSum:
    """A sum of integers and floats, without rounding until it is asked for.

    Floats are kept as a few partial sums that add up to their exact sum (Shewchuk, "Adaptive Precision Floating-Point
    Arithmetic", 1997; `math.fsum` rests on the same). Integers stay integers as long as no float is added.
    """

    __slots__ = ("_beyond", "_has_floats", "_partials", "_whole")

    def __init__(self) -> None:
        self._whole = 0
        self._partials: list[float] = []
        self._beyond = _NOTHING
        self._has_floats = False

    def add(self, numbers: Sequence[Number]) -> None:
        """Add finite numbers."""
        floats = [number for number in numbers if isinstance(number, float)]
        if not floats:
            self._whole += int(sum(numbers))
            return
        if len(floats) < len(numbers):
            self._whole += sum(number for number in numbers if isinstance(number, int))
        self._has_floats = True
        floats += self._partials
        try:
            self._partials = _partial_sums(floats)
        except OverflowError:  # beyond the range of floats; perhaps only for now
            self._beyond += sum(map(Fraction, floats))
            self._partials = []

    def merge(self, other: Self) -> None:
        """Add what another sum is of."""
        self.add(other._partials)
        self._whole += other._whole
        self._has_floats |= other._has_floats
        if other._beyond:
            self._beyond += other._beyond

    def state(self) -> SumState:
        """What `of` makes the same sum of."""
        return self._whole, self._partials, str(self._beyond) if self._beyond else "", self._has_floats

    @classmethod
    def of(cls, state: SumState) -> Self:
        """The sum of this state."""
        found = cls()
        found._whole, found._partials, beyond, found._has_floats = state
        if beyond:
            found._beyond = Fraction(beyond)
        return found

    def value(self) -> Number:
        """The sum, correctly rounded; a sum beyond the range of floats is the largest float."""
        if not self._has_floats:
            return self._whole
        only = self._only()
        return _as_float(self._total()) if only is None else only

    def mean(self, count: int) -> float:
        """The sum divided by `count`, correctly rounded."""
        only = self._only()
        return _as_float(self._total() / count) if only is None else only / count

    def _only(self) -> float | None:
        """The sum where it is a float, without a remainder."""
        is_one = len(self._partials) == 1 and not self._whole and not self._beyond
        return self._partials[0] if is_one else None

    def _total(self) -> Fraction:
        return self._whole + self._beyond + sum(map(Fraction, self._partials))


def _partial_sums(floats: list[float]) -> list[float]:
    """Few floats of the same exact sum: the rounded sum, what rounding left over, and so on until nothing is left."""
    partials: list[float] = []
    while left := fsum([*floats, *(-partial for partial in partials)]):
        partials.append(left)
    return partials


def _as_float(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return float_info.max if number > 0 else -float_info.max
