"""What was published before a detector began is learned in order, bounded in time, and nobody is told of it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detect_world import MIDNIGHT, STEP, DetectWorld, interval
from tests.detector_world import ALARM
from tidegate.config import Function, Measure
from tidegate.detect import progress as progress_module
from tidegate.detect import run as run_module
from tidegate.detect.detector import Detector
from tidegate.detect.models import Detectors
from tidegate.detect.progress import NEWS_SECONDS, RELEARN_SECONDS, WarmModel

PAST = 20
"""Intervals of history in these tests, each of them as anomalous as can be."""
HOUR = NEWS_SECONDS // STEP
BEGAN = (PAST + HOUR) * STEP


def world_with_history(count: int = PAST) -> DetectWorld:
    world = DetectWorld()
    for number in range(count):
        world.publish(number, {"us": 90, "uk": 95})
    return world


def test_history_is_learned_in_order_and_nobody_is_told() -> None:
    world = world_with_history()
    report = world.run(BEGAN)
    assert (report.history, report.intervals, report.anomalies) == (PAST, 0, 0)
    assert world.seen() == list(range(PAST))
    assert world.alerts.sent == []


def test_what_goes_on_when_the_detector_begins_is_told() -> None:
    world = world_with_history(PAST + 2)
    report = world.run(BEGAN)
    assert (report.history, report.intervals) == (PAST, 2)
    assert world.told() == [("started", "views", PAST), ("continuing", "views", PAST + 1)]


def test_after_that_everything_is_told_however_late_it_is_taken() -> None:
    world = world_with_history()
    world.run(BEGAN)
    for number in range(PAST, PAST + 3):
        world.publish(number, {"us": 90})
    assert world.run(BEGAN + 30 * 86_400).history == 0
    assert [number for _, _, number in world.told()] == [PAST, PAST + 1, PAST + 2]


def test_history_that_is_given_before_the_first_interval_counts_too() -> None:
    world = DetectWorld()
    assert world.run(BEGAN - STEP).history == 0
    world.objects = world_with_history().objects
    assert world.run(BEGAN).history == PAST
    assert world.alerts.sent == []


def test_no_more_of_the_past_is_read_than_a_model_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert RELEARN_SECONDS == 28 * 86_400
    monkeypatch.setattr(progress_module, "RELEARN_SECONDS", BEGAN - 15 * STEP)
    world = world_with_history()
    assert world.run(BEGAN).history == PAST - 16
    assert world.seen() == list(range(16, PAST))


def test_history_that_cannot_be_read_is_kept_with_its_reason() -> None:
    world = world_with_history()
    world.objects[world.key(7)] = b"event_time,market\n"
    report = world.run(BEGAN)
    assert (report.history, [failure.interval for failure in report.failures]) == (PAST - 1, [interval(7)])


@given(st.integers(1, 5), st.lists(st.booleans(), max_size=30))
def test_however_often_time_runs_out_or_the_process_dies(every: int, times: list[bool]) -> None:
    world = world_with_history(PAST + 1)
    left = iter([False, *times])  # a first run that takes nothing leaves nothing behind
    now = BEGAN
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(run_module, "CHECKPOINT_INTERVALS", every)
        while world.run(now, lambda: next(left, False)).is_behind:
            world = replace(world, warm=WarmModel())
            now += 60
    assert world.seen() == list(range(PAST + 1))
    assert [number for _, _, number in world.told()] == [PAST]


def test_a_real_detector_begins_trained() -> None:
    """Two weeks of days were published; an outage on the first live day is an anomaly at once."""
    day = 86_400
    world = DetectWorld()
    world.config = replace(world.config, interval_minutes=1440, measures=(Measure("views", Function.SUM),))
    for number in range(16):
        value = 1000 + number % 3 if number < 15 else 0
        body = f"event_time,market,views\n{MIDNIGHT + number * day},us,{value}\n"
        found = world.config.grid.containing(MIDNIGHT + number * day)
        world.objects[world.config.grid.key(world.config.output_prefix, found)] = body.encode()
    report = world.run(16 * day + 60, models=Detectors(world.config))
    assert (report.history, report.intervals, report.started) == (15, 1, 1)
    assert (report.learned, report.needed) == (14, 14)
    assert world.alerts.sent[0].score >= ALARM


def test_without_history_it_says_how_much_is_learned() -> None:
    world = DetectWorld()
    for number in range(3):
        world.publish(number, {"us": 1000})
    report = world.run(3 * STEP + 60, models=Detectors(world.config))
    assert (report.learned, report.needed, report.learning) == (3, 300, 2)
    assert report.anomalies == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"dimensions": ("platform",)},
        {"measures": (Measure("orders", Function.SUM),)},
        {"measures": (Measure("views", Function.MAX), Measure("orders", Function.SUM))},
        {"interval_minutes": 60},
        {"timezone": "Europe/Berlin"},
    ],
    ids=str,
)
def test_another_configuration_begins_anew_and_mixes_nothing(changed: dict[str, object]) -> None:
    world = DetectWorld()
    for number in range(24):
        world.publish(number, {"us": 1000})
    world.run(24 * STEP + 60, models=Detectors(world.config))
    world.config = replace(world.config, **changed)  # type: ignore[arg-type]  # fields by name
    start = world.config.grid.containing(MIDNIGHT + 30 * STEP + 3600).start
    body = f"event_time,market,platform,views,orders\n{start},us,web,1000,1000\n"
    found = world.config.grid.containing(start)
    world.objects[world.config.grid.key(world.config.output_prefix, found)] = body.encode()
    report = world.run(found.end + 60 - MIDNIGHT, models=Detectors(world.config))
    assert (report.learned, report.intervals, report.history) == (1, 1, 0)
    cursor = world.store.cursor()
    assert cursor
    model = Detector.from_bytes(world.store.snapshot(cursor.snapshot), world.config)
    assert model.last_end == found.end
