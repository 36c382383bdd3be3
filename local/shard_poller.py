"""One shard of an event source mapping: records gathered into batches, batches invoked in order, failures retried.

What Lambda documents (https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html, invocation-eventsourcemapping,
kinesis-on-failure-destination, services-kinesis-batchfailurereporting):
- one batch of a shard at a time, in order; a failing one holds up the shard until it succeeds or is given up;
- a batch is sent when it is full (batch size, or 6 MB as an event) or when the batching window has passed; the next
  window begins when an invocation ends;
- a function error splits the batch in two where bisecting is on, which uses up no retry; else it uses up one;
- a reported item failure moves the checkpoint to before the lowest one; the rest comes again. With bisecting on that is
  a split as well; a report of the very first record is a retry;
- records that are too old or have used up their retries go to the on-failure destination, and the shard goes on. So
  does a record that is larger than an event alone (https://docs.aws.amazon.com/streams/latest/dev/large-records.html).

AWS gives no figures for the pause before a retry: here it doubles from a second to a minute.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from local.batch_response import FunctionError, first_failure
from local.invocation_record import Condition
from local.kinesis_event import EventSize
from local.shard import Shard, StreamError
from local.stream import MEBIBYTE, Stream
from tidegate.contracts.record import StreamRecord

MAX_EVENT_BYTES: Final = 6 * MEBIBYTE
_PAUSES: Final = (1, 2, 4, 8, 16, 32, 60)
"""Seconds before the first retry, the second and so on; the last one stays."""


@dataclass(frozen=True, slots=True)
class MappingSettings:
    """A mapping's settings under AWS's names, with AWS's defaults. Durations are seconds; -1: no limit."""

    batch_size: int = 100
    maximum_batching_window_in_seconds: int = 0
    maximum_retry_attempts: int = -1
    maximum_record_age_in_seconds: int = -1
    bisect_batch_on_function_error: bool = False
    report_batch_item_failures: bool = False
    starting_position: str = "TRIM_HORIZON"


class Sink(Protocol):
    """Where a poller's batches go."""

    def invoke(self, records: Sequence[StreamRecord]) -> object:
        """Call the function; FunctionError when it fails."""

    def give_up(self, records: Sequence[StreamRecord], condition: Condition, invocations: int) -> None:
        """Send records to the on-failure destination."""


@dataclass(slots=True)
class _Batch:
    """invocations: how often its records were sent. retries: how many of the allowed retries they have used up."""

    records: list[StreamRecord]
    due: float
    invocations: int = 0
    retries: int = 0


class ShardPoller:
    """Works off one shard from a position on. Times are seconds since 1970 UTC.

    checkpoint: the sequence number up to which everything was processed or given up; None before the first.
    """

    def __init__(
        self,
        stream: Stream,
        shard: Shard,
        position: int,
        *,
        settings: MappingSettings,
        size: EventSize,
        sink: Sink,
        now: float,
    ) -> None:
        self.shard: Final = shard
        self.checkpoint: int | None = None
        self._stream = stream
        self._position: int | None = position
        self._settings = settings
        self._size: Callable[[StreamRecord], int] = size.of
        self._room = MAX_EVENT_BYTES - size.of_envelope()
        self._sink = sink
        self._gathered: deque[tuple[StreamRecord, int]] = deque()
        self._gathered_bytes = 0
        self._batches: deque[_Batch] = deque()
        self._window_start = now

    @property
    def has_ended(self) -> bool:
        """Is the shard closed, and all of it processed?"""
        return self._position is None and not self._gathered and not self._batches

    def run(self, now: float) -> None:
        """Do everything that is due."""
        while True:
            if self._batches:
                if self._batches[0].due > now:
                    return
                self._invoke_first(now)
                self._window_start = now
            else:
                self._gather()
                if not self._is_due(now):
                    return
                self._cut(now)

    def next_due(self) -> float | None:
        """When there will be something to do if nothing more arrives; None: never."""
        if self._batches:
            return self._batches[0].due
        if self._gathered:
            return self._window_start if self._is_full() else self._window_end()
        if self._position is None:
            return None
        if self._position < self.shard.tip:
            return self._window_start
        return None if self.shard.is_open else self.shard.closed_at

    def oldest_waiting(self) -> float | None:
        """When the oldest record that is still to be processed arrived; None when there is none."""
        if self._batches:
            return self._batches[0].records[0].arrival
        if self._gathered:
            return self._gathered[0][0].arrival
        return None if self._position is None else self.shard.next_arrival(self._position, self._stream.horizon)

    def _gather(self) -> None:
        """Read on until a batch is full or nothing is left."""
        while self._position is not None and not self._is_full():
            try:
                read = self._stream.read(self.shard.id, self._position, self._settings.batch_size - len(self._gathered))
            except StreamError:  # closed so long ago that the stream has forgotten it
                self._position = None
                return
            self._position = read.next
            for record in read.records:
                size = self._size(record)
                self._gathered.append((record, size))
                self._gathered_bytes += size
            if not read.records:
                return

    def _is_full(self) -> bool:
        return len(self._gathered) >= self._settings.batch_size or self._gathered_bytes > self._room

    def _is_due(self, now: float) -> bool:
        return bool(self._gathered) and (self._is_full() or now >= self._window_end())

    def _window_end(self) -> float:
        """Windows follow one another without a gap; this is the end of the one that the first record lies in."""
        window = self._settings.maximum_batching_window_in_seconds
        if not window:
            return self._window_start
        waited = max(0.0, self._gathered[0][0].arrival - self._window_start)
        return self._window_start + window * (waited // window + 1)

    def _cut(self, now: float) -> None:
        """Make a batch of what was gathered; a record that fits no event goes to the on-failure destination."""
        records: list[StreamRecord] = []
        room = self._room
        while self._gathered and len(records) < self._settings.batch_size and self._gathered[0][1] <= room:
            record, size = self._gathered.popleft()
            self._gathered_bytes -= size
            room -= size
            records.append(record)
        if records:
            self._batches.append(_Batch(records, now))
        else:
            record, size = self._gathered.popleft()
            self._gathered_bytes -= size
            self._sink.give_up([record], Condition.PAYLOAD_TOO_LARGE, 0)
            self.checkpoint = record.sequence

    def _invoke_first(self, now: float) -> None:
        batch = self._batches[0]
        self._give_up_aged(batch, now)
        if not batch.records:
            self._batches.popleft()
            return
        batch.invocations += 1
        try:
            response = self._sink.invoke(batch.records)
            failed = first_failure(response, batch.records) if self._settings.report_batch_item_failures else None
        except FunctionError:
            if self._settings.bisect_batch_on_function_error and len(batch.records) > 1:
                self._bisect(batch)
            else:
                self._retry(batch, now)
            return
        self._done(batch, len(batch.records) if failed is None else failed)
        if failed is None:
            self._batches.popleft()
        elif failed == 0 or not self._settings.bisect_batch_on_function_error:
            self._retry(batch, now)

    def _done(self, batch: _Batch, count: int) -> None:
        """The first records of a batch are through."""
        if count:
            self.checkpoint = batch.records[count - 1].sequence
            batch.records = batch.records[count:]

    def _bisect(self, batch: _Batch) -> None:
        self._batches.popleft()
        middle = len(batch.records) // 2
        for half in (batch.records[middle:], batch.records[:middle]):
            self._batches.appendleft(_Batch(half, batch.due, batch.invocations, batch.retries))

    def _retry(self, batch: _Batch, now: float) -> None:
        if batch.retries == self._settings.maximum_retry_attempts:
            self._batches.popleft()
            self._sink.give_up(batch.records, Condition.RETRY_ATTEMPTS_EXHAUSTED, batch.invocations)
            self.checkpoint = batch.records[-1].sequence
            return
        batch.due = now + _PAUSES[min(batch.retries, len(_PAUSES) - 1)]
        batch.retries += 1

    def _give_up_aged(self, batch: _Batch, now: float) -> None:
        """Records older than allowed, at the latest those older than the stream keeps, are not sent (again)."""
        age = self._settings.maximum_record_age_in_seconds
        oldest = max(self._stream.horizon, now - age) if age >= 0 else self._stream.horizon
        aged = sum(record.arrival < oldest for record in batch.records)
        if aged:
            self._sink.give_up(batch.records[:aged], Condition.RECORD_AGE_EXPIRED, batch.invocations)
            self._done(batch, aged)
