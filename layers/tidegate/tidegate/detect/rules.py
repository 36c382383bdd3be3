"""What people know better than the model: MeasureRules and Calendar around a detector's step.

Before it: a value outside its measure's range is kept from the model, which neither learns it nor takes the series for
silent. After it: such a value is an anomaly of its own, of severity 100, from the first interval on; expected value and
band are clipped to the range; and each series at the alert threshold or above that a rule or a planned time keeps from
alerting says so. Its severity stays as it is.

A value below its expected one is a dip, one above it a spike; an absent value is a dip, by all that was expected where
absence means zero (sums and counts), else of no known size. A flat line has neither side nor size: rules let it pass.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import inf, nan
from typing import Final

import numpy as np

from tidegate.config import DetectorConfig, Function
from tidegate.contracts.anomaly import Kind, SeriesScore, SuppressedBy, Suppression
from tidegate.contracts.series import IntervalValues, SeriesKey
from tidegate.detect.planned import Planned, PlannedTimes
from tidegate.detect.scores import KINDS, IntervalScores
from tidegate.measure_rules import Direction, MeasureRule

IMPOSSIBLE_SEVERITY: Final = np.float32(100)
_ADDITIVE: Final = (Function.SUM, Function.COUNT)


class Rules:
    """The rules and planned times of one detector."""

    def __init__(self, config: DetectorConfig) -> None:
        self._rules = config.measure_rules
        self._ranges = {measure: rule for measure, rule in config.measure_rules.items() if rule.has_range}
        self._planned = PlannedTimes(config.calendar, config.grid.zone)
        self._threshold = config.anomaly_threshold
        measures = zip(config.measure_names, config.measures, strict=True)
        self._additive = {name for name, measure in measures if measure.function in _ADDITIVE}
        self._are_none = not config.measure_rules and not config.calendar

    def planned(self, values: IntervalValues) -> Planned | None:
        """What is planned in the interval."""
        return self._planned.at(values.interval)

    def possible(self, values: IntervalValues) -> IntervalValues:
        """The values as the model gets them: NaN in place of those outside their range."""
        if not self._ranges:
            return values
        impossible = dict.fromkeys(self._impossible(values), nan)
        return replace(values, values=values.values | impossible) if impossible else values

    def applied(self, scores: IntervalScores, values: IntervalValues, planned: Planned | None) -> IntervalScores:
        """The model's scores with what the rules say. values: as they came."""
        if self._are_none:
            return scores
        if self._ranges:
            scores = self._marked(self._clipped(scores), self._impossible(values))
        rows = np.flatnonzero(scores.severity >= self._threshold).tolist()
        suppressed = {row: self._suppression(scores.row(row), planned) for row in rows}
        return replace(scores, suppressed={row: said for row, said in suppressed.items() if said})

    def _impossible(self, values: IntervalValues) -> dict[SeriesKey, float]:
        ranges = self._ranges
        return {
            key: value
            for key, value in values.values.items()
            if (rule := ranges.get(key[0])) and not rule.low <= value <= rule.high
        }

    def _clipped(self, scores: IntervalScores) -> IntervalScores:
        everything = MeasureRule()
        rules = [self._ranges.get(measure, everything) for measure, _ in scores.series]
        low = np.array([rule.low for rule in rules], np.float32)
        high = np.array([rule.high for rule in rules], np.float32)
        expected, lower, upper = (np.clip(each, low, high) for each in (scores.expected, scores.lower, scores.upper))
        return replace(scores, expected=expected, lower=lower, upper=upper)

    def _marked(self, scores: IntervalScores, impossible: Mapping[SeriesKey, float]) -> IntervalScores:
        """With the values that cannot be, as anomalies."""
        found = [(row, impossible[key]) for row, key in enumerate(scores.series) if key in impossible]
        if not found:
            return scores
        rows = [row for row, _ in found]
        value, severity, kind = scores.value.copy(), scores.severity.copy(), scores.kind.copy()
        value[rows] = [number for _, number in found]
        severity[rows] = IMPOSSIBLE_SEVERITY
        kind[rows] = KINDS.index(Kind.IMPOSSIBLE)
        return replace(scores, value=value, severity=severity, kind=kind)

    def _suppression(self, score: SeriesScore, planned: Planned | None) -> Suppression | None:
        if planned:
            return Suppression(SuppressedBy.CALENDAR, planned.name)
        rule = self._rules.get(score.measure)
        if rule is None or score.kind in (Kind.FLAT, Kind.IMPOSSIBLE):
            return None
        expected = score.expected or 0.0
        value = 0.0 if score.value is None and score.measure in self._additive else score.value
        deviation = -inf if value is None else value - expected
        if rule.direction is not Direction.BOTH and (deviation < 0) is not (rule.direction is Direction.DIPS):
            return Suppression(SuppressedBy.DIRECTION, rule.direction)
        if abs(deviation) < max(rule.least, rule.least_percent / 100 * abs(expected)):
            return Suppression(SuppressedBy.LEAST)
        return None
