"""Histories of delivery: records on shards, and the steps in which they reach ingest and flush.

At any call that an invocation makes of a store it may die or fail, before the call takes effect or after, or another
invocation may come between.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from tidegate.config import DetectorConfig
from tidegate.contracts.record import StreamRecord

START: Final = 1_780_272_000
"""2026-06-01T00:00:00Z."""
SHARDS: Final = ("shardId-000000000000", "shardId-000000000001", "shardId-000000000002")
CONFIG: Final = DetectorConfig.from_parameters(
    {
        "Measures": "views:SUM",
        "Dimensions": "marketplace",
        "DimensionFilters": "marketplace=us,uk",
        "MaxCloseDelaySeconds": "120",
        "BufferShards": "2",
    }
)


class Sort(StrEnum):
    """What a line is."""

    GOOD = "good"
    FILTERED = "filtered"
    NOT_JSON = "not_json"
    NO_TIMESTAMP = "no_timestamp"
    NOT_A_NUMBER = "not_a_number"
    TOO_FAR_IN_FUTURE = "too_far_in_future"

    @property
    def is_bad(self) -> bool:
        return self not in (Sort.GOOD, Sort.FILTERED)


@dataclass(frozen=True)
class Line:
    """A record that happened `lag` seconds before it arrived; below 0 its producer's clock is ahead."""

    sort: Sort
    lag: int


@dataclass(frozen=True)
class Put:
    """A Kinesis record of one line or several, `gap` seconds after the one before it."""

    shard: int
    gap: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Death:
    """The invocation dies at its n-th call of a store (from 0), before or after the call takes effect."""

    call: int
    after: bool


@dataclass(frozen=True)
class Failure:
    """The n-th call raises TransientError, before or after it takes effect, as when an answer is lost."""

    call: int
    after: bool


@dataclass(frozen=True)
class Meanwhile:
    """Before the n-th call, another invocation runs from its beginning to its end."""

    call: int
    step: "Step"


type Trouble = Death | Failure | Meanwhile


@dataclass(frozen=True)
class Wait:
    """Time goes on."""

    seconds: int


@dataclass(frozen=True)
class Deliver:
    """The next records of a shard behind its checkpoint; the checkpoint moves when the invocation lives."""

    shard: int
    count: int
    trouble: Trouble | None = None


@dataclass(frozen=True)
class Replay:
    """Any records of a shard that have arrived, as a second mapping sees them; the checkpoint stays."""

    shard: int
    first: int
    count: int
    trouble: Trouble | None = None


@dataclass(frozen=True)
class Flush:
    """One scheduled invocation."""

    trouble: Trouble | None = None


type Step = Wait | Deliver | Replay | Flush


@dataclass(frozen=True)
class Arrived:
    """A line with what follows from where it stands."""

    line: Line
    shard: str
    sequence: int
    sub: int
    arrival: int
    number: int

    @property
    def instant(self) -> int:
        """When it happened, seconds since 1970 UTC."""
        return self.arrival + (9000 if self.line.sort is Sort.TOO_FAR_IN_FUTURE else -self.line.lag)

    @property
    def text(self) -> str:
        fields: dict[str, object] = {
            "marketplace": "de" if self.line.sort is Sort.FILTERED else "us",
            "event_time": f"{datetime.fromtimestamp(self.instant, UTC):%Y-%m-%d %H:%M:%S}",
            "views": "many" if self.line.sort is Sort.NOT_A_NUMBER else self.number,
        }
        if self.line.sort is Sort.NO_TIMESTAMP:
            del fields["event_time"]
        return json.dumps(fields)[: 20 if self.line.sort is Sort.NOT_JSON else None]


def arrivals(puts: Sequence[Put]) -> list[list[Arrived]]:
    """The lines of each put; their numbers are unique."""
    found, arrival = [], START
    for place, put in enumerate(puts):
        arrival += put.gap
        lines = [
            Arrived(line, SHARDS[put.shard], 7 * place + 3, sub, arrival, 100 * place + sub)
            for sub, line in enumerate(put.lines)
        ]
        found.append(lines)
    return found


def record_of(lines: Sequence[Arrived]) -> StreamRecord:
    """A put's lines as the Kinesis record that they came in."""
    first = lines[0]
    data = "\n".join(line.text for line in lines).encode()
    return StreamRecord(first.shard, first.sequence, "key", float(first.arrival), data)
