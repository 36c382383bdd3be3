"""What people say of anomalies, series by series: from the record of an incident to the detector.

A deviation is seen by its form and by two sizes: how many times half the width of the band it is, and how many times
the severity's alarm line (docs/detection.md). An incident has the largest of each that it reached in a series.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.anomaly import Kind
from tidegate.contracts.event_size import fitting

MAX_PEAKS: Final = 100
"""Of an incident with more series, only the worst are kept and can be judged."""
MAX_PEAK_BYTES: Final = 131_072
"""Of the names and values of an incident's peaks, as JSON: a record has an event and peaks in one item of 400 KB."""
MAX_VERDICT_BYTES: Final = 204_800
"""Of the names and values of an incident's verdicts, with its own: they are an item too, and come with numbers."""

type NamedValues = tuple[tuple[str, str], ...]
"""Dimension names and values, sorted by name."""


class Form(StrEnum):
    """What a deviation looks like: its side of the expected value, or what has no side."""

    BELOW = "below"
    ABOVE = "above"
    NOISE = "noise"
    FLAT = "flat"


@dataclass(frozen=True, slots=True)
class Peak:
    """How far one series of an incident deviated in one form.

    size: in halves of the band's width, None where that has none. score: in alarm lines, 1 is severity 70.
    """

    dimensions: NamedValues
    form: Form
    size: float | None
    score: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person said of one series of an incident. given: seconds since 1970 UTC."""

    event_id: str
    measure: str
    peak: Peak
    is_anomaly: bool
    given: int


def form_of(kind: Kind | None, value: float | None, expected: float | None) -> Form | None:
    """A deviation's form; None for an impossible value, which is a matter of rules. An absent value lies below."""
    if kind is Kind.IMPOSSIBLE:
        return None
    if kind in (Kind.NOISE, Kind.FLAT):
        return Form(kind.value)
    return Form.BELOW if value is None or value < (expected or 0.0) else Form.ABOVE


def size_of(value: float | None, expected: float | None, upper: float | None) -> float | None:
    """A deviation in halves of the band's width; of an absent value as of zero."""
    if expected is None or upper is None or upper <= expected:
        return None
    return abs((value or 0.0) - expected) / (upper - expected)


def score_of(severity: float) -> float:
    """How many alarm lines a severity stands for."""
    return severity / 70 if severity < 70 else 30 / max(100 - severity, 0.01)


def merged_verdicts(known: Iterable[Verdict], more: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Of each series and form of one incident what was said last; when they are too many, of those judged last."""
    last = {(verdict.peak.dimensions, verdict.peak.form): verdict for verdict in (*known, *more)}
    latest_first = sorted(last.values(), key=lambda verdict: verdict.given, reverse=True)
    names = [(verdict.event_id, verdict.measure, verdict.peak.dimensions) for verdict in latest_first]
    kept = set(latest_first[: fitting(names, MAX_VERDICT_BYTES)])
    return tuple(verdict for verdict in last.values() if verdict in kept)


def peaks_of(event: AlertEvent) -> tuple[Peak, ...]:
    """What one event says of its series, each by its own kind; nothing where it is another service's."""
    if event.facts is None:
        return ()
    found = []
    for series, facts in zip(event.series, event.facts.series, strict=False):
        form = form_of(facts.kind or event.facts.kind, facts.value, facts.expected)
        if form:
            size = size_of(facts.value, facts.expected, facts.upper)
            found.append(Peak(tuple(sorted(series.dimensions)), form, size, score_of(facts.severity)))
    return merged_peaks((), found)


def merged_peaks(known: Iterable[Peak], more: Iterable[Peak]) -> tuple[Peak, ...]:
    """The largest of each series and form, worst first: in whatever order events come, the same."""
    largest: dict[tuple[NamedValues, Form], Peak] = {}
    for peak in (*known, *more):
        before = largest.setdefault((peak.dimensions, peak.form), peak)
        sizes = [size for size in (before.size, peak.size) if size is not None]
        largest[peak.dimensions, peak.form] = replace(
            peak, size=max(sizes, default=None), score=max(before.score, peak.score)
        )
    worst_first = sorted(largest.values(), key=lambda peak: (-peak.score, peak.dimensions, peak.form))[:MAX_PEAKS]
    return tuple(worst_first[: fitting([peak.dimensions for peak in worst_first], MAX_PEAK_BYTES)])
