"""An incident is recorded once and told once, however often, in whatever order and at whatever moment events come."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count, permutations
from typing import Any

import pytest

from tests.alert_events import STEP, changed, document, ours
from tests.mortal import Died, Mortal
from tidegate.alert.notification import Notification
from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.alert.run import MERGE_ATTEMPTS, AlertReport, Surroundings, run
from tidegate.alert.stores import Anomalies, Claim, Claimed, Notifications
from tidegate.config import DetectorConfig, Function, Measure
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.errors import Conflict, MalformedAlert, TransientError
from tidegate.contracts.incident_facts import IncidentState
from tidegate.memory.anomalies import MemoryAnomalies
from tidegate.memory.notifications import MemoryNotifications

CONFIG = DetectorConfig(
    (Measure("revenue", Function.SUM), Measure("views", Function.SUM)), dimensions=("platform", "marketplace")
)
LEASE = 60.0
STARTED, CONTINUING, ENDED = IncidentState
LIFE = [ours(STARTED), ours(CONTINUING, 1, 96.5), ours(CONTINUING, 3, 80), ours(ENDED, 3, 96.5)]


@dataclass
class World:
    """Invocations over one table and one topic; each has an owner of its own and a second of its own."""

    config: DetectorConfig = CONFIG
    anomalies: MemoryAnomalies = field(default_factory=MemoryAnomalies)
    notifications: MemoryNotifications = field(default_factory=MemoryNotifications)
    seconds: Iterator[int] = field(default_factory=count)

    def take(
        self,
        event: AlertEvent | object,
        *,
        later: float = 0,
        anomalies: Anomalies | None = None,
        notifications: Notifications | None = None,
    ) -> AlertReport:
        now = next(self.seconds) + later
        around = Surroundings(self.config, anomalies or self.anomalies, notifications or self.notifications)
        given = event.to_document() if isinstance(event, AlertEvent) else event
        report = run(given, Claim(f"owner-{now}", now, now + LEASE), around)
        report.raise_failures()
        return report

    def told(self) -> list[object]:
        return [notification.attributes["state"] for notification in self.notifications.published]

    def record(self) -> AnomalyRecord:
        (record,) = self.anomalies.everything()
        return record


def test_an_incident_is_told_when_it_starts_and_when_it_ends() -> None:
    world = World()
    reports = [world.take(event) for event in LIFE]
    assert [report.notices for report in reports] == [(Notice.STARTED,), (), (), (Notice.ENDED,)]
    assert [report.is_new for report in reports] == [True, False, False, False]
    record = world.record()
    start = LIFE[0].time.instant
    assert (record.state, record.severity) == (ENDED, 96.5)
    assert (record.started, record.latest, record.ended_at) == (start, start + 3 * STEP, start + 4 * STEP)
    assert record.event == LIFE[1]
    assert record.lasted_until == start + 4 * STEP
    assert record.told == {Notice.STARTED, Notice.ENDED}


@pytest.mark.parametrize("name", ["alert-lookout-2021", "alert-lookout-2022", "alert-tidegate"])
def test_an_event_that_comes_again_changes_nothing(name: str) -> None:
    world = World()
    first = world.take(document(name))
    again = world.take(document(name), later=10**6)
    assert first.notices == (Notice.STARTED,)
    assert again.notices == ()
    assert again.record == first.record
    assert len(world.notifications.published) == 1


def test_the_same_id_at_another_time_is_the_same_incident() -> None:
    world = World()
    world.take(document("alert-lookout-2022"))
    report = world.take(changed(document("alert-lookout-2022"), "timestamp", "2022-03-10T00:00Z[UTC]"))
    assert report.notices == ()
    assert report.record.latest - report.record.started == 3600


@pytest.mark.parametrize("order", list(permutations(LIFE)))
def test_events_may_come_in_any_order(order: list[AlertEvent]) -> None:
    world = World()
    for event in [*order, *order]:
        world.take(event)
    assert world.told() == ["started", "ended"]
    record = world.record()
    assert (record.state, record.severity) == (ENDED, 96.5)
    assert record.event == LIFE[1]


@pytest.mark.parametrize("takes_effect", [False, True])
@pytest.mark.parametrize(
    "events", [LIFE[:1], [LIFE[0], LIFE[3]], [LIFE[3], LIFE[0]]], ids=["start", "life", "reversed"]
)
def test_any_call_may_be_the_last(events: list[AlertEvent], takes_effect: bool) -> None:
    undisturbed = World()
    for event in events:
        undisturbed.take(event)

    fatal, died_at = 0, list[str]()
    while True:
        world = World()
        calls = iter(range(10**6))
        anomalies, notifications = (
            Mortal(one, calls, fatal, takes_effect=takes_effect) for one in (world.anomalies, world.notifications)
        )
        died = False
        for event in events:
            try:
                world.take(event, anomalies=anomalies, notifications=notifications)
            except Died as death:
                died = True
                died_at.append(str(death))
                with suppress(TransientError):  # a claim was left behind, and its time is not over
                    world.take(event)
                world.take(event, later=2 * LEASE)
        if not died:
            break
        twice = died_at[-1] == ("publish" if takes_effect else "confirm")  # it went out, and nobody knows
        assert len(world.told()) == len(undisturbed.told()) + twice, f"died at call {fatal}, {died_at[-1]}"
        assert world.record() == undisturbed.record()
        fatal += 1
    assert set(died_at) == {"get", "put", "claim", "publish", "confirm"}


def test_of_two_at_once_one_tells_and_the_other_comes_again() -> None:
    world = World()
    others: list[BaseException] = []

    class Slow:
        def publish(self, notification: Notification) -> None:
            with pytest.raises(TransientError) as raised:
                world.take(LIFE[0])
            others.append(raised.value)
            world.notifications.publish(notification)

    assert world.take(LIFE[0], notifications=Slow()).notices == (Notice.STARTED,)
    assert len(others) == 1
    assert world.take(LIFE[0]).notices == ()
    assert world.told() == ["started"]


def test_the_end_that_comes_while_the_start_is_being_told_is_told_behind_it() -> None:
    world = World()

    class Slow:
        def publish(self, notification: Notification) -> None:
            if not world.told():
                with pytest.raises(TransientError, match="another invocation"):
                    world.take(LIFE[3])
            world.notifications.publish(notification)

    assert world.take(LIFE[0], notifications=Slow()).notices == (Notice.STARTED, Notice.ENDED)
    assert world.take(LIFE[3]).notices == ()
    assert world.told() == ["started", "ended"]


def test_what_the_topic_refuses_is_tried_again_at_once() -> None:
    world = World()

    class Refusing:
        def publish(self, notification: Notification) -> None:
            raise TransientError("throttled")

    with pytest.raises(TransientError, match="throttled"):
        world.take(LIFE[0], notifications=Refusing())
    assert world.take(LIFE[0]).notices == (Notice.STARTED,)


class Contended(MemoryAnomalies):
    """Somebody else merges an event before each of the first puts."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def put(self, record: AnomalyRecord, expires: int) -> None:
        if self.times:
            self.times -= 1
            stored = self.get(record.detector, record.event_id)
            other = ours(CONTINUING, 10 + self.times)
            super().put(stored.merged(other) if stored else AnomalyRecord.of(other), expires)
        super().put(record, expires)


def test_events_that_come_at_the_same_time_are_all_merged() -> None:
    world = World(anomalies=Contended(MERGE_ATTEMPTS - 1))
    world.take(LIFE[1])
    record = world.record()
    assert record.severity == 96.5
    assert record.latest == LIFE[0].time.instant + (10 + MERGE_ATTEMPTS - 2) * STEP
    with pytest.raises(TransientError, match="other writers came first"):
        World(anomalies=Contended(MERGE_ATTEMPTS)).take(ours(STARTED, 0, 99))


def test_the_record_is_kept_as_long_as_configured() -> None:
    kept: list[int] = []

    class Watched(MemoryAnomalies):
        def put(self, record: AnomalyRecord, expires: int) -> None:
            kept.append(expires)
            super().put(record, expires)

    World(replace(CONFIG, anomaly_retention_days=2), anomalies=Watched()).take(LIFE[0], later=1000)
    assert kept == [1000 + 2 * 86_400]


def test_a_malformed_event_leaves_nothing() -> None:
    world = World()
    with pytest.raises(MalformedAlert):
        world.take(document("alert-malformed"))
    assert list(world.anomalies.everything()) == []
    assert world.told() == []


MARKETPLACE_IT = {"marketplace": frozenset({"it", "fr"})}


@pytest.mark.parametrize(
    ("parameters", "name", "is_told"),
    [
        ({"alert_threshold": 93.46}, "alert-tidegate", True),
        ({"alert_threshold": 93.47}, "alert-tidegate", False),
        ({"alert_measures": ("views", "revenue")}, "alert-tidegate", True),
        ({"alert_measures": ("views",)}, "alert-tidegate", False),
        ({"alert_dimension_filters": MARKETPLACE_IT}, "alert-tidegate", True),
        ({"alert_dimension_filters": {"marketplace": frozenset({"us"})}}, "alert-tidegate", False),
        ({"alert_dimension_filters": MARKETPLACE_IT | {"platform": frozenset({"pc_web"})}}, "alert-tidegate", True),
        ({"alert_dimension_filters": MARKETPLACE_IT | {"platform": frozenset({"tv"})}}, "alert-tidegate", False),
        ({"alert_dimension_filters": MARKETPLACE_IT}, "alert-lookout-2022", False),
    ],
)
def test_filters_keep_back_what_is_recorded_all_the_same(parameters: dict[str, Any], name: str, is_told: bool) -> None:
    world = World(replace(CONFIG, **parameters))
    report = world.take(document(name))
    assert (report.notices == (Notice.STARTED,)) == is_told
    assert report.is_new


def test_a_series_has_to_match_in_all_dimensions_where_all_series_are_known() -> None:
    filters = {"marketplace": frozenset({"fr"}), "platform": frozenset({"pc_web"})}
    event = document("alert-tidegate")
    event = changed(event, "impactedMetric.relevantTimeSeries.0.dimensions.0.dimensionValue", "fr")
    contributions = [
        {"dimensionValue": "it", "valueContribution": 50},
        {"dimensionValue": "fr", "valueContribution": 50},
    ]
    event = changed(event, "impactedMetric.dimensionContribution.0.dimensionValueContributions", contributions)
    config = replace(CONFIG, alert_dimension_filters=filters)
    assert World(config).take(event).notices == ()
    assert World(config).take(changed(event, "tidegate.seriesHit", 4)).notices == (Notice.STARTED,)


def test_an_incident_that_spreads_to_what_is_wanted_is_told_then() -> None:
    world = World(replace(CONFIG, alert_threshold=95))
    reports = [world.take(event) for event in LIFE]
    assert [report.notices for report in reports] == [(), (Notice.STARTED,), (), (Notice.ENDED,)]


def test_an_incident_that_grows_into_a_filter_is_told_then_though_it_was_severer_before() -> None:
    path = "impactedMetric.relevantTimeSeries.0.dimensions.0.dimensionValue"
    grown = changed(ours(CONTINUING, 1, 71).to_document(), path, "fr")
    world = World(replace(CONFIG, alert_dimension_filters={"marketplace": frozenset({"fr"})}))
    assert [world.take(event).notices for event in (LIFE[0], grown)] == [(), (Notice.STARTED,)]


def test_the_end_of_what_was_not_told_is_not_told() -> None:
    world = World(replace(CONFIG, alert_measures=("views",)))
    assert [world.take(event).notices for event in LIFE] == [(), (), (), ()]
    assert world.record().state is ENDED


def test_a_claim_that_is_lost_is_not_released_for_another() -> None:
    anomalies = MemoryAnomalies()
    record = AnomalyRecord.of(LIFE[0])
    anomalies.put(record, 0)
    mine, others = Claim("me", 0, 10), Claim("other", 20, 30)
    assert anomalies.claim(record, Notice.STARTED, mine) is Claimed.MINE
    assert anomalies.claim(record, Notice.STARTED, others) is Claimed.MINE
    anomalies.release(record, Notice.STARTED, mine)
    assert anomalies.claim(record, Notice.STARTED, replace(mine, now=21)) is Claimed.HELD
    with pytest.raises(Conflict):
        anomalies.put(record, 0)
