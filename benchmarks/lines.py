"""What is measured: a figure of Tidegate and what stands beside it, measured in the same run."""

from dataclasses import dataclass
from typing import Final

NOTHING: Final = ""
"""`against` of a figure that nothing stands beside."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure.

    row: the part of the benchmark; case: what was measured, with its size; size: the number that grows (records, rows,
    series, records a second). against: what stands beside it; theirs: its figure, None where there is none, and then
    `reason` says why. reason also says what else has to be known of the figure.
    """

    row: str
    case: str
    size: int
    figure: str
    unit: str
    ours: float
    against: str = NOTHING
    theirs: float | None = None
    reason: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours for one of theirs."""
        return self.ours / self.theirs if self.theirs else None


@dataclass(frozen=True, slots=True)
class Goal:
    """value, in the goal's unit, must not be above limit."""

    row: str
    text: str
    value: float
    limit: float

    @property
    def verdict(self) -> str:
        """`met`, or by how much it is missed."""
        if self.value <= self.limit:
            return "met"
        return f"missed by {100 * (self.value / self.limit - 1):.0f} %"


def rounded(value: float) -> float:
    """Three digits that count; all of a number of thousands."""
    return round(value) if abs(value) >= 1000 else float(f"{value:.3g}")
