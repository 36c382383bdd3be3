"""The figures' data, compact: which lines are drawn, which part of each, as JSON that the page's script reads.

A page must open on a phone even when there are 50,000 series: at most LINES lines, POINTS points in all.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from local.report.data import Floats, Line, ReportData
from local.report.words import named, sentence
from tidegate.contracts.anomaly import AnomalyGroup
from tidegate.contracts.series import SeriesKey

LINES: Final = 80
LINES_PER_ANOMALY: Final = 3
ORDINARY_LINES: Final = 3
POINTS: Final = 150_000
SERIES_LISTED: Final = 20
"""The series of an anomaly that the page names; the files beside it name all."""
RANGES: Final = {"2 h": 120, "6 h": 360, "1 d": 1440, "1 w": 10_080, "4 w": 40_320, "1 y": 525_600}
"""What the buttons below a figure show, in minutes; those of fewer than a dozen intervals are left out."""
_FEWEST_INTERVALS: Final = 12
_USUAL_INTERVALS: Final = 144
_RANGES_SHOWN: Final = 4


def series_key(group: AnomalyGroup, at: int) -> SeriesKey:
    """The key of a group's series."""
    return group.measure, group.series[at].dimensions


def drawn_keys(
    anomalies: Iterable[AnomalyGroup], others: Iterable[SeriesKey]
) -> tuple[list[SeriesKey], list[SeriesKey]]:
    """The series to draw: those of the severest anomalies, and some of the others. The callers fetch only these."""
    chosen, hit = dict[SeriesKey, None](), set[SeriesKey]()
    for group in by_severity(anomalies):
        hit.update((group.measure, one.dimensions) for one in group.series)
        if len(chosen) < LINES - LINES_PER_ANOMALY:
            chosen.update(dict.fromkeys((group.measure, one.dimensions) for one in group.series[:LINES_PER_ANOMALY]))
    ordinary = [key for _, key in zip(range(ORDINARY_LINES), (key for key in others if key not in hit), strict=False)]
    return list(chosen), ordinary


def by_severity(anomalies: Iterable[AnomalyGroup]) -> list[AnomalyGroup]:
    """The severest first, of equal ones the earlier."""
    return sorted(anomalies, key=lambda group: (-group.severity, group.started))


def ranges(step: int) -> dict[str, int]:
    """Label -> minutes of the range buttons for intervals of `step` seconds."""
    fitting = {label: minutes for label, minutes in RANGES.items() if minutes * 60 >= _FEWEST_INTERVALS * step}
    return dict(list(fitting.items())[:_RANGES_SHOWN])


def figures(data: ReportData, shown: Sequence[AnomalyGroup]) -> dict[str, object]:
    """What the script draws from: lines, anomalies in the order of `shown`, range buttons. Times are local minutes."""
    numbers = {key: number for number, key in enumerate(data.lines)}
    marks = _marks(shown)
    limit = POINTS // max(len(data.lines), 1)
    return {
        "step": data.step // 60,
        "threshold": data.threshold,
        "ranges": ranges(data.step),
        "lines": [_line(line, marks.get(key, []), limit, data) for key, line in data.lines.items()],
        "anomalies": [_anomaly(group, numbers, data) for group in shown],
    }


def _marks(shown: Sequence[AnomalyGroup]) -> dict[SeriesKey, list[tuple[int, int]]]:
    marks = dict[SeriesKey, list[tuple[int, int]]]()
    for group in shown:
        for one in group.series:
            marks.setdefault((group.measure, one.dimensions), []).append((group.started, group.interval.end))
    return marks


def _anomaly(group: AnomalyGroup, numbers: Mapping[SeriesKey, int], data: ReportData) -> dict[str, object]:
    start, end = _local_minutes(np.array([group.started, group.interval.end]), data.zone).tolist()
    wanted = max(_USUAL_INTERVALS * data.step // 60, 4 * (end - start))
    return {
        "start": start,
        "end": end,
        "severity": round(group.severity, 1),
        "kind": group.kind.value,
        "suppressed": group.suppressed is not None,
        "text": sentence(group, data.dimensions),
        "range": next((label for label, minutes in ranges(data.step).items() if minutes >= wanted), "all"),
        "lines": [numbers.get(series_key(group, at), -1) for at in range(len(group.series[:SERIES_LISTED]))],
    }


def _line(line: Line, marks: Sequence[tuple[int, int]], limit: int, data: ReportData) -> dict[str, object]:
    kept = _kept(line.starts, marks, limit, data.step)
    minutes = _local_minutes(line.starts[kept], data.zone)
    severity = line.severity[kept]
    hits = np.flatnonzero(severity >= data.threshold)
    measure, dimensions = line.key
    return {
        "measure": measure,
        "name": named(data.dimensions, dimensions),
        "part": not kept.all(),
        "runs": _runs(minutes, data.step // 60),
        "value": _compact(line.value[kept]),
        "expected": _compact(line.expected[kept]),
        "lower": _compact(line.lower[kept]),
        "upper": _compact(line.upper[kept]),
        "hits": [[int(at), round(float(severity[at]), 1)] for at in hits],
    }


def _kept(starts: NDArray[np.int64], marks: Sequence[tuple[int, int]], limit: int, step: int) -> NDArray[np.bool_]:
    """Which points stay: all, or those around the marks (the latest ones where there is no mark), about `limit`."""
    if len(starts) <= limit:
        return np.ones(len(starts), np.bool_)
    marks = marks or [(int(starts[-1]), int(starts[-1]))]
    margin = limit // len(marks) // 2 * step
    kept = np.zeros(len(starts), np.bool_)
    for start, end in marks:
        kept[np.searchsorted(starts, start - margin) : np.searchsorted(starts, end + margin)] = True
    return kept


def _local_minutes(instants: NDArray[np.int64], zone: tzinfo) -> NDArray[np.int64]:
    """Minutes since 1970 as the clocks of the zone show them: what people read on the axis."""
    if zone is UTC:
        return instants // 60
    moments = (datetime.fromtimestamp(instant, zone) for instant in instants.tolist())
    offsets = [int(offset.total_seconds()) for moment in moments if (offset := moment.utcoffset()) is not None]
    return (instants + np.array(offsets, np.int64)) // 60


def _runs(minutes: NDArray[np.int64], step: int) -> list[list[int]]:
    """Regular times as [first, count] of each stretch without a gap."""
    firsts = np.flatnonzero(np.diff(minutes, prepend=np.iinfo(np.int64).min // 2) != step)
    counts = np.diff(firsts, append=len(minutes))
    return [[int(minutes[first]), int(count)] for first, count in zip(firsts, counts, strict=True)]


def _compact(numbers: Floats) -> list[float | None]:
    """Six significant digits are more than a screen shows. What is not finite cannot be drawn, and is None."""
    rounded = (float(f"{number:.6g}") for number in numbers.tolist())
    return [int(number) if number.is_integer() else number if isfinite(number) else None for number in rounded]
