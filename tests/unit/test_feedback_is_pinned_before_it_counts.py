"""What people said holds from a checkpoint on: an interval that is scored again is scored with the same of it."""

from dataclasses import replace

import pytest

from tests.detect_world import STEP, DetectWorld
from tests.mortal import Died, Mortal
from tidegate.alert.record import AnomalyRecord, Feedback
from tidegate.config import Function
from tidegate.detect.progress import WarmModel

OFFSET = 60


def world(intervals: int = 9) -> DetectWorld:
    """One series that deviates alike in every interval."""
    made = DetectWorld()
    for number in range(intervals):
        made.publish(number, {"us": 80})
    return made


def run_until(made: DetectWorld, number: int) -> None:
    """The run that scores this interval."""
    made.run((number + 1) * STEP + OFFSET)


def say(made: DetectWorld, feedback: Feedback, given: int) -> None:
    record = AnomalyRecord.of(made.alerts.sent[0])
    if made.anomalies.get(record.detector, record.event_id) is None:
        made.anomalies.put(record, 10**10)
    made.anomalies.give_feedback(record, feedback, record.verdicts(feedback, given))


def test_not_an_anomaly_holds_from_the_interval_behind_the_next_and_anomaly_takes_it_back() -> None:
    made = world()
    run_until(made, 0)
    say(made, Feedback.NO, 1)
    for number in range(1, 5):
        run_until(made, number)
    assert made.told() == [
        ("started", "views", 0),
        ("continuing", "views", 1),
        ("ended", "views", 1),
    ]
    cursor = made.store.cursor()
    assert cursor
    assert [(tolerance.spared, tolerance.latest) for tolerance in cursor.tolerated] == [
        (3, made.config.grid.containing(cursor.last.start).start)
    ]
    say(made, Feedback.YES, 2)
    for number in range(5, 8):
        run_until(made, number)
    assert made.told()[3:] == [("started", "views", 6), ("continuing", "views", 7)]


def test_an_interval_is_scored_again_with_what_had_been_said_then() -> None:
    made, undisturbed = world(), world()
    for one in (made, undisturbed):
        run_until(one, 0)
    run_until(undisturbed, 1)
    with pytest.raises(Died):
        made.run(2 * STEP + OFFSET, store=Mortal(made.store, iter(range(10**6)), 2, takes_effect=False))
    say(made, Feedback.NO, 1)
    replace(made, warm=WarmModel()).run(2 * STEP + OFFSET)
    assert made.told() == [("started", "views", 0), ("continuing", "views", 1)]
    assert made.alerts.sent == undisturbed.alerts.sent


def test_another_configuration_begins_with_what_is_said_now() -> None:
    made = world()
    run_until(made, 0)
    say(made, Feedback.NO, 1)
    run_until(made, 1)
    run_until(made, 2)
    averages = tuple(replace(measure, function=Function.AVG) for measure in made.config.measures)
    other = replace(made, config=replace(made.config, measures=averages), warm=WarmModel())
    run_until(other, 3)
    cursor = made.store.cursor()
    assert cursor
    assert [tolerance.spared for tolerance in cursor.tolerated] == [0]
