"""Putting records on a stream: in calls of the allowed size, what failed again after a while, and all of it counted."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from tidegate.contracts.errors import TransientError
from tidegate.generate.stores import MAX_CALL_BYTES, MAX_ENTRIES, Entry, Producer

ATTEMPTS: Final = 5
FIRST_PAUSE: Final = 0.1
"""Seconds before the second attempt; each further pause is twice as long: 1.5 seconds in all."""


class Outcome(NamedTuple):
    """generated: entries that the stream has taken. failed: those it has not after all attempts."""

    generated: int
    failed: int


def put_all(producer: Producer, entries: Sequence[Entry], sleep: Callable[[float], None]) -> Outcome:
    """Put all entries, the failed ones of a call up to ATTEMPTS times; `sleep` waits for a number of seconds."""
    failed = sum(_put_call(producer, call, sleep) for call in calls(entries))
    return Outcome(len(entries) - failed, failed)


def calls(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The entries in order, in pieces that one call takes."""
    call: list[Entry] = []
    size = 0
    for entry in entries:
        if call and (len(call) == MAX_ENTRIES or size + entry.size > MAX_CALL_BYTES):
            yield call
            call, size = [], 0
        call.append(entry)
        size += entry.size
    if call:
        yield call


def _put_call(producer: Producer, call: Sequence[Entry], sleep: Callable[[float], None]) -> int:
    """How many entries of one call are left in the end."""
    left = call
    for attempt in range(ATTEMPTS):
        if attempt:
            sleep(FIRST_PAUSE * 2 ** (attempt - 1))
        try:
            left = producer.put(left)
        except TransientError:
            continue  # all that was left is tried again
        if not left:
            break
    return len(left)
