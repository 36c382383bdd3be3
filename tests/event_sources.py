"""A mapping on a stream twin with a function that fails where it is told to."""

from base64 import b64decode
from collections.abc import Callable
from typing import Any, Final

from local.batch_response import FunctionError
from local.clock import SimulatedClock
from local.event_source import EventSource, Target
from local.invocation_record import FailedBatch
from local.kinesis_event import Event
from local.shard_poller import MappingSettings
from local.stream import MAX_RECORD_BYTES, Stream

START: Final = 1_750_000_000.0
STREAM_ARN: Final = "arn:aws:kinesis:eu-central-1:000000000000:stream/orders"
FUNCTION_ARN: Final = "arn:aws:lambda:eu-central-1:000000000000:function:ingest"
ROLE_ARN: Final = "arn:aws:iam::000000000000:role/ingest"


class Bench:
    """The stream, the mapping, and what the function saw: the texts of each event's records."""

    def __init__(
        self, *, shards: int = 1, max_record_bytes: int = MAX_RECORD_BYTES, at: float = START, **settings: Any
    ) -> None:
        self.clock: Final = SimulatedClock(at)
        self.stream: Final = Stream("orders", self.clock, shards, max_record_bytes=max_record_bytes)
        self.settings: Final = MappingSettings(**settings)
        self.seen: Final[list[list[str]]] = []
        self.events: Final[list[Event]] = []
        self.failed: Final[list[FailedBatch]] = []
        self.answer: Callable[[list[str], Event], object] = lambda texts, event: None
        self.source = self.mapping()

    def mapping(self, checkpoints: dict[str, int] | None = None) -> EventSource:
        target = Target(FUNCTION_ARN, ROLE_ARN, self._invoke, self.failed.append)
        return EventSource(self.stream, STREAM_ARN, target, self.settings, checkpoints=checkpoints)

    def _invoke(self, event: Event) -> object:
        texts = [text_of(record) for record in event["Records"]]
        self.seen.append(texts)
        self.events.append(event)
        return self.answer(texts, event)

    def put(self, *texts: str, key: str = "a") -> None:
        for text in texts:
            self.stream.put(key, text.encode())

    def run(self, seconds: float = 0.0) -> None:
        """Let time pass, stopping wherever the mapping has something to do."""
        end = self.clock.now + seconds
        self.source.run()
        while (due := self.source.next_due()) is not None and due <= end:
            self.clock.advance_to(max(due, self.clock.now))
            self.source.run()
        self.clock.advance_to(end)
        self.source.run()


def text_of(record: Event) -> str:
    """A record's data, as the function would decode it."""
    return b64decode(record["kinesis"]["data"]).decode()


def fails_on(*bad: str) -> Callable[[list[str], Event], object]:
    """A function that raises when one of these records is in its batch."""

    def answer(texts: list[str], event: Event) -> object:
        if set(texts) & set(bad):
            raise FunctionError("bad record")
        return None

    return answer


def reports(*bad: str) -> Callable[[list[str], Event], object]:
    """A function that reports these records as failed, the last first."""

    def answer(texts: list[str], event: Event) -> object:
        sequences = [record["kinesis"]["sequenceNumber"] for record in event["Records"]]
        failed = [sequence for text, sequence in zip(texts, sequences, strict=True) if text in bad]
        return {"batchItemFailures": [{"itemIdentifier": sequence} for sequence in reversed(failed)]}

    return answer
