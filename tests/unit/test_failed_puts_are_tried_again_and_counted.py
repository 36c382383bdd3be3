"""Putting generated records: call sizes, partial failures, calls that fail whole, and what is left in the end."""

from collections.abc import Sequence

import pytest

from tidegate.contracts.errors import TransientError
from tidegate.generate.put import ATTEMPTS, FIRST_PAUSE, Outcome, put_all
from tidegate.generate.stores import Entry
from tidegate.memory.stream import MemoryProducer


def entries(count: int, size: int = 10) -> list[Entry]:
    return [Entry(f"key{number % 7}", f"{number:0{size}d}".encode()) for number in range(count)]


def no_sleep(_: float) -> None:
    return None


def test_calls_hold_at_most_500_records() -> None:
    producer = MemoryProducer()
    given = entries(1201)
    assert put_all(producer, given, no_sleep) == Outcome(1201, 0)
    assert producer.calls == [500, 500, 201]
    assert producer.taken == given


def test_calls_hold_at_most_5_megabytes() -> None:
    producer = MemoryProducer()
    given = entries(14, size=900_000)
    assert put_all(producer, given, no_sleep) == Outcome(14, 0)
    assert producer.calls == [5, 5, 4]


def test_only_the_failed_entries_of_a_call_are_put_again_after_growing_pauses() -> None:
    given = entries(10)
    producer = MemoryProducer(refuses=lambda call, entry: entry.data.endswith(b"3") and call < 2)
    pauses: list[float] = []
    assert put_all(producer, given, pauses.append) == Outcome(10, 0)
    assert producer.calls == [10, 1, 1]
    assert sorted(producer.taken, key=lambda entry: entry.data) == given
    assert pauses == [FIRST_PAUSE, 2 * FIRST_PAUSE]


def test_what_never_goes_through_is_counted_and_the_rest_has_gone() -> None:
    producer = MemoryProducer(refuses=lambda call, entry: entry.partition_key == "key2")
    assert put_all(producer, entries(700), no_sleep) == Outcome(600, 100)
    assert len(producer.calls) == 2 * ATTEMPTS
    assert len(producer.taken) == 600


class Throttled:
    """A stream that fails the first calls whole."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.calls = 0

    def put(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        self.calls += 1
        if self.calls <= self.failures:
            raise TransientError("throttled")
        return ()


@pytest.mark.parametrize(("failures", "outcome"), [(2, Outcome(10, 0)), (ATTEMPTS, Outcome(0, 10))])
def test_a_call_that_fails_whole_is_made_again(failures: int, outcome: Outcome) -> None:
    assert put_all(Throttled(failures), entries(10), no_sleep) == outcome
