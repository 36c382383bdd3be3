"""All benchmarks in one run, one table: Tidegate's figures and what stands beside them.

usage: python -m benchmarks [ROW ...] [--quick]

What was measured at full size replaces those rows in benchmarks/results/bench.json and docs/benchmarks.md, and
docs/growth.svg is drawn anew. All rows take a quarter of an hour on two idle cores. CPU times count a measurement's own
processes only; ratios are what to compare.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from benchmarks.goals import goals
from benchmarks.growth import slopes
from benchmarks.lines import Line
from benchmarks.machine import library_versions, machine
from benchmarks.page import PAGE, write_page
from benchmarks.peers import NotInstalled
from benchmarks.picture import PICTURE, draw
from benchmarks.results_file import PATH, Results, read_results
from benchmarks.rows import buffer, chunks, cost, detect, diagnosis, flush, ingest, replay
from benchmarks.scale import FULL, QUICK, Scale
from benchmarks.table import print_table

ROWS: Final[Mapping[str, Callable[[Scale], Iterator[Line]]]] = {
    "ingest": ingest.measure,
    "buffer": buffer.measure,
    "flush": flush.measure,
    "detect": detect.measure,
    "diagnosis": diagnosis.measure,
    "replay": replay.measure,
    "cost": cost.measure,
    "chunks": chunks.measure,
}
"""Name on the command line -> what measures it."""

TITLES: Final = {"replay": replay.ROW}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", choices=[*ROWS, []], help=f"of {', '.join(ROWS)} [all]")
    parser.add_argument(
        "--quick", action="store_true", help="small sizes: shows that it runs, its figures mean nothing"
    )
    options = parser.parse_args()
    chosen = options.rows or list(ROWS)
    lines = list(_measured(chosen, QUICK if options.quick else FULL))
    print_table(lines, () if options.quick else goals(lines))
    if not options.quick:
        _keep(lines)


def _keep(measured: Sequence[Line]) -> None:
    """Write the results: rows that were not measured now stay as they were."""
    commands = {TITLES.get(name, name): f"python -m benchmarks {name}" for name in ROWS}
    now = {line.row for line in measured}
    before = [line for line in read_results().lines if line.row not in now] if PATH.exists() else []
    lines = tuple(sorted([*measured, *before], key=lambda line: list(commands).index(line.row)))
    results = Results(machine(), library_versions(), commands, lines, tuple(goals(lines)), slopes(lines))
    PATH.write_text(results.to_json())
    write_page(results)
    print(f"{PATH} and {PAGE} are written")
    try:
        draw(results)
    except NotInstalled as missing:
        print(f"{PICTURE} is not drawn: matplotlib is {missing}", file=sys.stderr)


def _measured(rows: list[str], scale: Scale) -> Iterator[Line]:
    began = time.monotonic()
    for name in rows:
        for line in ROWS[name](scale):
            beside = (
                f", {line.against} {line.theirs if line.theirs is not None else line.reason}" if line.against else ""
            )
            passed = time.monotonic() - began
            print(
                f"{passed:5.0f} s  {line.row}: {line.case}: {line.figure} {line.ours} {line.unit}{beside}",
                file=sys.stderr,
            )
            yield line


if __name__ == "__main__":
    main()
