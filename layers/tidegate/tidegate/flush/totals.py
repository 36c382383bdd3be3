"""What is kept of the values of one measure column in one group."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Self

from tidegate.config import Function
from tidegate.flush.sums import ExactSum, Number, SumState

type TotalsState = tuple[int, Number | None, Number | None, SumState | None]
"""Count, least, greatest, and the sum, None where values are only counted. JSON gives back the same."""


class Totals:
    """The values of one measure column in one group. is_counted_only: they need not be numbers."""

    __slots__ = ("_count", "_greatest", "_least", "_sum")

    def __init__(self, *, is_counted_only: bool) -> None:
        self._count = 0
        self._sum = None if is_counted_only else ExactSum()
        self._least: Number | None = None
        self._greatest: Number | None = None

    def add(self, texts: Sequence[str]) -> None:
        """Add cells that are not empty."""
        if self._sum is None:
            self._count += len(texts)
            return
        numbers = _numbers(texts)
        if numbers:
            self._count += len(numbers)
            self._sum.add(numbers)
            self._reach(min(numbers), max(numbers))

    def merge(self, other: Self) -> None:
        """Add what another one holds, of values behind these."""
        self._count += other._count
        if self._sum is not None and other._sum is not None:
            self._sum.merge(other._sum)
        if other._least is not None and other._greatest is not None:
            self._reach(other._least, other._greatest)

    def state(self) -> TotalsState:
        """What `of` makes the same totals of."""
        return self._count, self._least, self._greatest, None if self._sum is None else self._sum.state()

    @classmethod
    def of(cls, state: TotalsState) -> Self:
        """The totals of this state."""
        totals = cls(is_counted_only=True)
        totals._count, totals._least, totals._greatest, summed = state
        totals._sum = None if summed is None else ExactSum.of(summed)
        return totals

    def _reach(self, least: Number, greatest: Number) -> None:
        self._least = least if self._least is None else min(self._least, least)
        self._greatest = greatest if self._greatest is None else max(self._greatest, greatest)

    def text(self, function: Function) -> str:
        """The aggregate in the shortest form that reads back the same; empty where there was no value to aggregate."""
        if function is Function.COUNT:
            return str(self._count)
        if self._sum is None or self._least is None or self._greatest is None:
            return ""
        match function:
            case Function.SUM:
                return repr(self._sum.value())
            case Function.AVG:
                return repr(self._sum.mean(self._count))
            case Function.MIN:
                return repr(self._least)
            case Function.MAX:
                return repr(self._greatest)


def _numbers(texts: Sequence[str]) -> list[Number]:
    """The cells as numbers. Other text, which a chunk may hold from when the column was only counted, is left out."""
    try:
        numbers = list(map(_reader(texts), texts))
    except ValueError:
        numbers = [number for text in texts for number in _number_if_any(text)]
    if inf in numbers or -inf in numbers:
        return [number for number in numbers if abs(number) != inf]
    return numbers


def _reader(texts: Sequence[str]) -> Callable[[str], Number]:
    """Reads all of them as `_number` does, or raises ValueError."""
    together = "".join(texts)
    if "." not in together and "e" not in together:
        return int
    # With as many points as cells, each has one, or there is one with two, which is no number.
    return float if together.count(".") == len(texts) else _number


def _number(text: str) -> Number:
    """As ingest writes numbers: a float has a point or a power, an integer has neither."""
    return float(text) if "." in text or "e" in text else int(text)


def _number_if_any(text: str) -> Sequence[Number]:
    try:
        return [_number(text)]
    except ValueError:
        return []
