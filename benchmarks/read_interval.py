"""Detect's look at one published interval: CPU seconds and memory of reading its object, at several sizes.

`python -m benchmarks.read_interval [ROWS ...] [--measures N]` writes an object of so many rows (21 groups, N measures,
as Output=records publishes them) and reads it as detect does, over HTTP, in a process of its own. Memory is the most
that the process had, without the model's.
"""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from benchmarks.processes import alone, peak_mb
from tidegate.aws.published import S3PublishedIntervals
from tidegate.config import DetectorConfig, Function, Measure
from tidegate.contracts.interval import Interval
from tidegate.detect.values import read_values

SIZES = (500_000, 1_000_000, 2_000_000)
INTERVAL = Interval(1_763_683_200, 1_763_683_500)
BUCKET, KEY = "intervals", "interval.csv"
GROUPS = 21
_BLOCK = 1_000


@dataclass(frozen=True, slots=True)
class Result:
    """One object read. seconds: CPU. peak_mb: of the whole process."""

    rows: int
    object_mb: float
    seconds: float
    peak_mb: float


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def configuration(measures: int) -> DetectorConfig:
    """So many sums over two dimensions."""
    sums = tuple(Measure(f"m{number}", Function.SUM) for number in range(measures))
    return DetectorConfig(measures=sums, dimensions=("platform", "marketplace"))


def write(path: Path, rows: int, config: DetectorConfig) -> None:
    """An object of so many rows, rounded up to whole blocks."""
    block = "".join(
        f"2025-11-21 00:00:{row % 60:02d},p{row % GROUPS % 3},m{row % GROUPS // 3}"
        + ",123.45" * len(config.measures)
        + "\n"
        for row in range(_BLOCK)
    )
    with path.open("w") as file:
        file.write(",".join(("event_time", *config.dimensions, *(m.column for m in config.measures))) + "\n")
        for _ in range(0, rows, _BLOCK):
            file.write(block)


def read(endpoint: str, measures: int) -> tuple[float, float]:
    """CPU seconds and peak memory in MB of reading the object; to be run in a process of its own."""
    config = configuration(measures)
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        config=Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}),
    )
    published = S3PublishedIntervals(client, BUCKET, "", config.grid)
    before = time.process_time()
    found = read_values(INTERVAL, [(KEY, published.read(KEY).data)], config)
    seconds = time.process_time() - before
    if len(found.values) != GROUPS * measures:
        raise SystemExit(f"{len(found.values)} series were read, {GROUPS * measures} written")
    return seconds, peak_mb()


def measure(rows: int, measures: int) -> Result:
    """Write an object and read it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / BUCKET / KEY
        path.parent.mkdir()
        write(path, rows, configuration(measures))
        with _served(folder) as endpoint:
            seconds, peak = alone(read, endpoint, measures)
        return Result(rows, path.stat().st_size / 1e6, seconds, peak)


@contextmanager
def _served(folder: str) -> Iterator[str]:
    """A folder over HTTP on this machine: of S3 no more than GetObject."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks.read_interval")
    parser.add_argument("rows", nargs="*", type=int, default=SIZES)
    parser.add_argument("--measures", type=int, default=2)
    given = parser.parse_args()
    print("     rows   object MB     CPU s   peak MB")
    for one in (measure(rows, given.measures) for rows in given.rows):
        print(f"{one.rows:>9,} {one.object_mb:>11.1f} {one.seconds:>9.1f} {one.peak_mb:>9.1f}")


if __name__ == "__main__":
    main()
