"""Open incidents over a planned time: told of before, they go on in it; begun in it, they are told of behind it."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from tests.detect_world import STEP, DetectWorld, PlainModel, interval
from tidegate.contracts.anomaly import SuppressedBy, Suppression
from tidegate.contracts.series import IntervalValues
from tidegate.detect.scores import IntervalScores

LATE = 3_600
SALE = Suppression(SuppressedBy.CALENDAR, "sale")


class PlannedModel(PlainModel):
    """Suppresses whatever it finds in some intervals."""

    def __init__(self, planned: Collection[int], reason: Suppression) -> None:
        super().__init__()
        self._planned, self._reason = {interval(number) for number in planned}, reason

    def observe(self, values: IntervalValues) -> IntervalScores:
        scores = super().observe(values)
        if values.interval not in self._planned:
            return scores
        return replace(scores, suppressed=dict.fromkeys(range(len(scores)), self._reason))


@dataclass
class PlannedModels:
    planned: Collection[int]
    reason: Suppression = SALE

    def new(self) -> PlannedModel:
        return PlannedModel(self.planned, self.reason)

    def restore(self, payload: bytes) -> PlannedModel:
        raise AssertionError("one run is enough")


def world(severities: list[float]) -> DetectWorld:
    published = DetectWorld()
    for number, severity in enumerate(severities):
        published.publish(number, {"us": severity})
    return published


def test_what_begins_in_a_planned_time_is_told_of_behind_it() -> None:
    detected = world([1000, 90, 90, 90, 1000, 1000])
    report = detected.run(LATE, models=PlannedModels({1, 2}))
    assert detected.told() == [("started", "views", 3), ("ended", "views", 3)]
    assert report.suppressed == {"calendar: sale": 2}
    assert report.anomalies == 1


def test_what_was_told_of_before_a_planned_time_goes_on_in_it_and_behind_it() -> None:
    detected = world([90, 90, 90, 90, 90, 1000, 1000])
    detected.run(LATE, models=PlannedModels({1, 2, 3}))
    states = [state for state, _, _ in detected.told()]
    assert states == ["started", "continuing", "continuing", "continuing", "continuing", "ended"]


def test_what_a_rule_suppresses_does_not_keep_an_incident_open() -> None:
    detected = world([90, 90, 90, 1000])
    detected.run(LATE, models=PlannedModels({1, 2}, Suppression(SuppressedBy.DIRECTION, "spikes")))
    assert detected.told() == [("started", "views", 0), ("ended", "views", 0)]


def test_another_series_in_a_planned_time_does_not_join() -> None:
    detected = DetectWorld().publish(0, {"us": 90, "uk": 1000}).publish(1, {"us": 90, "uk": 90})
    detected.run(STEP * 2 + 600, models=PlannedModels({1}))
    assert [len(event.series) for event in detected.alerts.sent] == [1, 1]
