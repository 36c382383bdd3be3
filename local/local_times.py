"""Times of rows in order, where a clock change repeats an hour and the rows do not say which of the two they mean."""

from collections.abc import Hashable
from math import inf
from typing import Final

from tidegate.contracts.timestamps import TimestampCodec


class RowTimes:
    """Reads timestamps row by row.

    Of the two readings of a repeated hour the one nearer to what came before is taken; and the later one if both are
    as near and the series has had the first hour already. Where the series' row before has this very instant and lies
    as far behind the one before it as the readings lie apart, as in hourly data, the other one is taken, unless series
    have had two rows of one unambiguous time before, as events have.
    """

    def __init__(self, codec: TimestampCodec) -> None:
        self.codec: Final = codec
        self._text: object = None
        self._instant = -inf
        self._last: Final = dict[Hashable, float]()
        self._step: Final = dict[Hashable, float]()
        self._is_single = True

    def of(self, value: object, series: Hashable, before: float | None) -> float:
        """Seconds since 1970 UTC. before: the instant to which the row is near, if any. Raises BadRecord."""
        if value == self._text and value.__class__ is str and before is not None:
            instant = self._instant  # the same reading as the row before: of a repeated hour, too
        else:
            instant = self.codec.parse(value, before)
        if self._is_single:
            last = self._last.get(series, -inf)
            if last >= instant:
                instant = self._going_on(value, instant, series, before)
            if instant != last:
                self._last[series], self._step[series] = instant, instant - last
        self._text, self._instant = value, instant
        return instant

    def _going_on(self, value: object, instant: float, series: Hashable, before: float | None) -> float:
        """The reading of a row that does not lie behind the last one of its series."""
        last = self._last[series]
        others = [reading for reading in self.codec.readings(value) if reading != instant]
        if not others:
            self._is_single = last != instant
            return instant
        near = last if before is None else before
        is_next = last == instant and self._step[series] >= abs(others[0] - instant)
        return others[0] if is_next or abs(others[0] - near) <= abs(instant - near) else instant
