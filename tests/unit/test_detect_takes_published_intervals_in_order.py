"""Every published interval goes through the model once, in order, when its time has come; a bad one is passed by."""

from dataclasses import replace
from datetime import datetime

import pytest

from tests.detect_world import CONFIG, MIDNIGHT, STEP, DetectWorld, interval
from tidegate.config import Function, Measure
from tidegate.contracts.interval import Interval
from tidegate.detect import run as run_module
from tidegate.detect import values as values_module
from tidegate.detect.progress import KEPT_SNAPSHOTS
from tidegate.detect.stores import DetectCursor
from tidegate.memory.published import MemoryPublishedIntervals

ORDINARY = {"us": 1000.0, "uk": 1010.0}
LATE = 3_600
"""The intervals 0 to 10 are due, and news."""


def world_of(*numbers: int) -> DetectWorld:
    world = DetectWorld()
    for number in numbers:
        world.publish(number, ORDINARY)
    return world


def test_all_published_intervals_are_scored_in_order_and_once() -> None:
    world = world_of(3, 1, 2)
    report = world.run(LATE)
    assert (report.intervals, report.series, report.last) == (3, 12, interval(3))
    assert world.seen() == [1, 2, 3]
    assert world.run(LATE).intervals == 0
    world.publish(4, ORDINARY)
    assert world.run(LATE).intervals == 1
    assert world.seen() == [1, 2, 3, 4]


def test_an_interval_is_read_offset_seconds_after_its_end() -> None:
    world = world_of(0, 1)
    assert world.run(STEP + 59).intervals == 0
    assert world.run(STEP + 60).intervals == 1
    assert world.run(2 * STEP + 59).intervals == 0
    assert world.run(2 * STEP + 60).intervals == 1


def test_before_its_time_the_bucket_is_not_asked() -> None:
    world = world_of(0, 1)
    world.run(STEP + 60)

    class Untouched(MemoryPublishedIntervals):
        def next_after(self, interval: Interval | None) -> None:
            raise AssertionError

    world.run(2 * STEP + 59, published=Untouched({}, CONFIG.grid))


def test_gaps_are_missing_intervals() -> None:
    world = world_of(1, 5, 10)
    assert world.run(LATE).intervals == 3
    assert world.seen() == [1, 5, 10]


def test_an_interval_before_the_last_one_is_too_late() -> None:
    world = world_of(5)
    world.run(LATE)
    world.publish(4, ORDINARY)
    assert world.run(LATE).intervals == 0


@pytest.mark.parametrize(
    ("number", "body", "place", "problem"),
    [
        (2, b"event_time,market,views,orders\n1763683800,us,many,1\n", "line 2, column views", "is not a number"),
        (2, b"", "interval.csv", "is empty; it needs a header line"),
        (3, b"event_time,market,views,orders\n1763683800,us,1,1\n", "interval.csv", "holds 1 rows, none"),
        (
            2,
            b"event_time,market,views\n1763683800,us,1\n",
            "line 1",
            "has no column orders; its columns are event_time",
        ),
        (
            2,
            b"event_time,market,views,orders\nnoon,us,1,1\n",
            "line 2, column event_time",
            "is not a UNIX timestamp",
        ),
        (2, b"event_time,market,views,orders\n1763683800,us,1\n", "line 2", "has 3 fields where the header has 4"),
        (2, b"\x1f\x8bevent_time", "interval.csv", "is a broken gzip"),
    ],
    ids=["no number", "empty", "another interval", "column missing", "no timestamp", "short row", "broken"],
)
def test_a_bad_interval_is_kept_with_its_reason_and_the_next_goes_on(
    number: int, body: bytes, place: str, problem: str
) -> None:
    world = world_of(1, 4)
    world.objects[world.key(number)] = body
    report = world.run(LATE)
    assert world.seen() == [1, 4]
    (failure,) = report.failures
    assert failure.interval == interval(number)
    assert failure.place.endswith(place)
    assert failure.problem.startswith(problem)
    assert world.store.failures == {interval(number): failure}
    assert world.run(LATE).failures == ()


def test_an_interval_of_too_many_series_is_kept_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values_module, "MAX_SERIES", 4)
    world = world_of(1, 3).publish(2, {"us": 1, "uk": 2, "de": 3})
    (failure,) = world.run(LATE).failures
    assert (failure.interval, failure.problem) == (interval(2), "has 6 series; the limit is 4")
    assert world.seen() == [1, 3]


def test_a_bad_interval_alone_moves_the_cursor() -> None:
    world = DetectWorld()
    world.objects[world.key(1)] = b""
    assert len(world.run(LATE).failures) == 1
    assert world.run(LATE).failures == ()
    world.publish(2, ORDINARY)
    world.run(LATE)
    assert world.seen() == [2]


def test_when_time_runs_out_the_next_run_goes_on() -> None:
    world = world_of(*range(5))
    left = iter([False, False, True])
    report = world.run(LATE, lambda: next(left))
    assert (report.intervals, report.is_behind) == (2, True)
    assert world.seen() == [0, 1]
    assert not world.run(LATE).is_behind
    assert world.seen() == [0, 1, 2, 3, 4]


def test_a_warm_process_keeps_its_model_while_the_cursor_names_it() -> None:
    world = world_of(0)
    world.run(LATE)
    world.publish(1, ORDINARY)
    world.run(LATE)
    assert world.models.restored == 0
    cold = replace(world, warm=type(world.warm)())
    cold.publish(2, ORDINARY)
    cold.run(LATE)
    assert world.models.restored == 1
    world.publish(3, ORDINARY)
    world.run(LATE)
    assert world.models.restored == 2
    assert world.seen() == [0, 1, 2, 3]


def test_a_run_that_loses_changes_nothing() -> None:
    world, other = world_of(0), DetectWorld()
    world.run(LATE)
    other = replace(world, warm=type(world.warm)())

    class Overtaken:
        """Another run takes the same interval just before this one's cursor is written."""

        def __getattr__(self, name: str) -> object:
            return getattr(world.store, name)

        def advance(self, cursor: DetectCursor) -> None:
            other.run(LATE)
            world.store.advance(cursor)

    world.publish(1, ORDINARY)
    report = world.run(LATE, store=Overtaken())  # type: ignore[arg-type]  # the rest by __getattr__
    assert report.is_superseded
    assert world.seen() == [0, 1]
    assert world.run(LATE).intervals == 0


def test_only_the_last_snapshots_are_kept() -> None:
    world = DetectWorld()
    for number in range(8):
        world.publish(number, ORDINARY).run(LATE)
    cursor = world.store.cursor()
    assert cursor
    assert len(world.store.snapshots) == KEPT_SNAPSHOTS
    assert world.store.snapshots.keys() == {*cursor.kept, cursor.snapshot}


def test_a_backlog_is_saved_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "CHECKPOINT_INTERVALS", 2)
    world = world_of(*range(5))
    world.run(LATE)
    cursor = world.store.cursor()
    assert cursor
    assert cursor.version == 3
    assert world.seen() == [0, 1, 2, 3, 4]


def test_a_changed_configuration_begins_a_new_model_and_ends_what_was_open() -> None:
    world = DetectWorld().publish(0, {"us": 90})
    world.run(LATE)
    world.config = replace(world.config, measures=(Measure("views", Function.MAX),))
    assert world.run(LATE).ended == 0
    world.publish(1, ORDINARY).run(LATE)
    assert world.seen() == [1]
    assert world.told() == [("started", "views", 0), ("ended", "views", 0)]
    world.publish(2, ORDINARY).run(LATE)
    assert world.seen() == [1, 2]


def test_an_incident_is_sent_each_interval_under_one_id() -> None:
    world = DetectWorld()
    for number, views in enumerate((1000, 90, 95, 1000, 85, 1000, 1000, 1000)):
        world.publish(number, {"us": views, "uk": 1000}).run(LATE)
    assert world.told() == [
        ("started", "views", 1),
        ("continuing", "views", 2),
        ("continuing", "views", 4),
        ("ended", "views", 4),
    ]
    assert len({event.alert_event_id for event in world.alerts.sent}) == 1
    ended = world.alerts.sent[-1]
    assert ended.score == 95
    assert ended.time.instant == interval(4).end


def test_below_the_threshold_nothing_is_sent() -> None:
    world = DetectWorld().publish(0, {"us": 69.99}).publish(1, {"us": 70})
    report = world.run(LATE)
    assert (report.anomalies, report.started) == (1, 1)
    assert world.told() == [("started", "views", 1)]


def test_an_event_holds_the_values_as_they_were_published() -> None:
    world = DetectWorld().publish(0, {"us": 90.1, "uk": 2 / 3})
    world.config = replace(CONFIG, alert_threshold=0.1)
    world.run(LATE)
    (event,) = world.alerts.sent
    assert [series.value for series in event.series] == [90.1, 2 / 3]


def test_measures_that_deviate_together_name_each_other() -> None:
    world = DetectWorld().publish(0, {"us": 90, "uk": 90, "de": 1000}, {"us": 80})
    world.run(LATE)
    orders, views = (event.facts for event in world.alerts.sent)
    assert orders
    assert views
    assert (orders.related, views.related) == ((("views", 100),), (("orders", 50),))


def test_repeated_hours_are_taken_by_time_and_not_by_name() -> None:
    world = DetectWorld(replace(CONFIG, timezone="Europe/Berlin", interval_minutes=60))
    grid = world.config.grid
    at = int(datetime.fromisoformat("2026-10-25T01:00:00+02:00").timestamp())
    starts = [at + hour * 3600 for hour in range(4)]
    for start in starts:
        key = grid.key("intervals", Interval(start, start + 3600))
        world.objects[key] = f"event_time,market,views,orders\n{start},us,1000,1000\n".encode()
    names = [key.partition("intvl_hhmm=")[2][:6] for key in world.objects]
    assert names == ["0100/i", "0200/i", "0200_2", "0300/i"]
    report = world.run(starts[-1] + 3700 - MIDNIGHT)
    assert (report.history, report.intervals) == (3, 1)
    assert [MIDNIGHT + number * STEP for number in world.seen()] == starts
