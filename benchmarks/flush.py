"""Flush: rows a second and peak memory of closing one interval, at several sizes.

`python -m benchmarks.flush [ROWS ...] [--groups N]` measures the stage without the network: chunks as ingest packs them
lie in a file, from which they are read as a query reads them, and the object goes nowhere. Each size runs in a process
of its own; memory is what the run needed beyond what the process had before it. `aggregates` are of the sample's 21
groups, or of so many.
"""

import random
import resource
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from tidegate.config import DetectorConfig, Function, Measure, Output
from tidegate.contracts.buffer import Cursor
from tidegate.contracts.chunk import Chunk, decode_chunk
from tidegate.contracts.identity import Identity
from tidegate.contracts.rows import CellRows
from tidegate.flush.run import flush
from tidegate.flush.stores import BrokenChunk, Published, StoredChunk, refuse
from tidegate.memory.buffer import MemoryBuffer
from tidegate.memory.shards import MemoryShards

SIZES = (10_000, 100_000, 1_000_000)
BATCH = 500
START, END = 1_780_304_400, 1_780_304_700
SHARD = "shardId-000000000000"
CONFIG = DetectorConfig(
    measures=(Measure("views", Function.SUM), Measure("revenue", Function.SUM)),
    dimensions=("platform", "marketplace"),
)


@dataclass(frozen=True, slots=True)
class Result:
    """One interval closed. seconds: CPU; peak_mb: memory beyond that of the idle process."""

    output: Output
    rows: int
    seconds: float
    peak_mb: float
    object_mb: float
    chunk_bytes: int

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds


class FileBuffer(MemoryBuffer):
    """The buffer with its chunks in a file, so that they take no memory."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("w+b")
        self._sizes: list[int] = []

    def put_chunk(self, chunk: Chunk, bucket: int, expires: int) -> bool:
        self._sizes.append(self._file.write(chunk.encode()))
        return True

    def chunks(
        self, interval_start: int, buckets: Sequence[int], broken: Callable[[BrokenChunk], None] = refuse
    ) -> Iterator[StoredChunk]:
        self._file.seek(0)
        for size in self._sizes:
            yield StoredChunk(decode_chunk(interval_start, SHARD, self._file.read(size)), deliveries=1)

    @property
    def size(self) -> int:
        """Bytes of all payloads."""
        return sum(self._sizes)


class Nowhere:
    """A bucket that counts what is put."""

    def __init__(self) -> None:
        self.bytes = 0

    def published(self, key: str) -> Published | None:
        return None

    def put(self, key: str, body: Iterable[bytes], facts: Published, replaces: str | None) -> Published:
        self.bytes = sum(map(len, body))
        return replace(facts, bytes=self.bytes)


def fill(buffer: FileBuffer, rows: int, groups: int) -> None:
    """An interval of the e-commerce sample, as ingest buffers it in batches of BATCH; groups: 0 for the sample's."""
    chance = random.Random(rows)
    sequence = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898
    for first in range(0, rows, BATCH):
        identities, cells = [], []
        for row in range(first, min(first + BATCH, rows)):
            sequence += chance.randrange(10**12, 10**18)
            identities.append(Identity(sequence, 0))
            platform = chance.choice(("pc_web", "mobile_web", "mobile_app"))
            marketplace = chance.choice(("us", "uk", "de", "fr", "es", "it", "jp"))
            if groups:
                platform, marketplace = f"{row % groups % 1000:03d}", f"shop-{row % groups // 1000}"
            views = chance.randrange(90, 700)
            second = chance.randrange(300)
            moment = f"2026-06-01 09:{second // 60:02d}:{second % 60:02d}"
            cells.append((moment, platform, marketplace, views, round(views * 1.3, 2)))
        chunk = Chunk(START, SHARD, CONFIG.record_columns, identities, CellRows(list(zip(*cells, strict=True))))
        buffer.put_chunk(chunk, 0, 0)
    buffer.mark_late(START, has_records=True)
    buffer.advance(Cursor(SHARD, 0, sequence, END))


def measure(output: Output, rows: int, groups: int = 0) -> Result:
    """Close one interval of so many rows; to be run in a process of its own."""
    with TemporaryDirectory() as folder:
        buffer, objects = FileBuffer(Path(folder) / "chunks"), Nowhere()
        fill(buffer, rows, groups)
        idle, before = peak_mb(), time.process_time()
        config = replace(CONFIG, output=output)
        report = flush(END + 60, config, buffer, MemoryShards(SHARD), objects, out_of_time=lambda: False)
        seconds = time.process_time() - before
    (line,) = report.closed
    if line.stored != rows or not line.balanced:
        raise SystemExit(f"{rows} rows were put, the ledger says {line}")
    return Result(output, rows, seconds, peak_mb() - idle, objects.bytes / 1e6, buffer.size)


def peak_mb() -> float:
    """Most memory this process ever had, in megabytes (Linux counts kilobytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def results(sizes: Sequence[int] = SIZES, groups: int = 0) -> Iterator[Result]:
    """Every output at every size."""
    for output in Output:
        for rows in sizes:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                yield process.submit(measure, output, rows, groups).result()


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks.flush")
    parser.add_argument("rows", nargs="*", type=int, default=SIZES)
    parser.add_argument("--groups", type=int, default=0)
    given = parser.parse_args()
    print("output        rows        CPU s    rows/s   peak MB   object MB   chunk bytes/row")
    for one in results(given.rows, given.groups):
        print(
            f"{one.output:<10} {one.rows:>9,}  {one.seconds:>9.2f} {one.rows_per_second:>9,.0f} {one.peak_mb:>9.1f}"
            f" {one.object_mb:>11.2f} {one.chunk_bytes / one.rows:>17.2f}"
        )


if __name__ == "__main__":
    main()
