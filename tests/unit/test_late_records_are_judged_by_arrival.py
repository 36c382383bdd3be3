"""Too late and too far in the future follow from the record's own arrival, so a delivery again is judged the same.

Only of an interval that was published, of chunks that the buffer forgets, it matters when a record is read.
"""

import pytest

from tests.ingesting import DAY, HOUR, NOON, Ingesting, line, record
from tidegate.contracts.buffer import LedgerLine
from tidegate.contracts.interval import Interval

END = NOON + 300
RETENTION = 24 * HOUR


def ingesting() -> Ingesting:
    return Ingesting(BufferRetentionHours="24", MaxFutureSeconds="600")


def published(run: Ingesting, instant: float, buffered_until: float, revision: int = 1) -> None:
    """The ledger says so of an instant's interval."""
    interval = run.config.grid.containing(instant)
    run.buffer.put_ledger_line(
        LedgerLine(interval, "", 1, 1, 0, 0, 0, 1, revision, 1, 0, 0, incomplete=False, buffered_until=buffered_until)
    )


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


def test_a_batch_that_comes_again_within_a_day_is_judged_the_same() -> None:
    run = ingesting()
    batch = [record(line(NOON), 1, END + RETENTION), record(line(NOON + DAY), 2, END + RETENTION + 100)]
    run.process(batch)
    published(run, NOON, END + RETENTION + 7 * DAY)
    assert run.process(batch, END + RETENTION + DAY).duplicates == 2


def test_what_the_buffer_still_holds_is_taken_whenever_it_is_read() -> None:
    run = ingesting()
    now = END + 20 * DAY
    published(run, NOON, now + DAY + 1)
    assert run.process([record(line(NOON))], now).stored == 1


def test_what_was_never_published_is_taken_whenever_it_is_read() -> None:
    run = ingesting()
    published(run, NOON, NOON, revision=0)
    assert run.process([record(line(NOON)), record(line(NOON + HOUR), 2, NOON + HOUR)], NOON + 300 * DAY).stored == 2


def test_what_the_buffer_may_have_forgotten_is_too_late() -> None:
    run = ingesting()
    now = END + 20 * DAY
    published(run, NOON, now + DAY)
    datas = {line(NOON): NOON, b"bad": NOON, line(NOON + HOUR): NOON + HOUR}
    batch = [record(data, place, arrival) for place, (data, arrival) in enumerate(datas.items())]
    report = run.process(batch, now)
    assert run.reasons == ["too_late", "not_json"]
    assert report.stored == 1
    now_interval = run.config.grid.containing(now).start
    assert {chunk.interval_start: chunk.received for chunk in run.chunks} == {now_interval: 2, NOON + HOUR: 1}


def test_the_ledger_is_asked_of_old_intervals_only_and_of_each_once() -> None:
    run = ingesting()
    asked: list[int] = []

    def ledger_line(interval: Interval) -> None:
        asked.append(interval.start)

    run.buffer.ledger_line = ledger_line  # type: ignore[method-assign]  # seen on its way
    now = END + 7 * DAY
    run.process([record(line(NOON)), record(line(NOON), 2), record(b"bad", 3, NOON)], now - 1)
    assert asked == []
    run.process([record(line(NOON)), record(line(NOON), 2), record(b"bad", 3, NOON), record(line(END), 4)], now)
    assert asked == [NOON]
