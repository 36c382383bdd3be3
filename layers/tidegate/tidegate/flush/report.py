"""What a run of flush did, and how it is told while it goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from tidegate.contracts.buffer import LedgerLine, Watermark
from tidegate.flush.publishing import Publication


class Deed(StrEnum):
    """Why an interval was rendered: to close it, for late records, or only to count what went to quarantine."""

    CLOSED = "closed"
    REVISED = "revised"
    ACCOUNTED = "accounted"


type Tell = Callable[[Deed, Publication], None]
"""Told of each interval once its ledger line is written, and before the run goes on to where none would look again.

So nothing is lost with a process that ends at any moment; what was told and not finished is told again by the next run.
"""


@dataclass(slots=True)
class FlushReport:
    """What a run did.

    closed: intervals closed, with what the ledger says of them. revised: intervals of which a later object was
    written. shrunk: intervals of which the buffer holds fewer records than were published, or may; they are left alone,
    and looked at again by every run until their chunks expire. waiting: the shards that hold up the next interval.
    unread: the shards that lagged when intervals were closed all the same, and until when (arrival, seconds since 1970
    UTC; 0: nothing) each has been read.
    watermark: where the sequence stands; None before its first record. overdue: how many intervals are past their
    deadlines by more than the patience, and not closed. lag: by how many seconds the next interval is past its
    deadline, else 0.
    mismatched: the starts of intervals whose records are not conserved: they do not add up, or would shrink, or a chunk
    does not decode.
    conflict: why the run stopped for another one, else empty. out_of_time: it stopped for want of time.
    """

    closed: list[LedgerLine] = field(default_factory=list)
    revised: list[LedgerLine] = field(default_factory=list)
    shrunk: list[LedgerLine] = field(default_factory=list)
    waiting: tuple[str, ...] = ()
    unread: dict[str, float] = field(default_factory=dict)
    watermark: Watermark | None = None
    overdue: int = 0
    lag: float = 0
    mismatched: set[int] = field(default_factory=set)
    conflict: str = ""
    out_of_time: bool = False
