"""Memory and time that the built functions need at their largest work, beside what template.yaml gives them.

`python -m benchmarks.sizes` builds with sam, lays the work into an emulated account and runs each function once, cold,
in a process of its own: the function's folder, its layers, the runtime's packages, boto3 over HTTP. Seconds are CPU
seconds of import and invocation at Lambda's share of a processor: a whole one from 1,769 MB on, less below in
proportion. Waiting for AWS is not in them. Results go to benchmarks/results/sizes.json; it fails when a function uses
more than 80 % of its memory or half of its time-out.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import workloads
from local.embedded import access, embedded_aws
from local.functions import LocalFunction, local_functions
from local.proof.building import BUILT, LAYERS, build, parameters
from local.proof.engine import runtime_packages
from local.template import Template
from tidegate.config import DetectorConfig

RESULTS: Final = Path(__file__).parent / "results" / "sizes.json"
CHILD: Final = Path(__file__).with_name("lambda_child.py")
WHOLE_PROCESSOR_MB: Final = 1769
MOST_MEMORY: Final = 0.8
MOST_TIME: Final = 0.5
SHOP: Final = parameters("ecommerce") | {"DeployGenerator": "ecommerce"}
WIDE: Final = {"Measures": "orders:SUM", "Dimensions": "shop,product", "IntervalMinutes": "1440"}


@dataclass(frozen=True, slots=True)
class Result:
    """One invocation. import_seconds, cpu_seconds: of a whole processor; seconds: at the function's share of one."""

    function: str
    work: str
    memory_mb: int
    timeout: int
    peak_mb: float
    import_seconds: float
    cpu_seconds: float

    @property
    def seconds(self) -> float:
        return (self.import_seconds + self.cpu_seconds) * max(1.0, WHOLE_PROCESSOR_MB / self.memory_mb)

    @property
    def fits(self) -> bool:
        return self.peak_mb <= MOST_MEMORY * self.memory_mb and self.seconds <= MOST_TIME * self.timeout


class World:
    """One stack in the emulated account, and its functions as sam built them."""

    def __init__(self, name: str, values: dict[str, str]) -> None:
        self.template = Template(name, values)
        self.config = DetectorConfig.from_parameters({**self.template.parameters, "DetectorName": name})
        self._functions = local_functions(self.template)
        self._properties = {
            properties["CodeUri"].removeprefix("functions/"): (logical, properties)
            for logical, properties in self.template.resources("AWS::Serverless::Function").items()
        }
        workloads.account(self.template)

    def run(self, folder: str, work: str, event: bytes, expected: Callable[[Any], object]) -> Result:
        """Invoke once; `expected` says whether the answer is that of the work that was meant."""
        logical, properties = self._properties[folder]
        measured = _measure(self._functions[folder], BUILT / logical, event)
        if not expected(measured["answer"]):
            raise SystemExit(f"{folder} {work}: answered {measured['answer']}")
        return Result(
            folder,
            work,
            int(properties["MemorySize"]),
            int(properties["Timeout"]),
            peak_mb=round(measured["peak_mb"], 1),
            import_seconds=round(measured["import_seconds"], 2),
            cpu_seconds=round(measured["seconds"], 2),
        )


def _measure(function: LocalFunction, folder: Path, event: bytes) -> dict[str, Any]:
    places = [folder, *(BUILT / layer / "python" for layer in LAYERS), runtime_packages()]
    python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(event)
        file.flush()
        paths = {"PYTHONPATH": os.pathsep.join(map(str, places)), "PYTHONDONTWRITEBYTECODE": "1"}
        child = subprocess.run(
            [python, CHILD, file.name, function.arn],
            env={**os.environ, **function.environment, **paths},
            capture_output=True,
            text=True,
            check=False,
        )
    if child.returncode:
        raise SystemExit(f"{function.folder}: {child.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return found


def results() -> Iterator[Result]:
    shop = World("sizes", SHOP)
    yield shop.run("generate", "a minute of samples", workloads.scheduled(workloads.START), lambda a: a["generated"])
    event = workloads.full_event()
    count = len(json.loads(event)["Records"])
    yield shop.run("ingest", f"6 MB: {count:,} records", event, lambda a: a == {"batchItemFailures": []})
    for rows, output in ((1_000_000, "records"), (1_000_000, "aggregates"), (3_000_000, "records")):
        one = World(f"sizes-{rows}-{output}", SHOP | {"Output": output})
        event = workloads.buffered(one.template, one.config, rows)
        yield one.run("flush", f"an interval of {rows:,} rows, {output}", event, lambda a: a["closed"] == 1)
    wide = World("sizes-wide", SHOP | WIDE)
    for day in range(workloads.DAYS):
        event = workloads.published(wide.template, wide.config, 50_000, day)
    work = f"50,000 series, {workloads.DAYS} intervals at once"
    yield wide.run("detect", work, event, lambda a: a["intervals"] + a["history"] == workloads.DAYS)
    event = workloads.published(wide.template, wide.config, 50_000, workloads.DAYS, is_half_down=True)
    yield wide.run("detect", "50,000 series, half of them anomalous", event, lambda a: a["anomalies"] > 20_000)
    yield shop.run("alert", "an event of 1 MB", workloads.wide_alert(), lambda a: a["notified"] == ["started"])


def main() -> int:
    argparse.ArgumentParser(
        prog="python -m benchmarks.sizes", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    build()
    found = []
    head = ("function", "work", "peak MB", "of MB", "import s", "CPU s", "seconds", "of s")
    print("{:<9} {:<46} {:>8} {:>6} {:>9} {:>7} {:>8} {:>5}".format(*head))
    with embedded_aws() as url:
        os.environ.update(access(url))
        for one in results():
            found.append(one)
            print(
                f"{one.function:<9} {one.work:<46} {one.peak_mb:>8.0f} {one.memory_mb:>6} {one.import_seconds:>9.2f}"
                f" {one.cpu_seconds:>7.2f} {one.seconds:>8.2f} {one.timeout:>5}",
                flush=True,
            )
    rows = [asdict(one) | {"seconds": round(one.seconds, 2), "fits": one.fits} for one in found]
    RESULTS.write_text(json.dumps(rows, indent=2) + "\n")
    return 0 if all(one.fits for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
