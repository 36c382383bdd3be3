"""Which intervals of a history are shown to the detector.

Single intervals without a row are judged like any other: silence is an anomaly. A long span in which no series at all
has a row is no outage but the space between two recordings, and is skipped. Of files in folders of intervals, an
interval without an object is skipped, as the deployed detector passes it over: nobody has said that nothing happened.
"""

from collections.abc import Collection
from typing import Final

import numpy as np

from local.history.values import Integers
from tidegate.contracts.interval import DAY_SECONDS, IntervalGrid

LONGEST_SILENCE_SECONDS: Final = DAY_SECONDS
LONGEST_SILENCE_INTERVALS: Final = 24
"""A span without any row is judged up to a day or 24 intervals, whichever is longer, and skipped above that."""


def shown_starts(
    starts: Integers, plain: tuple[int, int] | None, published: Collection[int], grid: IntervalGrid
) -> Integers:
    """The starts of all intervals to judge, ascending, those without a row included; seconds since 1970 UTC.

    starts: of the intervals with rows. plain: the first and the last of these with a row of a file in no folder of an
    interval, None without such a file; published: of the intervals with an object.
    """
    longest = max(LONGEST_SILENCE_SECONDS, LONGEST_SILENCE_INTERVALS * grid.step)
    first, last = plain or (0, 0)
    silent = [start for start in published if start > starts[0]]
    for at in np.flatnonzero(np.diff(starts) != grid.step):
        begin, end = int(starts[at]), int(starts[at + 1])
        interval = grid.containing(begin)
        if end - interval.end <= longest and first <= begin and end <= last:
            while (interval := grid.after(interval)).start < end:
                silent.append(interval.start)
    return np.union1d(starts, np.array(silent, np.int64))
