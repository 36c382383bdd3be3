"""Diagnosis: the search for root causes over synthetic faults of 48,000 leaves, beside what others published."""

from collections.abc import Iterator
from typing import Final

from benchmarks import diagnosis
from benchmarks.lines import Line, rounded
from benchmarks.processes import alone
from benchmarks.scale import Scale

ROW: Final = "diagnosis"
PUBLISHED: Final = {"RiskLoc": (0.51, 6600.0), "AutoRoot": (0.45, 3100.0), "Adtributor": (0.08, 500.0)}
"""F1 and milliseconds a fault."""
REASON: Final = "published, on faults of the same description"


def measure(scale: Scale) -> Iterator[Line]:
    """F1 of the elements named, and CPU a fault."""
    found = alone(diagnosis.measure, scale.faults)
    for name, (f1, milliseconds) in PUBLISHED.items():
        case = f"48,000 leaves, {scale.faults} faults"
        yield Line(ROW, case, 48_000, "F1 of root causes", "", rounded(found["f1"]), name, f1, REASON)
        yield Line(ROW, case, 48_000, "search", "CPU ms", rounded(found["median_cpu_ms"]), name, milliseconds, REASON)
