"""Flush: CPU and memory of an interval's object, against polars and DuckDB that write the same CSV from memory."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import flush
from benchmarks.lines import Line, rounded
from benchmarks.peers import NotInstalled, ask
from benchmarks.processes import alone, peak_mb
from benchmarks.scale import Scale
from tidegate.config import Output

ROW = "flush"
CPU, MEMORY = "CPU", "peak memory"
PEERS: Final = {"polars": "flush_polars", "duckdb": "flush_duckdb"}


def measure(scale: Scale) -> Iterator[Line]:
    """By rows. Ours reads, merges and checks the chunks; the peers have the rows in memory, in their own columns."""
    for rows in scale.rows:
        case = f"{rows:,} rows"
        seconds, megabytes = alone(one, rows)
        for package, module in PEERS.items():
            theirs, reason = _peer(package, module, rows)
            cpu, peak = theirs.get("cpu_seconds"), theirs.get("peak_mb")
            yield Line(ROW, case, rows, CPU, "s", seconds, package, cpu, reason)
            yield Line(ROW, case, rows, MEMORY, "MB", megabytes, package, peak, reason)


def one(rows: int) -> tuple[float, float]:
    """CPU seconds and peak memory of the process, in megabytes: to be run in a process of its own."""
    return rounded(flush.measure(Output.RECORDS, rows).seconds), rounded(peak_mb())


def _peer(package: str, module: str, rows: int) -> tuple[Mapping[str, float], str]:
    with TemporaryDirectory() as folder:
        try:
            found = ask(package, module, rows, Path(folder) / "interval.csv")
        except NotInstalled as missing:
            return {}, str(missing)
    return {name: rounded(value) for name, value in found.items()}, ""
