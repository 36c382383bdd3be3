"""Which interval suits a sample: the spacing of regular readings, or what gives each series some records."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from local.arguments import interval_text
from tidegate.contracts.interval import DAY_MINUTES

DIVISORS: Final = tuple(minutes for minutes in range(1, DAY_MINUTES + 1) if DAY_MINUTES % minutes == 0)
_USUAL: Final = (5, 10, 15, 30, 60, 120, 240, 480, 720, 1440)
_WANTED: Final = 4
"""Records a series and interval should have on average: with fewer, many intervals have none."""
_REGULAR: Final = 0.8


class Spacing(NamedTuple):
    """An interval in minutes, and why."""

    minutes: int
    why: str


def interval_of(instants: Sequence[float], series: int) -> Spacing:
    """instants: the sample's times, seconds since 1970 UTC, in any order. series: how many share them."""
    seconds = sorted({int(instant) for instant in instants})
    steps = Counter(after - before for before, after in pairwise(seconds))
    if not steps:
        return Spacing(5, "all sample records have the same time, so this is the usual interval and no more")
    step, times = steps.most_common(1)[0]
    if step >= 60 and times >= _REGULAR * steps.total():
        minutes = next((minutes for minutes in DIVISORS if minutes * 60 >= step), DAY_MINUTES)
        return Spacing(minutes, f"readings come every {step:,} seconds")
    per_minute = len(instants) / max(1.0, (seconds[-1] - seconds[0]) / 60) / max(1, series)
    minutes = next((minutes for minutes in _USUAL if minutes * per_minute >= _WANTED), DAY_MINUTES)
    return Spacing(minutes, f"a series has {per_minute * minutes:,.1f} records in {interval_text(minutes)} on average")
