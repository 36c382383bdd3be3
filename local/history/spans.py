"""Which intervals of a history are judged, and whether its interval is the data's own.

Single intervals without a row are judged like any other: silence is an anomaly. A long span in which no series at all
has a row is no outage but the space between two recordings, and is skipped.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from local.arguments import interval_text
from local.history.aggregate import History
from tidegate.contracts.errors import InputError
from tidegate.contracts.interval import DAY_MINUTES, DAY_SECONDS
from tidegate.contracts.series import IntervalValues

LONGEST_SILENCE_SECONDS: Final = DAY_SECONDS
LONGEST_SILENCE_INTERVALS: Final = 24
"""A span without any row is judged up to a day or 24 intervals, whichever is longer, and skipped above that."""
_SAME_STEP_SHARE: Final = 0.95


def longest_silence(step: int) -> int:
    """The longest span without any row that is judged, in seconds; `step`: the interval's length in seconds."""
    return max(LONGEST_SILENCE_SECONDS, LONGEST_SILENCE_INTERVALS * step)


def intervals(history: History) -> Iterator[IntervalValues]:
    """All intervals to judge in order, the empty ones between rows included, long spans without rows left out."""
    grid, longest = history.grid, longest_silence(history.grid.step)
    previous = None
    for index in range(len(history.starts)):
        present = history.at(index)
        if previous is not None and present.interval.start - previous.end <= longest:
            while (previous := grid.after(previous)).start < present.interval.start:
                yield IntervalValues(previous, {})
        yield present
        previous = present.interval


def skipped_spans(history: History) -> list[tuple[int, int]]:
    """The spans left out: from the end of the last interval with rows to the start of the next one."""
    step = history.grid.step
    gaps = np.diff(history.starts) - step
    return [
        (int(history.starts[at]) + step, int(history.starts[at + 1]))
        for at in np.flatnonzero(gaps > longest_silence(step))
    ]


def interval_count(history: History) -> int:
    """How many intervals `intervals` gives; a change of the clock can make it one or two off."""
    step, skipped = history.grid.step, sum(end - start for start, end in skipped_spans(history))
    return int(history.starts[-1] - history.starts[0] - skipped) // step + 1


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
