"""What ingest needs of the world; `tidegate.aws` and `tidegate.memory` implement it."""

from collections.abc import Sequence
from typing import Protocol

from tidegate.contracts.buffer import Cursor, LedgerLine, Watermark
from tidegate.contracts.chunk import Chunk
from tidegate.contracts.interval import Interval
from tidegate.contracts.record import Rejected


class IngestBuffer(Protocol):
    """The buffer as ingest sees it. Each call is idempotent; each raises TransientError when it may be tried again."""

    def cursor(self, shard: str) -> Cursor | None:
        """How far the shard has been buffered; None when it was never seen."""

    def claim_bucket(self, shard: str, bucket: int) -> int:
        """Choose a new shard's buffer partition by a cursor at the beginning; returns the one chosen before, if any."""

    def put_chunk(self, chunk: Chunk, bucket: int, expires: int) -> bool:
        """Store a chunk; False when the very same chunk lies there already (a delivery that came again, counted there).

        A chunk of the same key and other content is stored beside it. `expires`: seconds since 1970 UTC.
        """

    def watermark(self) -> Watermark | None:
        """The watermark, strongly consistent; None before the first flush that found a record."""

    def ledger_line(self, interval: Interval) -> LedgerLine | None:
        """What the ledger says of an interval, strongly consistent."""

    def mark_late(self, interval_start: int, has_records: bool) -> None:
        """Leave (or renew) the late marker of an interval, so that flush renders it again."""

    def advance(self, cursor: Cursor) -> None:
        """Move a shard's cursor forward; a cursor that is further already stays."""


class Quarantine(Protocol):
    """Where records go that cannot be used."""

    def put(self, rejected: Sequence[Rejected]) -> None:
        """Store them in one object under a name made of their identities; the same ones again change nothing."""
