"""An interval that was closed while a shard lagged is neither scored nor learned: what is missing from it is no dip."""

from dataclasses import replace

from tests.detect_world import STEP, DetectWorld, interval
from tidegate.detect.progress import NEWS_SECONDS, WarmModel

LATE = 3_600
"""The intervals 0 to 10 are due, and news."""
ORDINARY = {"us": 1000.0}
DIP = {"us": 90.0}


def test_it_is_passed_by_and_the_next_goes_on() -> None:
    world = DetectWorld().publish(1, ORDINARY).publish_incomplete(2, DIP).publish(3, ORDINARY)
    report = world.run(LATE)
    assert (report.intervals, report.incomplete, report.failures) == (2, (interval(2),), ())
    assert (world.seen(), world.told(), world.store.failures) == ([1, 3], [], {})
    assert world.run(LATE).incomplete == ()


def test_it_is_scored_when_it_is_whole_in_time() -> None:
    world = DetectWorld().publish_incomplete(1, DIP)
    world.incomplete.clear()
    report = world.publish(1, ORDINARY).run(LATE)
    assert (report.intervals, report.incomplete, world.seen()) == (1, (), [1])


def test_it_is_not_looked_at_again_when_it_becomes_whole() -> None:
    world = DetectWorld().publish_incomplete(1, DIP)
    world.run(LATE)
    world.incomplete.clear()
    world.publish(1, {"us": 80}).publish(2, ORDINARY)
    assert world.run(LATE).intervals == 1
    assert (world.seen(), world.told()) == ([2], [])


def test_one_object_of_several_is_enough() -> None:
    world = DetectWorld().publish(1, ORDINARY).publish(2, ORDINARY)
    part = world.key(1).replace("interval.csv", "part-0.csv")
    world.objects[part] = world.objects[world.key(1)]
    world.incomplete.add(part)
    assert world.run(LATE).incomplete == (interval(1),)
    assert world.seen() == [2]


def test_an_incident_goes_on_behind_it() -> None:
    world = DetectWorld().publish(1, DIP).publish_incomplete(2, {"us": 80}).publish(3, {"us": 85})
    world.run(LATE)
    assert world.told() == [("started", "views", 1), ("continuing", "views", 3)]


def test_history_has_the_same_gaps() -> None:
    world = DetectWorld().publish(1, ORDINARY).publish_incomplete(2, ORDINARY).publish(3, ORDINARY)
    report = world.run(5 * STEP + NEWS_SECONDS)
    assert (report.history, report.incomplete, world.seen()) == (2, (interval(2),), [1, 3])


def test_a_model_that_learns_again_has_the_same_gaps() -> None:
    world = DetectWorld().publish(1, ORDINARY).publish_incomplete(2, DIP).publish(3, ORDINARY)
    world.run(LATE)
    world.store.snapshots.update(dict.fromkeys(world.store.snapshots, b"?"))
    report = replace(world, warm=WarmModel()).publish(4, ORDINARY).run(LATE)
    assert (report.relearned, report.incomplete, world.seen()) == (2, (), [1, 3, 4])
