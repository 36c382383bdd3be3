"""An alert event is kept with the state that knows of it until it is sent; what cannot be sent holds nobody up."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.detect_world import STEP, DetectWorld
from tests.mortal import Died
from tidegate.contracts.errors import MalformedAlert, TransientError
from tidegate.detect.progress import WarmModel
from tidegate.memory.alerts import MemoryAlerts

OFFSET = 60
LATE = 3_600
TWO_INCIDENTS = [("started", "orders", 1), ("started", "views", 1), ("ended", "orders", 1), ("ended", "views", 1)]


@dataclass
class Sending(MemoryAlerts):
    """An alert function before which something happens. tried: the measures of the events that were to be sent."""

    before: Callable[[str], object]
    tried: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def send(self, event: str) -> None:
        measure = json.loads(event)["impactedMetric"]["metricName"]
        self.tried.append(measure)
        self.before(measure)
        super().send(event)


def world_with_two_incidents() -> DetectWorld:
    """They begin in interval 1, and are over two intervals later."""
    world = DetectWorld().publish(0, {"us": 1000})
    world.run(STEP + OFFSET)
    world.publish(1, {"us": 80}, {"us": 90})
    for number in range(2, 5):
        world.publish(number, {"us": 1000})
    return world


def outbox(world: DetectWorld) -> int:
    cursor = world.store.cursor()
    assert cursor
    return len(cursor.outbox)


def refuse(measure: str) -> None:
    if measure == "orders":
        raise MalformedAlert("event", "is too large")


def throttle(measure: str) -> None:
    raise TransientError(f"throttled: {measure}")


def test_an_event_that_would_never_be_taken_is_reported_and_holds_up_nobody() -> None:
    world = world_with_two_incidents()
    world.alerts = Sending(refuse)
    report = world.run(LATE)
    assert world.told() == [told for told in TWO_INCIDENTS if told[1] != "orders"]
    assert [text.split("event: ")[1] for text in report.refused_events] == 2 * ["is too large"]
    assert all(":event/" in text for text in report.refused_events)
    assert (world.seen(), outbox(world)) == ([0, 1, 2, 3, 4], 0)
    assert world.run(LATE).refused_events == ()


def test_what_was_not_sent_is_sent_first_by_the_next_run() -> None:
    world = world_with_two_incidents()
    with pytest.raises(TransientError, match="throttled"):
        world.run(2 * STEP + OFFSET, alerts=Sending(throttle))
    assert (world.seen(), outbox(world)) == ([0, 1], 2)
    world.run(2 * STEP + OFFSET)
    assert (world.told(), outbox(world)) == (TWO_INCIDENTS[:2], 0)
    world.run(LATE)
    assert world.told() == TWO_INCIDENTS


def test_a_changed_configuration_sends_what_the_former_one_left() -> None:
    world = world_with_two_incidents()
    with pytest.raises(TransientError):
        world.run(2 * STEP + OFFSET, alerts=Sending(throttle))
    world.config = replace(world.config, measures=world.config.measures[:1])
    world.run(LATE)
    assert sorted(world.told()) == sorted(TWO_INCIDENTS)


def test_events_for_which_there_is_no_time_are_sent_by_the_next_run() -> None:
    world = world_with_two_incidents()
    left = iter([False] * 4)  # three intervals and one event
    report = world.run(4 * STEP + OFFSET, lambda: next(left, True))
    assert (report.intervals, report.is_behind) == (3, True)
    assert (world.told(), outbox(world)) == (TWO_INCIDENTS[:1], 3)
    assert world.run(4 * STEP + OFFSET, lambda: True).is_behind
    assert (len(world.told()), outbox(world)) == (1, 3)
    assert not world.run(4 * STEP + OFFSET).is_behind
    assert (world.told(), outbox(world)) == (TWO_INCIDENTS, 0)


def test_of_two_runs_that_find_the_same_outbox_both_send_it_and_one_goes_on() -> None:
    world = world_with_two_incidents()
    other = replace(world, warm=WarmModel())
    in_between: list[Any] = []

    def run_the_other(measure: str) -> None:
        if not in_between:
            in_between.append(other.run(LATE))

    alerts = Sending(run_the_other)
    first = world.run(2 * STEP + OFFSET, alerts=alerts)
    assert alerts.tried == ["orders", "views"]
    assert first.is_superseded
    assert not in_between[0].is_superseded
    assert (other.told(), outbox(world), world.seen()) == (TWO_INCIDENTS, 0, [0, 1, 2, 3, 4])


def test_events_that_the_cursor_does_not_have_are_not_sent() -> None:
    world = world_with_two_incidents()

    class Dying:
        def __getattr__(self, name: str) -> object:
            return getattr(world.store, name)

        def advance(self, *_: object) -> None:
            raise Died("advance")

    with pytest.raises(Died):
        world.run(LATE, store=Dying())  # type: ignore[arg-type]  # by __getattr__
    assert world.told() == []


def test_an_interval_without_events_writes_the_cursor_once() -> None:
    world = world_with_two_incidents()
    versions = []
    for number in (1, 2, 3, 4):
        world.run((number + 1) * STEP + OFFSET)
        cursor = world.store.cursor()
        assert cursor
        versions.append(cursor.version)
    assert versions == [3, 4, 6, 7]
