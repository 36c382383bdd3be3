"""`tidegate replay`: records from files through the real functions on the embedded AWS, on a simulated clock."""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from local.alerted import alerted_groups
from local.arrivals import Arrivals, arrivals
from local.exit_codes import DONE, NOT_WELL
from local.function_output import OUTPUT
from local.history.files import history_files
from local.outcome import run_to_the_end, seconds_row, summary_rows
from local.output import OutputFolder, output_folder
from local.parameters import Deployment, add_parameter_arguments, deployment
from local.progress import progress
from local.readable import readable_again
from local.record_files import PARTITION_KEY, Line, detect_format, read_lines
from local.report import write_report
from local.results import NAMES, write_results
from local.run_report import report_data
from local.simulation import Simulation
from local.stack import local_stack
from local.summary import print_summary
from tidegate.config import DetectorConfig, RecordFormat
from tidegate.ingest.reader import reader_of

_EXAMPLES: Final = """
A good record arrives at the largest event time so far: disorder in the file is lateness.

examples:
  tidegate replay orders.jsonl --config-env ecommerce --output build/replay
  tidegate replay traffic.csv.gz --set Measures=value:AVG --set Dimensions=sensor \\
      --set TimestampColumn=timestamp --output build/replay
"""


@dataclass(frozen=True, slots=True)
class _Replay:
    """What is replayed."""

    paths: list[Path]
    config: DetectorConfig

    def lines(self) -> Iterator[Line]:
        return read_lines(self.paths, self.config.csv_columns, reader_of(self.config))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.epilog = _EXAMPLES
    add = parser.add_argument
    add(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="JSON lines, or CSV with a header; either may be gzip; a folder of such, or - for standard input",
    )
    add_parameter_arguments(parser)
    help_output = "gets s3/, quarantine/, ledger.json, alerts.jsonl and report.html"
    add("--output", type=Path, required=True, metavar="DIR", help=help_output)


def run(options: argparse.Namespace) -> int:
    """Replay, write, summarise. Raises InputError and ConfigurationError."""
    began = time.monotonic()
    OUTPUT.verbose = options.verbose
    given = deployment(options.config_env, options.set, options.verbose).with_parameters(DeployGenerator="none")
    files = history_files(options.files)
    folder = output_folder(options.output, NAMES, files)
    with readable_again(files) as paths:
        return _replay(options, given, paths, folder, began)


def _replay(
    options: argparse.Namespace, given: Deployment, files: list[Path], folder: OutputFolder, began: float
) -> int:
    given = given.with_parameters(**detect_format(files, given.parameters))
    replay = _Replay(files, given.config())
    with progress("reading", None, "records") as advance:
        arriving = arrivals(_counted(replay.lines(), advance), replay.config, time.time())
    with local_stack(given, arriving.times[0]) as stack:
        simulation = Simulation(stack, replay.config)
        with progress("replaying", len(arriving.times), "records") as advance:
            _put_all(simulation, replay.lines(), arriving, advance)
            is_whole = run_to_the_end(simulation, arriving.closed_until)
        with folder.appearing_whole() as making:
            results = write_results(stack, making)
            groups = alerted_groups(results.alerts, replay.config.dimensions)
            title = ", ".join(path.name for path in options.files)
            write_report(making / "report.html", report_data(title, replay.config, results, groups))
    rows = [("records", f"{len(arriving.times):,}, of which {arriving.good:,} can be used")]
    print_summary("Replay", [*rows, *summary_rows(results, len(groups), folder.path), seconds_row(began)])
    if 2 * arriving.behind > arriving.good:
        print(f"Warning: {_disorder(arriving, replay.config)}")
    if not arriving.good:
        print("No record can be used: `tidegate check FILE` with the same parameters says why, and what to do.")
    return DONE if is_whole and arriving.good else NOT_WELL


def _disorder(arriving: Arrivals, config: DetectorConfig) -> str:
    """What to tell of files whose records hardly come in order of time."""
    is_text_sorted = config.timestamp_format.startswith(("ISO8601", "UNIX", "yyyy"))
    jq = f": `jq -sc 'sort_by(.\"{config.timestamp_column}\")[]' FILE`"
    how = jq if is_text_sorted and config.record_format is RecordFormat.JSON else f" by {config.timestamp_column}."
    return (
        f"{arriving.behind:,} of {arriving.good:,} records lie behind a later one, as in a file that runs backwards, "
        f"and were replayed as late. Sort it first{how}"
    )


def _put_all(simulation: Simulation, lines: Iterable[Line], arriving: Arrivals, advance: Callable[[int], None]) -> None:
    """All records onto the stream, second by second."""
    arrived = zip(arriving.times, lines, strict=True)
    for second, group in groupby(arrived, key=lambda record: record[0] // 1):
        records = [(arrival, PARTITION_KEY, line.data) for arrival, line in group]
        simulation.arrive(second, records)
        advance(len(records))


def _counted(lines: Iterable[Line], advance: Callable[[int], None]) -> Iterator[Line]:
    for line in lines:
        yield line
        advance(1)
