"""What every history must leave, whatever happened in it."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from io import StringIO
from itertools import pairwise

from tests.delivery_histories import CONFIG, Arrived, Put, Sort, arrivals
from tests.delivery_world import World
from tidegate.contracts.interval import Interval


def plainly(puts: Sequence[Put], end: int) -> World:
    """What one delivery of everything and a flush leave."""
    plain = World(puts)
    plain.settle(end, detects=False)
    return plain


def assert_same(world: World, plain: World, puts: Sequence[Put]) -> None:
    """Compare what a history left with what the plain way leaves, and with the records themselves."""
    assert contents(world) == contents(plain)
    assert accounts(world) == accounts(plain)
    lines = [line for put in arrivals(puts) for line in put]
    assert_each_record_once(world, lines)
    assert_conserved(world, lines)
    assert_detected_once(world)
    assert {(one.shard, *one.identity, one.reason) for one in world.quarantine.records()} == {
        (line.shard, line.sequence, line.sub, line.line.sort) for line in lines if line.line.sort.is_bad
    }


def contents(world: World) -> dict[str, str]:
    keys = world.objects.keys()
    return {key: world.objects.body(key).decode() for key in keys}


def accounts(world: World) -> dict[Interval, tuple[int, int, int]]:
    """What the ledger says that does not depend on deliveries."""
    return {line.interval: (line.stored, line.quarantined, line.rows) for line in world.buffer.ledger()}


def assert_each_record_once(world: World, lines: Sequence[Arrived]) -> None:
    """Every object holds exactly the good records of its interval; objects lie side by side without a gap."""
    expected = defaultdict(list)
    for line in lines:
        if line.line.sort is Sort.GOOD:
            expected[CONFIG.grid.containing(line.instant)].append(line.number)
    found = {}
    for key, body in contents(world).items():
        interval = CONFIG.grid.from_key(key)
        assert interval is not None
        rows = list(csv.DictReader(StringIO(body)))
        for row in rows:
            assert datetime.fromisoformat(row["event_time"]).replace(tzinfo=UTC).timestamp() in interval
        found[interval] = sorted(int(row["views"]) for row in rows)
    assert {interval: numbers for interval, numbers in found.items() if numbers} == {
        interval: sorted(numbers) for interval, numbers in expected.items()
    }
    ordered = sorted(found)
    assert all(CONFIG.grid.after(one) == other for one, other in pairwise(ordered))
    assert ordered[:1] == sorted(expected)[:1]


def assert_detected_once(world: World) -> None:
    """The model saw the intervals in order, each once, and none was left out but those of which nothing was there when
    it went on to a later one, or only a part; each incident that anybody was told of was told once."""
    seen, detection = world.detection.seen(), world.detection
    published = [CONFIG.grid.from_key(key) for key in world.objects.keys()]  # noqa: SIM118  # no dictionary
    starts = sorted(interval.start for interval in published if interval is not None)
    gaps = [start for start in starts if detection.passed_over(start) or detection.was_incomplete(start)]
    assert seen == [start for start in starts if start in seen or start not in gaps]
    assert bool(seen) or set(starts) <= set(gaps)
    sent = {event.alert_event_id for event in world.detection.sent}
    told = world.detection.told()
    assert set(told.values()) <= {1}
    assert {event_id for event_id, state in told if state == "started"} == sent


def assert_conserved(world: World, lines: Sequence[Arrived]) -> None:
    """received = stored + quarantined + filtered + duplicates in every line, and the lines count each record once."""
    ledger = world.buffer.ledger()
    for line in ledger:
        assert line.balanced, line
        assert line.rows == line.stored
    assert world.delivered <= sum(line.received for line in ledger) <= world.delivered + world.failed
    assert sum(line.stored for line in ledger) == sum(line.line.sort is Sort.GOOD for line in lines)
    assert sum(line.quarantined for line in ledger) == sum(line.line.sort.is_bad for line in lines)
