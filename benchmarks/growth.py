"""How the figures grow with size: the slope between the smallest and the largest size, both axes logarithmic.

1 is proportional, 0 is constant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from benchmarks.lines import Line
from benchmarks.rows import buffer, cost, detect, flush, ingest, replay


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture: figures of a row by size. figure: of ours and of whatever stands beside it."""

    title: str
    row: str
    figure: str
    size: str
    unit: str


PANELS: Final = (
    Panel("ingest: CPU a record", ingest.ROW, "CPU to the client", "records a batch", "us"),
    Panel("buffer: write units a record", buffer.ROW, buffer.UNITS, "records a batch", "write units"),
    Panel("flush: CPU of an interval", flush.ROW, flush.CPU, "rows", "s"),
    Panel("flush: peak memory", flush.ROW, flush.MEMORY, "rows", "MB"),
    Panel("detect: CPU a series", detect.ROW, detect.ALL, "series", "us"),
    Panel("end to end: CPU of a day", replay.ROW, replay.CPU, "records", "s"),
    Panel("end to end: peak memory", replay.ROW, replay.MEMORY, "records", "MB"),
    Panel("cost: a month without the stream", cost.ROW, cost.MONTH, "records a second", "USD"),
)

OURS: Final = "Tidegate"


def curves(lines: Sequence[Line], panel: Panel) -> dict[str, list[tuple[int, float]]]:
    """Name -> (size, value) of ours and of all that stand beside it, by ascending size."""
    found: dict[str, dict[int, float]] = {}
    for line in lines:
        if (line.row, line.figure) == (panel.row, panel.figure):
            found.setdefault(OURS, {})[line.size] = line.ours
            if line.theirs is not None:
                found.setdefault(line.against, {})[line.size] = line.theirs
    return {name: sorted(values.items()) for name, values in found.items()}


def slopes(lines: Sequence[Line]) -> Mapping[str, float]:
    """`panel, name` -> slope, of all curves of more than one size."""
    return {
        f"{panel.title}, {name}": round(slope(curve), 2) + 0.0  # no -0.0
        for panel in PANELS
        for name, curve in curves(lines, panel).items()
        if len(curve) > 1
    }


def slope(curve: Sequence[tuple[int, float]]) -> float:
    """The power of the size with which the value grows."""
    (small, low), (large, high) = curve[0], curve[-1]
    return log(high / low) / log(large / small)
