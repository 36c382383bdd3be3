"""What a report shows. Whoever writes one (backtest, replay, demo) fills this in; the page is made from it alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

import numpy as np
from numpy.typing import NDArray

from tidegate.contracts.anomaly import AnomalyGroup
from tidegate.contracts.buffer import LedgerLine
from tidegate.contracts.series import SeriesKey

type Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Line:
    """One series over time, to be drawn.

    starts: interval starts, seconds since 1970 UTC, ascending, gaps allowed. The others have one number for each, NaN
    where there is none: value (absent), expected, lower and upper (still learning), severity 0 to 100.
    """

    key: SeriesKey
    starts: NDArray[np.int64]
    value: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    severity: Floats


@dataclass(frozen=True, slots=True)
class Planted:
    """An incident that is known to be in the data, and what came of it.

    start, end: seconds since 1970 UTC. group_id: the anomaly that found it, None when nothing did.
    """

    kind: str
    where: str
    start: int
    end: int
    group_id: str | None


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything on the page.

    facts: name and text, what was analysed (files, period, series). lines: histories of series; those in an anomaly are
    drawn with it, a few of the others as ordinary ones. quality: name and text, what the data were like. step: the
    interval's length in seconds. ledger: the ledger's lines where records were moved. planted: known incidents, empty
    when nothing is known. unexplained: how many anomalies belong to none of them.
    note: a sentence for the reader, such as that the model is still learning.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    dimensions: Sequence[str]
    step: int
    threshold: float
    anomalies: Sequence[AnomalyGroup]
    lines: Mapping[SeriesKey, Line]
    quality: Sequence[tuple[str, str]] = ()
    zone: tzinfo = UTC
    ledger: Sequence[LedgerLine] = field(default_factory=tuple)
    planted: Sequence[Planted] = field(default_factory=tuple)
    unexplained: int = 0
    note: str = ""
