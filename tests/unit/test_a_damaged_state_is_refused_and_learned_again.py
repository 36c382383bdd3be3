"""A snapshot that cannot be used is refused by its name; the model is made anew from an earlier one, or from nothing,
and the published intervals. Nothing is alerted again on the way.
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect_world import MIDNIGHT, DetectWorld, interval
from tidegate.detect import progress as progress_module
from tidegate.detect import run as run_module
from tidegate.detect.progress import WarmModel

LATE = 3_600


def world_with_snapshots() -> DetectWorld:
    """Five intervals, a snapshot after each, an open incident since the second."""
    world = DetectWorld()
    for number, views in enumerate((1000, 80, 85, 90, 95)):
        world.publish(number, {"us": views, "uk": 1000}).run(LATE)
    return replace(world, warm=WarmModel())


def damage(world: DetectWorld, *places: int) -> list[str]:
    """Damage the snapshots at these places, oldest first; returns the keys of all."""
    keys = list(world.store.snapshots)
    for place in places:
        world.store.snapshots[keys[place]] = b"?"
    return keys


def seen_undisturbed() -> list[int]:
    world = world_with_snapshots().publish(5, {"us": 97})
    world.run(LATE)
    return world.seen()


@pytest.mark.parametrize(("damaged", "relearned"), [((2,), 1), ((1, 2), 2), ((0, 1, 2), 5)])
def test_the_newest_usable_snapshot_goes_on(damaged: tuple[int, ...], relearned: int) -> None:
    world = world_with_snapshots()
    told, keys = world.told(), damage(world, *damaged)
    world.publish(5, {"us": 97, "uk": 1000})
    report = world.run(LATE)
    assert [refused.partition(": ")[0] for refused in report.refused_states] == [keys[i] for i in reversed(damaged)]
    assert all("does not decode" in refused for refused in report.refused_states)
    assert (report.relearned, report.intervals) == (relearned, 1)
    assert world.seen() == seen_undisturbed() == [0, 1, 2, 3, 4, 5]
    assert world.told() == [*told, ("continuing", "views", 5)]
    assert len({event.alert_event_id for event in world.alerts.sent}) == 1


def test_a_snapshot_that_is_gone_is_one_that_is_damaged() -> None:
    world = world_with_snapshots()
    gone = list(world.store.snapshots)[-1]
    del world.store.snapshots[gone]
    report = world.publish(5, {"us": 97}).run(LATE)
    assert report.refused_states == (f"{gone}: the snapshot is gone",)
    assert world.seen() == [0, 1, 2, 3, 4, 5]


def test_nothing_is_read_and_nothing_refused_while_nothing_is_due() -> None:
    world = world_with_snapshots()
    damage(world, 2)
    assert world.run(LATE).refused_states == ()


def test_learning_again_goes_on_where_time_ran_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "CHECKPOINT_INTERVALS", 2)
    world = world_with_snapshots()
    told = world.told()
    damage(world, 0, 1, 2)
    world.publish(5, {"us": 97, "uk": 1000})
    left = iter([False, False, False, False, True])
    first = world.run(LATE, lambda: next(left))
    assert (first.is_behind, first.relearned, first.intervals) == (True, 3, 0)
    assert world.told() == told
    assert world.seen() == [0, 1, 2]
    second = world.run(LATE)
    assert (second.refused_states, second.relearned, second.intervals) == ((), 2, 1)
    assert world.seen() == [0, 1, 2, 3, 4, 5]
    assert world.told() == [*told, ("continuing", "views", 5)]


def test_intervals_that_could_not_be_read_are_passed_over_again() -> None:
    world = DetectWorld().publish(0, {"us": 1000}).publish(2, {"us": 1000})
    world.objects[world.key(1)] = b"event_time,market\n"
    world.run(LATE)
    world.objects[world.key(3)] = b"event_time,market\n"
    world.run(LATE)
    world = replace(world, warm=WarmModel())
    damage(world, 0)
    report = world.publish(4, {"us": 1000}).run(LATE)
    assert (report.relearned, report.intervals, report.failures) == (2, 1, ())
    assert world.seen() == [0, 2, 4]


def test_a_new_model_learns_so_much_of_the_past_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_with_snapshots()
    monkeypatch.setattr(progress_module, "RELEARN_SECONDS", interval(2).start - MIDNIGHT)
    damage(world, 0, 1, 2)
    report = world.publish(5, {"us": 1000}).run(LATE)
    assert (report.relearned, report.intervals) == (2, 1)
    assert world.seen() == [3, 4, 5]


@settings(deadline=None)
@given(st.sets(st.integers(0, 2)), st.integers(1, 3), st.lists(st.booleans(), max_size=12))
def test_whatever_is_damaged_and_however_often_time_runs_out(damaged: set[int], every: int, times: list[bool]) -> None:
    world = world_with_snapshots()
    told = world.told()
    damage(world, *damaged)
    world.publish(5, {"us": 97, "uk": 1000})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(run_module, "CHECKPOINT_INTERVALS", every)
        left = iter(times)
        while world.run(LATE, lambda: next(left, False)).is_behind:
            world = replace(world, warm=WarmModel())
    assert world.seen() == [0, 1, 2, 3, 4, 5]
    assert world.told() == [*told, ("continuing", "views", 5)]
