"""The intervals of a history in order, what lies between them, and whether its interval is the data's own."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from local.arguments import interval_text
from local.history.aggregate import History
from tidegate.contracts.errors import InputError
from tidegate.contracts.interval import DAY_MINUTES
from tidegate.contracts.series import IntervalValues

_SAME_STEP_SHARE: Final = 0.95


def intervals(history: History) -> Iterator[IntervalValues]:
    """All intervals to judge in order."""
    index = 0
    for start in history.shown.tolist():
        if index < len(history.starts) and history.starts[index] == start:
            yield history.at(index)
            index += 1
        else:
            yield IntervalValues(history.grid.containing(start), {})


def skipped_spans(history: History) -> list[tuple[int, int]]:
    """The spans left out: from the end of an interval that is judged to the start of the next one."""
    starts = history.shown
    edges = np.flatnonzero(np.diff(starts) != history.grid.step)  # there a span is left out, or the clock changes
    spans = ((history.grid.containing(int(starts[at])).end, int(starts[at + 1])) for at in edges)
    return [(end, start) for end, start in spans if end < start]


def interval_count(history: History) -> int:
    """How many intervals `intervals` gives."""
    return len(history.shown)


def check_interval(history: History, place: str) -> None:
    """Raise InputError when the rows come in a coarser interval than the one given."""
    steps = np.rint(np.diff(history.starts) / history.grid.step).astype(np.int64)
    if not len(steps):
        return
    usual = int(np.bincount(np.minimum(steps, DAY_MINUTES)).argmax())
    minutes = usual * history.grid.minutes
    if usual > 1 and DAY_MINUTES % minutes == 0 and (steps % usual == 0).mean() >= _SAME_STEP_SHARE:
        given, better = interval_text(history.grid.minutes), interval_text(minutes)
        raise InputError(place, f"has rows every {better}, not every {given}: give --interval {better}")
