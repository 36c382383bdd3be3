"""How large the benchmark is: the whole one, and a quick one that shows that everything runs."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    """batches: records a batch of ingest; records_measured: in all batches of a size. rows: of flush's intervals.
    series: of detect; peer_seconds: CPU seconds that a peer of it may use. records: that are replayed; hours: in which
    they came. rates: records a second that the deployed functions get, and for how many seconds. faults: that the
    search for root causes gets.
    """

    batches: tuple[int, ...]
    records_measured: int
    rows: tuple[int, ...]
    series: tuple[int, ...]
    peer_seconds: float
    records: tuple[int, ...]
    hours: int
    rates: tuple[tuple[int, int], ...]
    faults: int


FULL: Final = Scale(
    batches=(500, 2_000, 7_000),
    records_measured=21_000,
    rows=(10_000, 100_000, 1_000_000, 3_000_000),
    series=(1_000, 10_000, 50_000),
    peer_seconds=20.0,
    records=(100_000, 300_000, 1_000_000),
    hours=24,
    rates=((100, 600), (1_000, 300)),
    faults=300,
)

QUICK: Final = Scale(
    batches=(500, 1_000, 2_000),
    records_measured=4_000,
    rows=(1_000, 10_000, 100_000),
    series=(100, 300, 1_000),
    peer_seconds=1.0,
    records=(1_000, 3_000, 10_000),
    hours=2,
    rates=((10, 600), (50, 300)),
    faults=3,
)
