"""Records that come after their interval was closed, or before any interval was."""

from tests.flush_world import MIDNIGHT, STEP, Event, World, interval, reconfigured, time_for

DUE = STEP + 60


def closed_world() -> World:
    """Intervals 0 and 1 closed: one record in each."""
    world = World()
    world.take([Event(1, 10, 10), Event(2, STEP + 10, STEP + 10)])
    world.flush(2 * STEP + 60)
    assert world.objects.keys() == [world.key(0), world.key(1)]
    return world


def revision_of(world: World, number: int) -> tuple[int, int, int]:
    """Revision, rows and records of the object; the ledger must say the same."""
    line, found = world.line(number), world.objects.published(world.key(number))
    assert found is not None
    assert (line.revision, line.rows, line.stored, line.bytes) == (
        found.revision,
        found.rows,
        found.stored,
        found.bytes,
    )
    return found.revision, found.rows, found.stored


def test_a_late_record_makes_the_next_revision_of_the_whole_interval() -> None:
    world = closed_world()
    first = world.line(0)
    world.take([Event(3, 5, 2 * STEP, "de,7")])
    report = world.flush(2 * STEP + 120)
    assert ([line.interval for line in report.revised], report.closed) == ([interval(0)], [])
    assert world.rows(0) == ["event_time,market,views", f"{MIDNIGHT + 10},us,1", f"{MIDNIGHT + 5},de,7"]
    assert revision_of(world, 0) == (2, 2, 2)
    assert revision_of(world, 1) == (1, 1, 1)
    assert (world.line(0).closed_at, world.line(0).close_delay) == (first.closed_at, first.close_delay)
    assert world.buffer.control().markers == ()


def test_a_delivery_that_comes_again_changes_the_ledger_line_alone() -> None:
    world = closed_world()
    before = world.bodies()
    world.deliver([Event(1, 10, 10)])
    world.deliver([Event(1, 10, 10), Event(2, STEP + 10, STEP + 10)])
    report = world.flush(2 * STEP + 120)
    assert report.revised == []
    assert world.bodies() == before
    assert revision_of(world, 0) == (1, 1, 1)
    assert (world.line(0).received, world.line(0).duplicates) == (3, 2)
    assert (world.line(1).received, world.line(1).duplicates) == (2, 1)


def test_records_that_went_to_quarantine_change_the_ledger_line_alone() -> None:
    world = closed_world()
    world.take([Event(3, 5, 2 * STEP, is_bad=True)])
    assert world.flush(2 * STEP + 120).revised == []
    assert (world.line(0).received, world.line(0).quarantined, world.line(0).revision) == (2, 1, 1)


def says_incomplete(world: World, number: int) -> bool:
    """Does the object of an interval say that it is incomplete?"""
    found = world.objects.published(world.key(number))
    assert found is not None
    return found.incomplete


def incomplete_world() -> World:
    """Interval 0 closed although a record of it was not read."""
    world = World()
    world.take([Event(1, 10, 10)])
    world.flush(60)
    world.arrive([Event(2, 20, 20), Event(3, 30, 30)])
    world.flush(DUE + 900)
    assert says_incomplete(world, 0)
    assert world.line(0).incomplete
    return world


def test_an_incomplete_interval_is_whole_when_its_records_have_come() -> None:
    world = incomplete_world()
    world.deliver([Event(2, 20, 20), Event(3, 30, 30)])
    world.flush(DUE + 960)
    assert revision_of(world, 0) == (2, 3, 3)
    assert not says_incomplete(world, 0)
    assert world.line(0).incomplete  # how it was closed


def test_it_is_incomplete_as_long_as_some_of_them_have_not() -> None:
    world = incomplete_world()
    world.deliver([Event(2, 20, 20)])
    world.flush(DUE + 960)
    assert revision_of(world, 0) == (2, 2, 2)
    assert says_incomplete(world, 0)
    world.deliver([Event(3, 30, 30)])
    world.flush(DUE + 1020)
    assert revision_of(world, 0) == (3, 3, 3)
    assert not says_incomplete(world, 0)


def test_what_was_whole_stays_so() -> None:
    world = closed_world()
    world.arrive([Event(3, 5, 310), Event(4, 6, 310)])  # as of a shard that is read behind another's beginning
    world.deliver([Event(3, 5, 310)])
    world.flush(2 * STEP + 120)
    assert revision_of(world, 0) == (2, 2, 2)
    assert not says_incomplete(world, 0)


def test_what_lies_before_the_first_is_incomplete_too_while_a_shard_lags() -> None:
    world = World()
    world.take([Event(1, 3 * STEP, 10)])
    world.flush(15)
    world.arrive([Event(2, STEP, 20), Event(3, STEP + 1, 30)])
    world.flush(4 * STEP + 60 + 900)
    assert says_incomplete(world, 3)
    world.deliver([Event(2, STEP, 20)])
    world.flush(4 * STEP + 60 + 960)
    assert [says_incomplete(world, number) for number in (1, 2, 3)] == [True, True, True]


def test_a_record_before_the_first_moves_the_beginning_while_nothing_is_closed() -> None:
    world = World()
    world.take([Event(1, 3 * STEP, 3 * STEP)])
    world.flush(3 * STEP + 1)
    world.take([Event(2, STEP, 3 * STEP + 10)])
    report = world.flush(4 * STEP + 60)
    assert [line.interval for line in report.closed] == [interval(1), interval(2), interval(3)]
    assert world.buffer.control().markers == ()


def test_an_earlier_beginning_closes_nothing_before_its_time() -> None:
    world = World()
    world.take([Event(1, 3 * STEP, 10)])
    world.flush(20)
    world.take([Event(2, 15, 25)])
    assert world.flush(30).closed == []
    assert [line.interval for line in world.flush(DUE).closed] == [interval(0)]


def test_a_close_that_was_begun_does_not_bind_an_earlier_beginning() -> None:
    world = World()
    world.take([Event(1, 3 * STEP, 3 * STEP)])
    world.flush(3 * STEP + 1)
    begun = world.buffer.watermark()
    assert begun is not None
    world.buffer.put_watermark(begun.begun())
    world.take([Event(2, STEP, 4 * STEP)])
    moved = world.flush(4 * STEP + 60, out_of_time=time_for(0)).watermark
    assert moved is not None
    assert (moved.first, moved.next, moved.closing) == (interval(1).start, interval(1).start, None)
    assert [line.interval for line in world.flush(4 * STEP + 60).closed] == [interval(1), interval(2), interval(3)]


def test_a_record_before_the_first_closes_the_intervals_between() -> None:
    world = World()
    world.take([Event(1, 4 * STEP, 4 * STEP)])
    world.flush(5 * STEP + 60)
    world.take([Event(2, STEP, 5 * STEP + 70)])
    report = world.flush(5 * STEP + 120)
    assert [line.interval for line in report.closed] == [interval(1), interval(2), interval(3)]
    assert [len(world.rows(number)) - 1 for number in range(1, 5)] == [1, 0, 0, 1]
    assert world.buffer.control().markers == ()
    watermark = world.buffer.watermark()
    assert watermark is not None
    assert (watermark.first, watermark.next) == (interval(1).start, interval(5).start)


def test_moving_the_beginning_goes_on_where_time_ran_out() -> None:
    world = World()
    world.take([Event(1, 50 * STEP, 50 * STEP)])
    world.flush(51 * STEP + 60)
    world.take([Event(2, STEP, 51 * STEP + 70)])
    runs = [world.flush(51 * STEP + 120, out_of_time=time_for(12)).closed for _ in range(6)]
    assert [line.interval for run in runs for line in run] == [interval(number) for number in range(1, 50)]
    assert all(runs[:4])
    assert world.buffer.control().markers == ()


def test_the_next_interval_does_not_wait_for_those_that_got_late_records() -> None:
    world = World()
    world.take([Event(number, number * STEP, number * STEP) for number in range(20)])
    world.flush(20 * STEP + 60)
    world.take([Event(100 + number, number * STEP + 1, 20 * STEP + 70) for number in range(20)])
    world.take([Event(200, 20 * STEP + 80, 20 * STEP + 80)])
    first, *others = (world.flush(21 * STEP + 60, out_of_time=time_for(6)) for _ in range(4))
    assert ([line.interval for line in first.closed], first.out_of_time) == ([interval(20)], True)
    revised = [line.interval for report in (first, *others) for line in report.revised]
    assert revised == [interval(number) for number in range(19)]


def test_quarantined_records_alone_begin_no_sequence_but_are_accounted_for() -> None:
    world = World()
    world.take([Event(1, 10, 10, is_bad=True), Event(2, 4 * STEP, 4 * STEP)])
    world.flush(5 * STEP + 60)
    assert world.objects.keys() == [world.key(4)]
    line = world.line(0)
    assert (line.received, line.quarantined, line.revision, line.bytes) == (1, 1, 0, 0)
    assert world.buffer.control().markers == ()

    world.take([Event(3, 20, 5 * STEP + 70)])
    world.flush(5 * STEP + 120)
    assert revision_of(world, 0) == (1, 1, 1)
    assert world.line(0).quarantined == 1
    assert world.line(0).closed_at == MIDNIGHT + 5 * STEP + 120


def test_fewer_records_than_were_published_replace_nothing() -> None:
    world = closed_world()
    before, line = world.bodies(), world.line(0)
    world.buffer.expire(MIDNIGHT + 10**6)
    world.deliver([Event(3, 5, 2 * STEP, is_bad=True)])
    for _ in range(2):
        report = world.flush(2 * STEP + 120)
        assert [shrunk.interval for shrunk in report.shrunk] == [interval(0)]
        assert len(report.mismatched) == 1
    assert world.bodies() == before
    assert world.line(0) == line


def test_an_object_that_was_deleted_comes_back_as_the_next_revision() -> None:
    world = closed_world()
    world.objects.delete(world.key(0))
    world.take([Event(3, 5, 2 * STEP)])
    world.flush(2 * STEP + 120)
    assert revision_of(world, 0) == (2, 2, 2)


def test_columns_of_another_configuration_are_found_by_name() -> None:
    world = closed_world()
    world.take([Event(3, 5, 2 * STEP, '"a,b",7')])
    changed = reconfigured(world, dimensions=("country", "market"))
    changed.flush(2 * STEP + 120)
    assert world.rows(0)[1:] == [f"{MIDNIGHT + 10},,us,1", f'{MIDNIGHT + 5},,"a,b",7']
