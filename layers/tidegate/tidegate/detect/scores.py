"""The scores of one interval, as columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from tidegate.contracts.anomaly import Kind, SeriesScore, Suppression
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import SeriesKey
from tidegate.detect.state import Flags, Floats

KINDS: Final = tuple(Kind)
"""`kind` holds places in this tuple."""
UNNAMED: Final = np.int8(-1)
"""The place of a kind that nobody asks for: of a severity below the alert threshold."""


@dataclass(frozen=True, slots=True)
class IntervalScores:
    """Every series the detector knows, in one interval; the columns are aligned with `series`.

    value: NaN when absent. expected, lower, upper: in the measure's unit, NaN while `learning`.
    severity: 0 to 100, 70 is the alarm line; 0 while learning. kind: index into KINDS, or UNNAMED.
    learned: points seen of the series seen most; needed: points before a series is scored ("learning n of 300").
    refused: new series beyond the limit, neither learned nor scored. suppressed: row -> why it does not alert, of rows
    whose severity would.
    """

    interval: Interval
    series: Sequence[SeriesKey]
    value: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    severity: Floats
    learning: Flags
    kind: npt.NDArray[np.int8]
    learned: int
    needed: int
    refused: int = 0
    suppressed: Mapping[int, Suppression] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.series)

    def above(self, threshold: float) -> tuple[SeriesScore, ...]:
        """The series of at least this severity, worst first (ties by series)."""
        rows = np.flatnonzero(self.severity >= threshold).tolist()
        return tuple(self.row(row) for row in sorted(rows, key=lambda row: (-self.severity[row], self.series[row])))

    def rows(self) -> Iterator[SeriesScore]:
        """Every series, in the registry's order."""
        return (self.row(row) for row in range(len(self.series)))

    def row(self, row: int) -> SeriesScore:
        """One series."""
        measure, dimensions = self.series[row]
        return SeriesScore(
            measure=measure,
            dimensions=dimensions,
            value=_number(self.value[row]),
            expected=_number(self.expected[row]),
            lower=_number(self.lower[row]),
            upper=_number(self.upper[row]),
            severity=round(float(self.severity[row]), 2),
            kind=None if self.kind[row] == UNNAMED else KINDS[self.kind[row]],
            suppressed=self.suppressed.get(row),
        )


def _number(value: np.float32) -> float | None:
    """The shortest decimal number that is this one in single precision: 402.1, not 402.1000061."""
    return None if np.isnan(value) else float(str(value))
