"""A detector that catches up sends an incident's events at once: what only continues waits for nobody, all is told."""

import heapq
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.alert_events import ours
from tests.mortal import Died, Mortal
from tidegate.alert.notification import Notification
from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.alert.run import AlertReport, Failure, Surroundings, run
from tidegate.alert.stores import Claim
from tidegate.config import DetectorConfig, Function, Measure
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.errors import TransientError
from tidegate.contracts.incident_facts import IncidentState
from tidegate.memory.anomalies import MemoryAnomalies
from tidegate.memory.notifications import MemoryNotifications

CONFIG = DetectorConfig((Measure("revenue", Function.SUM),), dimensions=("platform", "marketplace"))
LEASE = 65.0
STARTED, CONTINUING, ENDED = IncidentState


@dataclass
class World:
    """Invocations over one table, one topic and one webhook."""

    config: DetectorConfig = CONFIG
    anomalies: MemoryAnomalies = field(default_factory=MemoryAnomalies)
    topic: MemoryNotifications = field(default_factory=MemoryNotifications)
    owners: int = 0

    def take(self, event: AlertEvent, now: float, wrap: Any = lambda store: store, **more: Any) -> AlertReport:
        self.owners += 1
        around = Surroundings(
            self.config, wrap(self.anomalies), more.get("topic") or wrap(self.topic), more.get("actions", {})
        )
        report = run(event.to_document(), Claim(f"owner-{self.owners}", now, now + LEASE), around)
        report.raise_failures()
        return report

    def told(self) -> list[object]:
        return [one.attributes["state"] for one in self.topic.published]


def test_what_only_continues_does_not_fail_while_the_start_is_being_told() -> None:
    world = World()
    meanwhile: list[AlertReport] = []

    class Slow:
        def publish(self, notification: Notification) -> None:
            meanwhile.extend(world.take(ours(CONTINUING, number), 1) for number in range(1, 12))
            with pytest.raises(TransientError, match="another invocation"):
                world.take(ours(), 1)
            world.topic.publish(notification)

    world.take(ours(), 0, topic=Slow())
    assert len(meanwhile) == 11
    assert not any(report.notices or report.failures for report in meanwhile)
    assert world.told() == ["started"]


def test_nor_while_an_action_of_the_start_is_being_taken() -> None:
    world = World()
    failures: list[tuple[Failure, ...]] = []

    class Slow:
        def act(self, record: AnomalyRecord, notice: Notice) -> None:
            if not failures:
                failures.append(world.take(ours(CONTINUING, 1), 1, actions={"webhook": self}).failures)

    assert world.take(ours(), 0, actions={"webhook": Slow()}).actions == ("started_webhook",)
    assert failures == [()]


def test_a_claim_whose_holder_died_is_taken_over_by_whatever_comes_next() -> None:
    world = World()
    with pytest.raises(Died):
        world.take(
            ours(), 0, lambda store: Mortal(store, iter([0]), 0, takes_effect=False) if store is world.topic else store
        )
    assert world.take(ours(CONTINUING, 1), 1).notices == ()
    assert world.take(ours(CONTINUING, 2), LEASE).notices == (Notice.STARTED,)


def test_behind_the_end_nothing_is_left_to_a_holder_that_may_be_dead() -> None:
    """The end came and went before the event that makes the incident worth telling; nothing else will come."""
    world = World(replace(CONFIG, alert_threshold=95))
    late = ours(CONTINUING, 1, 96)
    world.take(ours(ENDED, 2, 90), 0)
    with pytest.raises(Died):
        world.take(
            late, 1, lambda store: Mortal(store, iter([0]), 0, takes_effect=False) if store is world.topic else store
        )
    with pytest.raises(TransientError, match="another invocation"):
        world.take(late, 62)
    assert world.take(late, 182).notices == (Notice.STARTED, Notice.ENDED)


EVENTS = [ours(), *(ours(CONTINUING, number, 93 + number) for number in range(1, 4)), ours(ENDED, 3, 96)]
RETRIES = (60, 120)
"""Seconds after which Lambda brings an event again."""


@settings(deadline=None, max_examples=400)
@given(st.randoms(use_true_random=False), st.sampled_from([90.0, 93.46, 94.5, 96.0]))
def test_whatever_dies_in_whatever_order_both_notices_go_out(random: Random, threshold: float) -> None:
    world = World(replace(CONFIG, alert_threshold=threshold))
    due = [(random.uniform(0, 90), number, 0) for number in range(len(EVENTS))]
    heapq.heapify(due)
    died_telling = 0
    while due:
        now, number, tries = heapq.heappop(due)
        calls, fatal = iter(range(10**6)), random.randrange(12) if random.random() < 0.5 else -1
        takes_effect = random.random() < 0.5

        def mortal(store: object) -> Mortal:
            return Mortal(store, calls, fatal, takes_effect=takes_effect)  # noqa: B023  # called before they change

        try:
            world.take(EVENTS[number], now, mortal)
        except (Died, TransientError) as failure:
            assume(tries < len(RETRIES))  # else it lies in the queue of failures
            died_telling += str(failure) in ("publish", "confirm")
            heapq.heappush(due, (now + RETRIES[tries], number, tries + 1))
    assert set(world.told()) == {"started", "ended"}
    assert len(world.told()) <= 2 + died_telling
