"""`make soak`: the fault suite's random tests with many more examples, and a million records through the functions.

    python -m tests.soak [histories] [inputs] [load]

What a part found goes into benchmarks/results/soak.json beside what the others found before, and into docs/faults.md.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.machine import machine
from tests.soak_load import load
from tests.soak_page import write_page

HISTORIES: Final = 10_000
EXAMPLES: Final = 5_000
RECORDS: Final = 1_000_000
RESULTS: Final = Path(__file__).parents[1] / "benchmarks" / "results" / "soak.json"


@dataclass(frozen=True, slots=True)
class Soaked:
    """A part that passed. count: histories, examples of each test, or records. seconds: of a clock, and of CPU."""

    count: int
    seconds: float
    cpu_seconds: float
    machine: dict[str, str | int]
    versions: dict[str, str]
    details: list[dict[str, float]]


def random_tests(variable: str, count: int, *tests: str) -> Callable[[], list[dict[str, float]]]:
    """Runs tests, spread over the cores, with so many examples as the variable asks for."""

    def run() -> list[dict[str, float]]:
        command = [sys.executable, "-m", "pytest", "-n", "auto", *tests]
        if subprocess.run(command, env={**os.environ, variable: str(count)}, check=False).returncode:
            sys.exit(f"{' '.join(tests)}: failed; the output above says what to replay")
        return []

    return run


PARTS: Final = {
    "histories": (
        HISTORIES,
        random_tests("HISTORIES", HISTORIES, "tests/unit/test_any_delivery_gives_the_same_objects.py"),
    ),
    "inputs": (
        EXAMPLES,
        random_tests("EXAMPLES", EXAMPLES, "tests/unit/test_any_input_is_taken_or_refused_by_name.py"),
    ),
    "load": (RECORDS, lambda: load(RECORDS)),
}


def soak(name: str) -> Soaked:
    """Run one part."""
    count, run = PARTS[name]
    started, before = time.perf_counter(), _cpu_seconds()
    details = run()
    seconds, cpu_seconds = time.perf_counter() - started, _cpu_seconds() - before
    versions = {package: version(package) for package in ("hypothesis", "ministack", "boto3")}
    versions["python"] = platform.python_version()
    return Soaked(count, round(seconds, 1), round(cpu_seconds, 1), machine(), versions, details)


def _cpu_seconds() -> float:
    """Of this process, and of those that it started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main(names: list[str]) -> None:
    for name in names or PARTS:
        sys.stdout.write(f"soak: {name}\n")
        sys.stdout.flush()
        found = asdict(soak(name))
        results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        RESULTS.write_text(json.dumps(results | {name: found}, indent=2, sort_keys=True) + "\n")
        write_page(RESULTS)


if __name__ == "__main__":
    main(sys.argv[1:])
