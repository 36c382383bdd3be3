"""The scores of one interval, as columns."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
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
class Standing:
    """How the series stand in an interval, hit or not: what open incidents are asked about.

    known: how many series each measure has. off: those far from what their season lets expect. renewed: those whose
    deviation has lasted until it became their normal state -> for how many intervals it has been.
    """

    known: Mapping[str, int] = field(default_factory=dict)
    off: Set[SeriesKey] = frozenset()
    renewed: Mapping[SeriesKey, int] = field(default_factory=dict)


def _no_flags() -> Flags:
    return np.zeros(0, np.bool_)


def _no_numbers() -> Floats:
    return np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True)
class IntervalScores:
    """Every series the detector knows, in one interval; the columns are aligned with `series`.

    value: NaN when absent. expected, lower, upper: in the measure's unit, NaN while `learning`.
    severity: 0 to 100, 70 is the alarm line; 0 while learning. kind: index into KINDS, or UNNAMED.
    learned: points seen of the series seen most; needed: points before a series is scored ("learning n of 300").
    refused: new series beyond the limit, neither learned nor scored. suppressed: row -> why it does not alert, of rows
    whose severity would. off: is the value, or the zero that its absence means, far from what the season lets expect?
    renewed: for how many points what the series does now, a lasting deviation, has been its normal state; 0 where there
    is none.
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
    off: Flags = field(default_factory=_no_flags)
    renewed: Floats = field(default_factory=_no_numbers)

    def __len__(self) -> int:
        return len(self.series)

    def above(self, threshold: float) -> tuple[SeriesScore, ...]:
        """The series of at least this severity, worst first (ties by series)."""
        rows = np.flatnonzero(self.severity >= threshold).tolist()
        return tuple(self.row(row) for row in sorted(rows, key=lambda row: (-self.severity[row], self.series[row])))

    def standing(self) -> Standing:
        """Of every series, hit or not."""
        series = self.series
        return Standing(
            known=Counter(measure for measure, _ in series),
            off=frozenset(series[row] for row in np.flatnonzero(self.off).tolist()),
            renewed={series[row]: int(self.renewed[row]) for row in np.flatnonzero(self.renewed).tolist()},
        )

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
            severity=math.floor(100 * float(self.severity[row])) / 100,  # 69.998 is below an alert threshold of 70
            kind=None if self.kind[row] == UNNAMED else KINDS[self.kind[row]],
            suppressed=self.suppressed.get(row),
        )


def _number(value: np.float32) -> float | None:
    """The shortest decimal number that is this one in single precision: 402.1, not 402.1000061."""
    return None if np.isnan(value) else float(str(value))
