"""Each action is a step of its own: taken once, tried again alone, and none keeps the others from being taken."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from tests.alert_events import changed, document, ours
from tests.mortal import Died, Mortal
from tidegate.alert.actions import MAX_SHADOW_BYTES, shadow_part, webhook_payload
from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.alert.run import AlertReport, Surroundings, run
from tidegate.alert.stores import Action, Claim
from tidegate.config import DetectorConfig, Function, Measure
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.errors import ActionRefused, TransientError
from tidegate.contracts.incident_facts import IncidentState
from tidegate.memory.actions import MemoryAction
from tidegate.memory.anomalies import MemoryAnomalies
from tidegate.memory.notifications import MemoryNotifications

CONFIG = DetectorConfig((Measure("revenue", Function.SUM),), dimensions=("platform", "marketplace"))
LEASE = 60.0
STARTED, ENDED = ours(), ours(IncidentState.ENDED, 3)
ID = STARTED.alert_event_id
BOTH = [(ID, Notice.STARTED), (ID, Notice.ENDED)]


class Failing:
    """An action that fails so many times."""

    def __init__(self, times: int, error: Exception) -> None:
        self.times, self.error = times, error
        self.then = MemoryAction()

    def act(self, record: AnomalyRecord, notice: Notice) -> None:
        if self.times:
            self.times -= 1
            raise self.error
        self.then.act(record, notice)


@dataclass
class World:
    """Invocations over one table, one topic and some actions."""

    actions: dict[str, Action]
    anomalies: MemoryAnomalies = field(default_factory=MemoryAnomalies)
    notifications: MemoryNotifications = field(default_factory=MemoryNotifications)
    seconds: Iterator[int] = field(default_factory=count)

    def take(self, event: AlertEvent, *, later: float = 0, wrap: Any = lambda store: store) -> AlertReport:
        now = next(self.seconds) + later
        actions = {name: wrap(action) for name, action in self.actions.items()}
        around = Surroundings(CONFIG, wrap(self.anomalies), wrap(self.notifications), actions)
        return run(event.to_document(), Claim(f"owner-{now}", now, now + LEASE), around)


def test_an_action_is_taken_when_an_incident_starts_and_when_it_ends_however_often_that_is_told() -> None:
    bus, webhook = MemoryAction(), MemoryAction()
    world = World({"event_bus": bus, "webhook": webhook})
    reports = [world.take(event) for event in (STARTED, STARTED, ENDED, ENDED)]
    assert reports[0].actions == ("started_event_bus", "started_webhook")
    assert reports[2].actions == ("ended_event_bus", "ended_webhook")
    assert reports[1].actions == reports[3].actions == ()
    assert bus.done == webhook.done == BOTH


@pytest.mark.parametrize("error", [TransientError("later"), ActionRefused("never")])
def test_one_that_fails_is_tried_again_alone(error: Exception) -> None:
    bus, webhook = Failing(1, error), MemoryAction()
    world = World({"event_bus": bus, "webhook": webhook})
    report = world.take(STARTED)
    assert report.notices == (Notice.STARTED,)
    assert report.actions == ("started_webhook",)
    assert [(failure.step, failure.error) for failure in report.failures] == [("started_event_bus", error)]
    with pytest.raises(type(error)):
        report.raise_failures()
    again = world.take(STARTED)
    assert (again.notices, again.actions, again.failures) == ((), ("started_event_bus",), ())
    assert bus.then.done == webhook.done == [(ID, Notice.STARTED)]


def test_several_that_fail_are_all_named() -> None:
    world = World({name: Failing(1, TransientError(name)) for name in ("shadow", "webhook")})
    with pytest.raises(ExceptionGroup) as raised:
        world.take(STARTED).raise_failures()
    assert [str(error) for error in raised.value.exceptions] == ["shadow", "webhook"]


def test_the_end_is_told_only_where_the_start_was() -> None:
    webhook, bus = Failing(2, TransientError("later")), MemoryAction()
    world = World({"webhook": webhook, "event_bus": bus})
    world.take(STARTED)
    assert world.take(ENDED).actions == ("ended_event_bus",)
    assert world.take(ENDED).actions == ("started_webhook", "ended_webhook")
    assert webhook.then.done == bus.done == BOTH


def test_the_end_is_told_although_a_webhook_hangs_until_its_invocation_is_over() -> None:
    class Killed(BaseException):
        """By Lambda, when the time is over."""

    class Hanging:
        def act(self, record: AnomalyRecord, notice: Notice) -> None:
            raise Killed

    world = World({"webhook": Hanging()})
    for number, event in enumerate([STARTED, ENDED]):
        with pytest.raises(Killed):
            world.take(event, later=number * 2 * LEASE)
    assert [one.attributes["state"] for one in world.notifications.published] == ["started", "ended"]


def test_what_is_kept_back_from_people_is_kept_back_from_machines() -> None:
    bus = MemoryAction()
    assert World({"event_bus": bus}).take(ours(score=69)).actions == ()
    assert bus.done == []


def death_at(fatal: int, world: World, *, takes_effect: bool) -> str:
    """Let an invocation die at the call of this number; the call's name, empty when there are not so many."""
    calls = iter(range(10**6))
    try:
        world.take(STARTED, wrap=lambda one: Mortal(one, calls, fatal, takes_effect=takes_effect))
    except Died as death:
        return str(death)
    return ""


@pytest.mark.parametrize("takes_effect", [False, True])
def test_any_call_may_be_the_last(takes_effect: bool) -> None:
    deaths = []
    for fatal in count():
        bus, webhook = MemoryAction(), MemoryAction()
        world = World({"event_bus": bus, "webhook": webhook})
        name = death_at(fatal, world, takes_effect=takes_effect)
        if not name:
            break
        deaths.append(name)
        with suppress(TransientError):  # a claim was left behind, and its time is not over
            world.take(STARTED).raise_failures()
        world.take(STARTED, later=2 * LEASE).raise_failures()
        taken = [*world.notifications.published, *bus.done, *webhook.done]
        nobody_knows = name in ("act", "publish") if takes_effect else name == "confirm"
        assert len(taken) == 3 + nobody_knows, f"died at call {fatal}, {name}"
    assert deaths.count("act") == 2


def test_a_webhook_gets_the_text_and_the_event() -> None:
    payload = json.loads(webhook_payload(AnomalyRecord.of(STARTED), Notice.STARTED, "shop"))
    assert payload["text"].startswith(
        "revenue in marketplace it (3 series) is at worst 61.4, 85 % below the expected 402.5"
    )
    assert f"tidegate anomalies feedback {STARTED.group} no --stack-name shop" in payload["text"]
    assert payload["event"] == STARTED.to_document()


@pytest.mark.parametrize("text", ["<!channel>", "<https://evil|x>", "a\nb", 'q"uo', "\u202eabc", "\U0001f4a5", "&amp;"])
def test_names_from_data_neither_call_a_channel_nor_begin_a_line(text: str) -> None:
    calm = json.loads(webhook_payload(AnomalyRecord.of(STARTED), Notice.STARTED, "shop"))["text"]
    event = changed(STARTED.to_document(), "impactedMetric.metricName", text)
    payload = json.loads(webhook_payload(AnomalyRecord.of(AlertEvent.parse(event)), Notice.STARTED, "shop"))
    assert not {"<", ">", "\u202e"} & set(payload["text"])
    assert payload["text"].count("\n") == calm.count("\n")
    assert payload["event"]["impactedMetric"]["metricName"] == text


def incident(group: str, severity: float = 90, value: str = "it") -> AnomalyRecord:
    event = changed(document("alert-tidegate"), "anomalyGroupId", group) | {"anomalyScore": severity}
    place = "impactedMetric.relevantTimeSeries.0.dimensions.0.dimensionValue"
    return AnomalyRecord.of(AlertEvent.parse(changed(event, place, value)))


def merged(known: Any, change: Any) -> Any:
    """As AWS IoT merges a change into a shadow: null removes."""
    if not isinstance(change, dict):
        return change
    both = {**known, **change} if isinstance(known, dict) else change
    mixed = {name: merged(known.get(name) if isinstance(known, dict) else None, both[name]) for name in change}
    return {name: value for name, value in {**both, **mixed}.items() if value is not None}


def test_a_shadow_is_normal_after_the_last_incident_only() -> None:
    shadow: Any = None
    states = []
    for group, notice in (("a", "started"), ("b", "started"), ("a", "ended"), ("a", "ended"), ("b", "ended")):
        shadow = merged(shadow, shadow_part(shadow, incident(group), Notice(notice)))
        states.append((shadow["state"], sorted(shadow["incidents"])))
    assert states == [
        ("anomalous", ["a"]),
        ("anomalous", ["a", "b"]),
        ("anomalous", ["b"]),
        ("anomalous", ["b"]),
        ("normal", []),
    ]


def test_a_shadow_says_what_is_anomalous_and_where() -> None:
    assert shadow_part("nonsense", incident("a", value="<b>\u202eti\n"), Notice.STARTED) == {
        "state": "anomalous",
        "incidents": {
            "a": {
                "measure": "revenue",
                "severity": 90,
                "since": "2026-06-01T09:15:00Z",
                "kind": "dip",
                "dimensions": {"marketplace": "<b> ti", "platform": "mobile_app"},
            }
        },
    }


def test_a_shadow_does_not_outgrow_its_limit() -> None:
    shadow: Any = None
    for number in range(60):
        shadow = merged(
            shadow, shadow_part(shadow, incident(f"group-{number}", 40 + number, "\u00e9" * 90), Notice.STARTED)
        )
    assert len(json.dumps(shadow).encode()) <= MAX_SHADOW_BYTES + 200
    assert len(shadow["incidents"]) == 60
    assert shadow["incidents"]["group-59"]["dimensions"]
    assert shadow["incidents"]["group-0"] == {"severity": 40}
