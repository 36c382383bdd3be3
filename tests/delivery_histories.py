"""Histories of delivery: records on shards that split and merge, and the steps in which they reach the stages.

At any call that an invocation makes of a store it may die or fail, before the call takes effect or after, or another
invocation may come between. A history prints as Python that makes it: `python -m tests.replay_history` takes it up.
"""

import json
from collections.abc import Iterator, Sequence
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

    def __repr__(self) -> str:
        return f"Sort.{self.name}"


class Reshard(StrEnum):
    """What becomes of a producer's shard before a put; its children take the records from there on.

    SPLIT: it ends, and each producer that used it gets a child. MERGE: it ends with its neighbour's, in one child.
    """

    NONE = "none"
    SPLIT = "split"
    MERGE = "merge"

    def __repr__(self) -> str:
        return f"Reshard.{self.name}"


@dataclass(frozen=True)
class Line:
    """A record that happened `lag` seconds before it arrived; below 0 its producer's clock is ahead."""

    sort: Sort
    lag: int


@dataclass(frozen=True)
class Put:
    """A Kinesis record of one line or several, `gap` seconds after the one before it. shard: its producer's place."""

    shard: int
    gap: int
    lines: tuple[Line, ...]
    reshard: Reshard = Reshard.NONE


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
    """The next records behind a shard's checkpoint, its parents' first; the checkpoint moves when the invocation lives.

    bisects: a batch of several that fails comes again at once as two halves, the first one first.
    """

    shard: int
    count: int
    trouble: Trouble | None = None
    bisects: bool = False


@dataclass(frozen=True)
class Restart:
    """The consumer of a shard begins again so many records before its checkpoint, at the earliest at TRIM_HORIZON."""

    shard: int
    back: int


@dataclass(frozen=True)
class Replay:
    """Any records of a shard that have arrived, as a second mapping sees them; the checkpoint stays."""

    shard: int
    first: int
    count: int
    trouble: Trouble | None = None


@dataclass(frozen=True)
class Flush:
    """One scheduled invocation. skew: seconds by which the schedule's clock is ahead of the stream's."""

    trouble: Trouble | None = None
    skew: int = 0


@dataclass(frozen=True)
class Detect:
    """One scheduled invocation. skew: seconds by which the schedule's clock is ahead of the stream's."""

    trouble: Trouble | None = None
    skew: int = 0


type Step = Wait | Deliver | Replay | Restart | Flush | Detect


@dataclass(frozen=True)
class History:
    """Records, and steps."""

    puts: tuple[Put, ...]
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        """Python that makes it, a line a put and a step."""
        puts, steps = ("".join(f"        {one!r},\n" for one in part) for part in (self.puts, self.steps))
        return f"History(\n    puts=(\n{puts}    ),\n    steps=(\n{steps}    ),\n)"


@dataclass(frozen=True)
class Lineage:
    """Which shard each put goes to. parents: of each child. lanes: the shards that each producer uses, in turn."""

    shards: tuple[str, ...]
    parents: dict[str, tuple[str, ...]]
    lanes: tuple[tuple[str, ...], ...]


def lineage(puts: Sequence[Put]) -> Lineage:
    """Follow the shards through the puts."""
    lanes = [[shard] for shard in SHARDS]
    ids = (f"shardId-{number:012d}" for number in range(len(SHARDS), 10**6))
    shards, parents = [], dict[str, tuple[str, ...]]()
    for put in puts:
        if put.reshard is not Reshard.NONE:
            _reshard(put, lanes, parents, ids)
        shards.append(lanes[put.shard][-1])
    return Lineage(tuple(shards), parents, tuple(map(tuple, lanes)))


def _reshard(put: Put, lanes: list[list[str]], parents: dict[str, tuple[str, ...]], ids: Iterator[str]) -> None:
    own, other = lanes[put.shard][-1], lanes[(put.shard + 1) % len(lanes)][-1]
    ended = (own, other) if put.reshard is Reshard.MERGE and own != other else (own,)
    child = next(ids)
    for lane in lanes:
        if lane[-1] in ended:
            lane.append(child)
            parents[child] = ended
            if len(ended) == 1:
                child = next(ids)


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
    for place, (put, shard) in enumerate(zip(puts, lineage(puts).shards, strict=True)):
        arrival += put.gap
        lines = [
            Arrived(line, shard, 7 * place + 3, sub, arrival, 100 * place + sub) for sub, line in enumerate(put.lines)
        ]
        found.append(lines)
    return found


def record_of(lines: Sequence[Arrived]) -> StreamRecord:
    """A put's lines as the Kinesis record that they came in."""
    first = lines[0]
    data = "\n".join(line.text for line in lines).encode()
    return StreamRecord(first.shard, first.sequence, "key", float(first.arrival), data)
