"""End to end: `tidegate replay` of a day against the job on Glue as Spark runs it, on the same files and cores.

Replay is more than the job: it also stands for Kinesis, Lambda's event source, DynamoDB and S3, and it detects.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.lines import Line, rounded
from benchmarks.peers import NotInstalled, spark_submit
from benchmarks.processes import Finished, ProcessFailed, alone, run
from benchmarks.sample import write_hours
from benchmarks.scale import Scale

ROW = "end to end"
CPU, MEMORY, FILES, SPEED = "CPU", "peak memory of the largest process", "objects for the intervals", "speed"
SPARK: Final = "Spark"


UNITS: Final = {CPU: "s", MEMORY: "MB", FILES: "files", SPEED: "records/CPU s"}


def measure(scale: Scale) -> Iterator[Line]:
    """By records of a day."""
    for records in scale.records:
        with TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "given").mkdir()
            files = alone(write_hours, folder / "given", scale.hours, records)
            ours, intervals = _tidegate(files, folder, records)
            theirs, reason = _spark(folder, records)
        case = f"{records:,} records, {intervals} intervals"
        for figure, unit in UNITS.items():
            value = None if theirs is None else theirs[figure]
            yield Line(ROW, case, records, figure, unit, ours[figure], SPARK, value, reason)


def _tidegate(files: list[Path], folder: Path, records: int) -> tuple[Mapping[str, float], int]:
    """Our run, and the number of intervals that it closed."""
    output = folder / "tidegate"
    tidegate = Path(sys.prefix) / "bin" / "tidegate"
    finished = run([tidegate, "replay", *files, "--config-env", "ecommerce", "--output", output])
    totals: Any = json.loads((output / "ledger.json").read_text())["totals"]
    if not totals["balanced"]:
        raise ProcessFailed(f"the ledger of {records:,} records does not add up: {totals}")
    return _taken(finished, output / "s3", records), int(totals["intervals"])


def _spark(folder: Path, records: int) -> tuple[Mapping[str, float] | None, str]:
    output = folder / "spark"
    try:
        finished = spark_submit("spark_intervals", folder / "given", output, folder / "checkpoint")
    except NotInstalled as missing:
        return None, str(missing)
    return _taken(finished, output, records), f"{os.cpu_count()} cores, hourly micro-batches"


def _taken(finished: Finished, output: Path, records: int) -> Mapping[str, float]:
    """What a run took. Raises ProcessFailed when its files do not hold all records."""
    files = list(output.rglob("*.csv"))
    rows = sum(path.read_bytes().count(b"\n") - 1 for path in files)
    if rows != records:
        raise ProcessFailed(f"{output.name} wrote {rows:,} of {records:,} records")
    found = {
        CPU: finished.cpu_seconds,
        MEMORY: finished.peak_mb,
        FILES: len(files),
        SPEED: records / finished.cpu_seconds,
    }
    return {name: rounded(value) for name, value in found.items()}
