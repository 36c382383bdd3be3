"""A run of detect that dies before or after any of its calls to a store is repeated to the same state and alerts."""

from dataclasses import replace

import pytest

from tests.detect_world import STEP, DetectWorld
from tests.mortal import Died, Mortal
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.errors import TransientError
from tidegate.detect import run as run_module
from tidegate.detect.progress import WarmModel
from tidegate.detect.stores import DetectCursor

LATE = 3_600


def world_to_detect() -> DetectWorld:
    """Something of everything: a stored model, an open incident that ends, a new one, a gap, a bad interval."""
    world = DetectWorld().publish(0, {"us": 1000}).publish(1, {"us": 80, "uk": 1000})
    world.run(LATE)
    world.publish(2, {"us": 95, "uk": 90}).publish(3, {"us": 1000}).publish(4, {"us": 1000})
    world.objects[world.key(5)] = b"event_time,market\n"
    world.publish(9, {"us": 1000}, {"us": 75}).publish(10, {"us": 1000})
    world.alerts.sent.clear()
    return replace(world, warm=WarmModel())


def outcome(world: DetectWorld) -> tuple[DetectCursor | None, list[int], object, set[str]]:
    """All that a run leaves behind, but for how often the cursor was written and which older snapshots lie there."""
    cursor = world.store.cursor()
    assert cursor
    return (
        replace(cursor, version=0, kept=()),
        world.seen(),
        world.store.failures,
        {event.to_json() for event in world.alerts.sent},
    )


def in_order(events: list[AlertEvent]) -> list[AlertEvent]:
    """Each event once, at its first place."""
    return [event for place, event in enumerate(events) if event not in events[:place]]


@pytest.mark.parametrize("takes_effect", [False, True])
@pytest.mark.parametrize("checkpoint", [1, 3, 16])
def test_any_call_may_be_the_last(monkeypatch: pytest.MonkeyPatch, checkpoint: int, takes_effect: bool) -> None:
    monkeypatch.setattr(run_module, "CHECKPOINT_INTERVALS", checkpoint)
    undisturbed = world_to_detect()
    undisturbed.run(LATE)
    expected = outcome(undisturbed)
    told = undisturbed.alerts.sent
    assert [state for state, _, _ in undisturbed.told()] == ["continuing", "ended", "started"]

    fatal, died_at = 0, list[str]()
    while True:
        world = world_to_detect()
        calls = iter(range(10**6))
        store, published, alerts, verdicts = (
            Mortal(one, calls, fatal, takes_effect=takes_effect)
            for one in (world.store, world.published(), world.alerts, world.verdicts())
        )
        try:
            world.run(LATE, store=store, published=published, alerts=alerts, verdicts=verdicts)
            break
        except Died as death:
            died_at.append(str(death))
        replace(world, warm=WarmModel()).run(LATE)
        assert outcome(world) == expected, f"died at call {fatal}, {died_at[-1]}"
        assert in_order(world.alerts.sent) == told
        fatal += 1
    assert set(died_at) == {
        *("cursor", "snapshot", "put_snapshot", "advance", "forget", "put_failure"),
        *("next_after", "read", "send", "all"),
    }


@pytest.mark.parametrize("takes_effect", [False, True])
@pytest.mark.parametrize(("first", "revised"), [(80, 1000), (1000, 80), (80, 95)])
def test_a_revision_between_a_death_and_the_next_run_leaves_one_story(
    first: float, revised: float, takes_effect: bool
) -> None:
    fatal, severities = 0, set[float]()
    while True:
        world = DetectWorld().publish(0, {"us": 1000})
        world.run(STEP + 60)
        world.publish(1, {"us": first})
        calls = iter(range(10**6))
        store, published, alerts = (
            Mortal(one, calls, fatal, takes_effect=takes_effect)
            for one in (world.store, world.published(), world.alerts)
        )
        try:
            world.run(2 * STEP + 60, store=store, published=published, alerts=alerts)
            break
        except Died:
            world.publish(1, {"us": revised})
        for number in range(2, 6):
            world.publish(number, {"us": 1000})
        replace(world, warm=WarmModel()).run(LATE)
        events = in_order(world.alerts.sent)
        assert [event.facts.state for event in events if event.facts] in ([], ["started", "ended"])
        assert len({event.score for event in events}) <= 1
        severities.update(event.score for event in events)
        fatal += 1
    assert severities == {first, revised} - {1000}


def test_a_process_that_lives_on_after_an_error_does_not_use_a_model_that_has_seen_too_much() -> None:
    world = DetectWorld().publish(0, {"us": 1000})
    world.run(LATE)
    world.publish(1, {"us": 80})

    class Failing:
        def __getattr__(self, name: str) -> object:
            return getattr(world.store, name)

        def advance(self, cursor: DetectCursor) -> None:
            raise TransientError("throttled")

    with pytest.raises(TransientError):
        world.run(LATE, store=Failing())  # type: ignore[arg-type]  # by __getattr__
    world.run(LATE)
    assert world.seen() == [0, 1]
    assert in_order(world.alerts.sent) == world.alerts.sent[:1]
