"""The real functions under the event source's failures: resharding, failing batches, restarts, skipped ticks."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from local.batch_response import FunctionError
from local.event_source import EventSource
from local.functions import LocalFunction
from local.kpl_encoder import kpl_aggregate
from local.parameters import deployment
from local.results import ledger_document
from local.shard import HASH_KEYS
from local.simulation import Simulation, SimulationFailed
from local.stack import LocalStack, local_stack
from tests.replaying import record
from tidegate.aws.items import read_ledger_line

START = 1_621_850_400
"""2021-05-24 10:00 UTC."""
GIVEN = deployment(None, ["Measures=views:SUM", "TimestampFormat=UNIX"])


def total(stack: LocalStack) -> dict[str, Any]:
    lines = sorted(map(read_ledger_line, stack.items("BufferTable", "ledger#")), key=lambda line: line.interval)
    totals: Any = ledger_document(lines)["totals"]
    return dict(totals)


def values(stack: LocalStack) -> list[int]:
    """The views of every published row, sorted."""
    rows = (body.decode().splitlines()[1:] for _, body in stack.objects("DataBucket"))
    return sorted(int(row.split(",")[1]) for row in itertools.chain.from_iterable(rows))


def feed(simulation: Simulation, seconds: range) -> None:
    """One record a second: its number is its value, its time is its arrival."""
    for second in seconds:
        data = record(event_time=START + second, views=second)
        simulation.arrive(START + second, [(START + second, f"key-{second}", data)])


def test_records_survive_splits_and_merges() -> None:
    with local_stack(GIVEN, START, shards=2) as stack:
        simulation = Simulation(stack, GIVEN.config())
        feed(simulation, range(0, 200, 2))
        stack.stream.split("shardId-000000000000", HASH_KEYS // 4)
        feed(simulation, range(200, 400, 2))
        stack.stream.merge("shardId-000000000001", "shardId-000000000003")
        feed(simulation, range(400, 600, 2))
        simulation.run_out(START + 600)
        assert values(stack) == list(range(0, 600, 2))
        totals = total(stack)
        assert (totals["stored"], totals["duplicates"], totals["incomplete"]) == (300, 0, 0)
        assert (totals["intervals"], totals["revised"], totals["balanced"]) == (2, 0, True)


def test_batches_that_fail_come_again_and_nothing_is_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    invoke = LocalFunction.invoke
    turns = itertools.count()

    def failing(self: LocalFunction, event: Any, *rest: Any) -> object:
        """Ingest does its work, and every second time dies before it can answer."""
        answer = invoke(self, event, *rest)
        if self.folder == "ingest" and next(turns) % 2 == 0:
            raise FunctionError("died after its work")
        return answer

    monkeypatch.setattr(LocalFunction, "invoke", failing)
    with local_stack(GIVEN, START) as stack:
        simulation = Simulation(stack, GIVEN.config())
        feed(simulation, range(0, 600, 5))
        simulation.run_out(START + 600)
        assert values(stack) == list(range(0, 600, 5))
        totals = total(stack)
        assert totals["duplicates"] > 20
        assert totals["received"] == 120 + totals["duplicates"]
        assert totals["balanced"]


def test_a_second_mapping_from_the_beginning_adds_nothing() -> None:
    with local_stack(GIVEN, START) as stack:
        simulation = Simulation(stack, GIVEN.config())
        feed(simulation, range(0, 600, 5))
        simulation.run_out(START + 600)
        before = dict(stack.objects("DataBucket"))
        again = EventSource(
            stack.stream, stack.template.arn("Stream"), stack.event_source.target, stack.event_source.settings
        )
        again.run()
        stack.clock.advance_to(stack.clock.now + 60)
        again.run()
        assert again.invocations == 1
        stack.functions["flush"].invoke({"time": datetime.fromtimestamp(stack.clock.now, UTC).isoformat()})
        assert dict(stack.objects("DataBucket")) == before
        totals = total(stack)
        assert (totals["duplicates"], totals["balanced"]) == (120, True)


def test_a_poisoned_batch_is_given_up_and_the_interval_closes_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    invoke = LocalFunction.invoke

    def dying(self: LocalFunction, event: Any, *rest: Any) -> object:
        if self.folder == "ingest" and any(one["kinesis"]["partitionKey"] == "key-30" for one in event["Records"]):
            raise FunctionError("cannot take this one")
        return invoke(self, event, *rest)

    monkeypatch.setattr(LocalFunction, "invoke", dying)
    with local_stack(GIVEN, START) as stack:
        simulation = Simulation(stack, GIVEN.config())
        feed(simulation, range(0, 60, 10))
        simulation.run_out(START + 60)
        # a hundred retries take an hour and a half; the interval does not wait so long
        assert values(stack) == [0, 10, 20, 40, 50]
        (failed,) = stack.objects("OperationsBucket", "aws/lambda/")
        assert b'"batchSize": 1' in failed[1]
        totals = total(stack)
        assert totals["incomplete"] >= 1
        assert totals["balanced"]


def test_gzip_and_aggregated_records_go_the_same_way() -> None:
    users = [
        ("a", record(event_time=START + 1, views=1)),
        ("b", b"broken"),
        ("a", record(event_time=START + 2, views=2)),
    ]
    aggregate = kpl_aggregate(users)
    with local_stack(GIVEN, START) as stack:
        simulation = Simulation(stack, GIVEN.config())
        broken = aggregate[:-1] + bytes([aggregate[-1] ^ 1])
        simulation.arrive(START + 2, [(START + 2, "kpl", aggregate), (START + 2, "kpl", broken)])
        simulation.run_out(START + 300)
        assert values(stack) == [1, 2]
        totals = total(stack)
        assert (totals["received"], totals["quarantined"], totals["balanced"]) == (4, 2, True)


@pytest.mark.parametrize("window", ["10", "60", "300"])
def test_the_ticks_left_out_would_have_changed_nothing(window: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = GIVEN.with_parameters(BatchingWindowSeconds=window, IntervalMinutes="2")

    def run() -> tuple[object, object, int]:
        with local_stack(given, START) as stack:
            simulation = Simulation(stack, given.config())
            feed(simulation, range(0, 480, 9))
            late = record(event_time=START + 3, views=3)
            simulation.arrive(START + 700, [(START + 700, "late", late)])
            simulation.run_out(START + 700)
            lines = sorted(map(read_ledger_line, stack.items("BufferTable", "ledger#")), key=lambda line: line.interval)
            return dict(stack.objects("DataBucket")), lines, simulation.runs["flush"]

    *skipping, runs = run()
    with monkeypatch.context() as always:
        tick: Callable[[Simulation], float] = lambda self: self._ticked_at + 60  # noqa: E731  # as short as it is
        always.setattr(Simulation, "_next_useful_tick", tick)
        always.setattr(Simulation, "_flush_is_due", lambda self, now: True)
        always.setattr(Simulation, "_detect_is_due", lambda self: False)
        *every_minute, all_runs = run()
    assert skipping == every_minute
    assert runs < all_runs


def test_a_stack_that_does_not_close_is_told() -> None:
    with local_stack(GIVEN, START) as stack:
        simulation = Simulation(stack, GIVEN.config())
        feed(simulation, range(0, 60, 10))
        simulation.retire("flush")
        with pytest.raises(SimulationFailed, match="before 2021-05-24T10:01:00Z are not closed"):
            simulation.run_out(START + 60)
