"""The detector: every published interval in order, scores of every known series out."""

from typing import Final, Self

import numpy as np
import numpy.typing as npt

from tidegate.config import DetectorConfig, Function, MissingSeries
from tidegate.contracts.interval import DAY_SECONDS, Interval
from tidegate.contracts.series import IntervalValues
from tidegate.detect import common, levels, model, punctual, silence, snapshot
from tidegate.detect.arithmetic import INFINITE, ONE, ZERO, constant, number
from tidegate.detect.common import Cohorts, Standardised
from tidegate.detect.kinds import is_off_forecast, kinds
from tidegate.detect.model import BAND, Moment
from tidegate.detect.pace import Pace
from tidegate.detect.registry import MAX_SERIES, SeriesRegistry
from tidegate.detect.rules import Rules
from tidegate.detect.scores import UNNAMED, IntervalScores
from tidegate.detect.severity import severity
from tidegate.detect.slots import Slots
from tidegate.detect.state import Flags, Floats, Rows, SeriesState
from tidegate.detect.tables import Tables

OFF: Final = constant(2)
"""Where a value lies so many standard deviations from what its season lets expect, an incident is not over."""
NEGLIGIBLE: Final = constant(1e-5)
"""What is expected is told as nothing where it is a smaller part of its band, or of what the series usually has:
averages that fade towards zero never get there.
"""
FORGET_DAYS: Final = 14.0
"""A series absent for so long is forgotten."""
_UNKNOWN: Final = constant(np.nan)


class Detector:
    """Learns and scores the series of one detector, one interval after the other.

    Raises ValueError when an interval is not later than the last one seen.
    """

    def __init__(self, config: DetectorConfig, limit: int = MAX_SERIES) -> None:
        self._grid = config.grid
        self._rules = Rules(config)
        self._pace = Pace(config.interval_minutes)
        self._fingerprint = snapshot.fingerprint(config)
        self._zero_everywhere = config.missing_series is MissingSeries.ZERO
        sums = (Function.SUM, Function.COUNT)
        self._additive = {
            name
            for name, measure in zip(config.measure_names, config.measures, strict=True)
            if measure.function in sums
        }
        self._limit = limit
        self._threshold = constant(config.anomaly_threshold)
        self._registry = SeriesRegistry(limit=limit)
        self._state = SeriesState.new(0)
        self._tables = Tables.new(0, config.interval_minutes)
        self._is_additive: Flags = np.zeros(0, np.bool_)
        self._cohorts = Cohorts.none()
        self._last_end = 0

    @property
    def last_end(self) -> int:
        """The end of the last interval seen, seconds since 1970 UTC; 0 before the first."""
        return self._last_end

    def observe(self, values: IntervalValues) -> IntervalScores:
        """Score an interval's values against the past, then learn them; known series that are absent have rows too.

        What `MeasureRules` and `Calendar` say is in the scores, and decides what is learned.
        """
        interval = values.interval
        if interval.start < self._last_end:
            raise ValueError(f"interval {interval.start} is not after {self._last_end}: intervals must come in order")
        self._last_end = interval.end
        self._forget(_day(interval))
        planned, possible = self._rules.planned(values), self._rules.possible(values)
        learns = planned is None or planned.learns
        scores = self._judge(possible) if learns else self._judge_only(possible)
        return self._rules.applied(scores, values, planned)

    def _judge_only(self, values: IntervalValues) -> IntervalScores:
        """Score an interval as if it were not there: the model is put back; new series are not even met."""
        known = set(self._registry.keys)
        met = {key: value for key, value in values.values.items() if key in known}
        before = [part.copy() for part in self._arrays()]
        scores = self._judge(IntervalValues(values.interval, met))
        for part, earlier in zip(self._arrays(), before, strict=True):
            part[...] = earlier
        self._state.last_seen_day[:] = _day(values.interval)  # nobody is forgotten for not being learned
        return scores

    def _judge(self, values: IntervalValues) -> IntervalScores:
        interval, today = values.interval, _day(values.interval)
        observed, present, refused = self._arrange(values)
        state, absent = self._state, ~present
        np.copyto(state.last_seen_day, today, where=present)
        learning = state.points < number(self._pace.learning_points)
        read_as_zero = self._means_zero(absent)
        filled = np.where(read_as_zero, ZERO, observed)
        slots = Slots.at(self._grid.local_start(interval), self._pace.interval_minutes)
        judgement = self._step(filled, slots)
        named = self._named(judgement)
        if (is_named := named >= ONE).any():
            levels.begin_run(state, is_named)
            punctual.begin(self._tables, slots, filled - judgement.seasonal, is_named)
        score = np.maximum(judgement.score, named)
        renewed, gone = judgement.renewed, absent & ~read_as_zero
        if gone.any():
            score = np.maximum(score, silence.score(state, gone, self._pace))
            renewed = renewed + silence.renewed(state, gone, self._pace)
        silence.learn(state, present, read_as_zero, self._pace)
        severities = np.where(learning, ZERO, severity(score))
        expected, half_band = self._expectations(severities, judgement, filled)
        expected = np.where(learning, _UNKNOWN, expected)
        lower = np.maximum(expected - half_band, np.where(state.signed > ZERO, -INFINITE, ZERO))
        return IntervalScores(
            interval=interval,
            series=tuple(self._registry.keys),
            value=observed,
            expected=expected,
            lower=lower,
            upper=expected + half_band,
            severity=severities,
            learning=learning,
            kind=self._kinds(severities, judgement, observed),
            learned=int(np.maximum.reduce(state.points, initial=0)),
            needed=self._pace.learning_points,
            refused=refused,
            off=np.abs(filled - judgement.seasonal) > OFF * judgement.unit,
            renewed=renewed,
        )

    def _means_zero(self, absent: Flags) -> Flags:
        """Which of the absent series are read as zero."""
        if not absent.any():
            return absent
        if self._zero_everywhere:
            return absent & self._is_additive
        return absent & silence.means_zero(self._state, self._is_additive, self._pace)

    def _expectations(self, severities: Floats, judgement: model.Judgement, values: Floats) -> tuple[Floats, Floats]:
        """What people are told was expected, and half of the band around it.

        The forecast follows the values: some intervals into an incident it expects the incident. So there it is what
        the season lets expect, but for a first value that deviates from the forecast.
        """
        by_season = judgement.run != ZERO
        first = np.flatnonzero((severities >= self._threshold) & ~by_season)
        by_season[first] = ~is_off_forecast(judgement.of(first), values[first])
        expected, half_band = judgement.expected, judgement.half_band
        if by_season.any():
            expected = np.where(by_season, judgement.seasonal, expected)
            half_band = np.where(by_season, BAND * judgement.unit, half_band)
        usual = np.maximum(half_band, self._state.magnitude)
        return np.where(np.abs(expected) < NEGLIGIBLE * usual, ZERO, expected), half_band

    def _kinds(self, severities: Floats, judgement: model.Judgement, observed: Floats) -> npt.NDArray[np.int8]:
        """Of the series that reach the alert threshold: nobody asks for the others'."""
        found = np.full(len(severities), UNNAMED, np.int8)
        reached = severities >= self._threshold
        if reached.any():
            rows = np.flatnonzero(reached)
            values = observed[rows]
            found[rows] = kinds(judgement.of(rows), values, np.isnan(values))
        return found

    def _named(self, judgement: model.Judgement) -> Floats:
        """What common incidents add to the scores of single series."""
        weights = np.where(self._is_additive, judgement.signal, ZERO)
        series = Standardised(judgement.windows, weights, judgement.unit, judgement.sharp)
        return common.name_members(self._cohorts, series, self._pace)

    def _arrange(self, values: IntervalValues) -> tuple[Floats, Flags, int]:
        """The values by row (NaN: none to learn from), which series are there, how many the limit kept out."""
        rows, new = self._registry.match(list(values.values))
        if new:
            self._state = self._state.extended(new)
            self._tables = self._tables.extended(new, self._pace.interval_minutes)
            self._regroup()
        numbers = np.fromiter(values.values.values(), np.float32, len(values.values))
        if isinstance(rows, slice):
            return numbers, np.ones(len(numbers), np.bool_), 0
        known = rows >= 0
        if refused := len(rows) - int(np.count_nonzero(known)):
            rows, numbers = rows[known], numbers[known]
        observed = np.full(len(self._registry), np.nan, np.float32)
        observed[rows] = numbers
        present = np.zeros(len(self._registry), np.bool_)
        present[rows] = True
        return observed, present, refused

    def _regroup(self) -> None:
        """After series were added or forgotten."""
        names = (key[0] for key in self._registry.keys)
        self._is_additive = np.fromiter((name in self._additive for name in names), np.bool_)
        self._cohorts = self._cohorts.regrouped(self._registry.keys, self._is_additive)

    def _step(self, filled: Floats, slots: Slots) -> model.Judgement:
        with_value = np.isfinite(filled)
        if with_value.all():
            moment = Moment(self._tables, slots, slice(None), self._pace, self._is_additive)
            return model.step(self._state, moment, filled)
        rows: Rows = np.flatnonzero(with_value)
        part = self._state.take(rows)
        moment = Moment(self._tables, slots, rows, self._pace, self._is_additive[rows])
        judged = model.step(part, moment, filled[rows])
        self._state.put(rows, part)
        return judged.spread(rows, len(filled))

    def _forget(self, today: np.float32) -> None:
        keep = self._state.last_seen_day >= today - FORGET_DAYS
        if keep.all():
            return
        self._registry.keep(keep)
        self._state, self._tables = self._state.kept(keep), self._tables.kept(keep)
        self._regroup()

    def to_bytes(self) -> bytes:
        """A snapshot: `from_bytes` continues from it with identical scores."""
        header = snapshot.Header(self._fingerprint, self._last_end, tuple(self._registry.keys))
        return snapshot.pack(header, self._arrays())

    def _arrays(self) -> tuple[snapshot.AnyArray, ...]:
        return snapshot.arrays(self._state, self._tables, self._cohorts)

    @classmethod
    def from_bytes(cls, data: bytes, config: DetectorConfig, limit: int = MAX_SERIES) -> Self:
        """Continue from a snapshot.

        Raises CorruptState when it does not decode or has an unknown version, DifferentDetector (a CorruptState) when
        its series are not comparable with this configuration's: then a new Detector has to start.
        """
        detector = cls(config, limit)
        header, stored = snapshot.unpack(data, detector._fingerprint)
        detector._registry = SeriesRegistry(header.keys, limit)
        detector._last_end = header.last_end
        detector._state = SeriesState.new(len(header.keys))
        detector._tables = Tables.new(len(header.keys), config.interval_minutes)
        detector._regroup()
        snapshot.restore(stored, detector._arrays())
        return detector


def _day(interval: Interval) -> np.float32:
    return np.float32(interval.start / DAY_SECONDS)
