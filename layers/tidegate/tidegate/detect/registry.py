"""Which column of the state belongs to which series."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from tidegate.contracts.series import SeriesKey
from tidegate.detect.state import Flags, Rows

MAX_SERIES: Final = 50_000
"""What one detector follows; further series are counted, not scored."""


class SeriesRegistry:
    """Series keys in the order in which they were first seen; a series' row is its place in that order."""

    def __init__(self, keys: Sequence[SeriesKey] = (), limit: int = MAX_SERIES) -> None:
        self._keys = list(keys)
        self._rows: dict[SeriesKey, int] = {}
        self._limit: Final = limit

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def keys(self) -> Sequence[SeriesKey]:
        return self._keys

    def match(self, keys: Sequence[SeriesKey]) -> tuple[Rows | slice, int]:
        """The row of each key (a slice: they are all there, in their order), and how many rows are new.

        Unknown keys get the next rows, in sorted order, until the limit is reached; those beyond it have the row -1.
        """
        if keys == self._keys:
            return slice(None), 0
        if len(self._rows) != len(self._keys):
            self._rows = {key: row for row, key in enumerate(self._keys)}
        known = self._rows
        rows = np.array([known.get(key, -1) for key in keys], np.intp)
        unknown = np.flatnonzero(rows < 0).tolist()
        if not unknown:
            return rows, 0
        new = sorted(keys[place] for place in unknown)[: max(self._limit - len(self._keys), 0)]
        for key in new:
            known[key] = len(self._keys)
            self._keys.append(key)
        rows[unknown] = [known.get(keys[place], -1) for place in unknown]
        return rows, len(new)

    def keep(self, keep: Flags) -> None:
        """Forget the other series."""
        self._keys = [key for key, kept in zip(self._keys, keep.tolist(), strict=True) if kept]
        self._rows = {}
