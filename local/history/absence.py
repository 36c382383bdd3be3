"""Series whose rows often do not come: whether that is zero or unknown decides if their silence can be seen."""

from typing import Final

import numpy as np

from local.history.aggregate import History
from tidegate.config import DetectorConfig, Function, MissingSeries

_OFTEN: Final = 0.05
"""Up to this share of absent intervals the silence of a series is seen in any case (docs/detection.md, its limits)."""
_ADDS_UP: Final = (Function.SUM, Function.COUNT)


def unseen_silence(history: History, config: DetectorConfig) -> str:
    """What to tell of series that may go silent unseen, as a sentence; empty: there are none.

    Of measures that add up, and where absence is taken for no knowledge: for others zero is seldom meant.
    """
    if config.missing_series is not MissingSeries.MISSING:
        return ""
    measures = zip(config.measure_names, config.measures, strict=True)
    adds_up = {name for name, measure in measures if measure.function in _ADDS_UP}
    there, first_points, points = np.unique(history.series, return_index=True, return_counts=True)
    begun = np.searchsorted(history.bounds, first_points, side="right") - 1
    absent = 1 - points / (len(history.starts) - begun)
    series = [key for key, share in zip(there.tolist(), absent.tolist(), strict=True) if share > _OFTEN]
    count = sum(history.keys[key][0] in adds_up for key in series)
    if not count:
        return ""
    return (
        f"{count:,} of {len(there):,} series have no row in more than {100 * _OFTEN:g} % of the intervals, which is "
        "taken as unknown, so that an outage of them may pass unseen. If no row means that nothing happened: "
        "--missing-series zero."
    )
