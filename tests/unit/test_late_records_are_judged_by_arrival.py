"""Too late and too far in the future follow from the record's own arrival, so a delivery again is judged the same."""

import pytest

from tests.ingesting import DAY, HOUR, NOON, SHARD, Ingesting, line, record
from tidegate.contracts.buffer import Cursor

END = NOON + 300
RETENTION = 24 * HOUR


def ingesting(cursor_arrival: float | None = None) -> Ingesting:
    run = Ingesting(BufferRetentionHours="24", MaxFutureSeconds="600")
    if cursor_arrival is not None:
        run.buffer.advance(Cursor(SHARD, 0, 1000, cursor_arrival))
        run.calls.clear()
    return run


def test_a_record_is_in_time_until_the_retention_after_its_interval_ends() -> None:
    run = ingesting()
    run.process([record(line(NOON), 1, END + RETENTION), record(line(NOON), 2, END + RETENTION + 1)])
    assert run.reasons == ["too_late"]
    assert {chunk.interval_start: chunk.received for chunk in run.chunks} == {NOON: 1, END + RETENTION: 1}


def test_a_record_may_be_as_far_ahead_as_configured() -> None:
    run = ingesting()
    run.put(line(NOON + 600), line(NOON + 601))
    assert run.reasons == ["too_far_in_future"]
    assert {chunk.interval_start: chunk.received for chunk in run.chunks} == {NOON + 600: 1, NOON: 1}


@pytest.mark.parametrize(
    ("zone", "last"), [("UTC", "9999-12-31"), ("Asia/Tokyo", "9999-12-31"), ("America/New_York", "9999-12-30")]
)
def test_the_ends_of_time_are_refused_like_any_other(zone: str, last: str) -> None:
    run = Ingesting(Timezone=zone, IntervalMinutes="1440", TimestampFormat="ISO8601")
    moments = ("9999-12-31T23:59:59", last, "1970-01-02T12:00", "0001-01-01")
    run.put(*(line(event_time=f'"{moment}"') for moment in moments))
    assert run.reasons == ["bad_timestamp", "too_far_in_future", "too_late", "bad_timestamp"]


def test_records_of_several_intervals_are_judged_one_by_one() -> None:
    run = ingesting()
    arrival = END + RETENTION + 1
    run.put(line(NOON), line(END), line(NOON), line(arrival), line(END), arrival=arrival)
    assert run.reasons == ["too_late", "too_late"]
    assert len(run.rows) == 3


def test_a_batch_that_comes_again_after_its_cursor_moved_is_judged_the_same() -> None:
    run = ingesting()
    batch = [record(line(NOON), 1, END + RETENTION), record(line(NOON + DAY), 2, END + RETENTION + 100)]
    run.process(batch)
    cursor = run.buffer.cursor(SHARD)
    assert cursor is not None
    assert cursor.arrival > END + RETENTION
    assert run.process(batch).duplicates == 2


def test_a_replay_of_what_the_buffer_still_holds_is_taken() -> None:
    run = ingesting(END + RETENTION + DAY)
    assert run.put(line(NOON)).stored == 1


def test_a_replay_of_what_the_buffer_may_have_forgotten_is_too_late() -> None:
    newest = END + RETENTION + DAY + 1
    run = ingesting(newest)
    datas = {line(NOON): NOON, b"bad": NOON, line(NOON + HOUR): NOON + HOUR}
    report = run.process([record(data, place, arrival) for place, (data, arrival) in enumerate(datas.items())])
    assert run.reasons == ["too_late", "not_json"]
    assert report.stored == 1
    newest_interval = run.config.grid.containing(newest).start
    assert {chunk.interval_start: chunk.received for chunk in run.chunks} == {newest_interval: 2, NOON + HOUR: 1}
