"""`tidegate demo`: a shop's stream with planted anomalies through all five functions on the embedded AWS."""

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from local.alerted import alerted_groups
from local.exit_codes import DONE, NOT_WELL
from local.function_output import OUTPUT
from local.outcome import run_to_the_end, seconds_row, summary_rows
from local.output import output_folder
from local.parameters import deployment
from local.planted import Match, match
from local.progress import progress
from local.report import write_report
from local.results import NAMES, write_results
from local.run_report import report_data
from local.simulation import Simulation
from local.stack import local_stack
from local.summary import print_summary
from local.tabular import print_table
from tidegate.contracts.anomaly import AnomalyGroup
from tidegate.contracts.errors import InputError
from tidegate.generate.settings import generator_from

START: Final = "2026-06-01T00:00:00Z"
MOST_DAYS: Final = 31
_HOUR: Final = 3600
_WINDOW_SECONDS: Final = "300"
"""The longest batching window: ingest is called once an interval, as it would be where cost matters most."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    add = parser.add_argument
    add("--days", type=float, default=3.0, metavar="N", help=f"simulated days, at most {MOST_DAYS} (default: 3)")
    add("--seed", type=int, default=7, metavar="S", help="chooses noise and incidents (default: %(default)s)")
    help_output = "gets what replay writes: objects, ledger, alerts, report (default: %(default)s)"
    add("--output", type=Path, default=Path("build/demo"), metavar="DIR", help=help_output)
    add("--verbose", action="store_true", help="show what the functions log")


def run(options: argparse.Namespace) -> int:
    """Simulate the days, write, show what was planted and what was found."""
    began = time.monotonic()
    hours = round(24 * options.days) if 0 < options.days <= MOST_DAYS else 0
    if not hours:
        raise InputError(f"--days {options.days:g}", f"must be from an hour (0.05) to {MOST_DAYS} days")
    OUTPUT.verbose = options.verbose
    folder = output_folder(options.output, NAMES)
    generated = {"GeneratorSeed": str(options.seed), "GeneratorStart": START}
    given = deployment("ecommerce", [], options.verbose).with_parameters(
        BatchingWindowSeconds=_WINDOW_SECONDS, **generated
    )
    config = given.config()
    start = int(datetime.fromisoformat(START).timestamp())
    end = start + hours * _HOUR
    with local_stack(given, start) as stack:
        with progress("simulating", hours, "hours") as advance:
            is_whole = _simulate(Simulation(stack, config), start, end, advance)
        with folder.appearing_whole() as making:
            results = write_results(stack, making)
            groups = alerted_groups(results.alerts, config.dimensions)
            incidents = generator_from(given.parameters).incidents(start, end)
            matches, unexplained = match(incidents, groups, config.dimensions)
            planted = [found.planted() for found in matches]
            title = f"Demo: {hours} hours of a shop's views and revenue"
            shown = report_data(title, config, results, groups, planted, unexplained=len(unexplained))
            write_report(making / "report.html", shown)
        records, messages = sum(line.received for line in results.ledger), len(stack.observer.messages)
    _show(matches, unexplained, len(groups), config.grid.step)
    rows = [("records generated", f"{records:,} in {hours} simulated hours"), ("notifications", f"{messages:,}")]
    print_summary("Demo", [*rows, *summary_rows(results, len(groups), folder.path), seconds_row(began)])
    return DONE if is_whole else NOT_WELL


def _simulate(simulation: Simulation, start: int, end: int, advance: Callable[[int], None]) -> bool:
    for hour in range(start + _HOUR, end + 1, _HOUR):
        simulation.run_until(hour)
        advance(1)
    simulation.retire("generate")
    return run_to_the_end(simulation, end)


def _show(matches: Sequence[Match], unexplained: Sequence[AnomalyGroup], anomalies: int, step: int) -> None:
    """The planted incidents as a table, and how the anomalies relate to them. step: an interval's length in seconds."""
    columns = ("planted", "where", "from (UTC)", "minutes", "found after", "as", "severity")
    print_table("Planted and found", dict.fromkeys(columns, "left"), [_row(found, step) for found in matches])
    hits = sum(found.group is not None for found in matches)
    print(
        f"{hits} of {len(matches)} planted incidents found; {anomalies} anomalies alerted, "
        f"{len(unexplained)} of them without an incident.\n"
    )


def _row(found: Match, step: int) -> tuple[str, ...]:
    incident, group = found.incident, found.group
    when = f"{datetime.fromtimestamp(incident.start, UTC):%a %d %b %H:%M}"
    known = (incident.kind.value, found.where, when, f"{(incident.end - incident.start) // 60}")
    if group is None:
        return *known, "missed", "", ""
    delay = max(0, group.started + step - incident.start) // 60
    return *known, f"{delay} min", f"{group.kind.value} in {group.measure}", f"{group.severity:.0f}"
