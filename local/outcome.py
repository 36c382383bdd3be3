"""How a replay or a demo ends, and the rows of its final table."""

import sys
import time
from pathlib import Path

from local.redrive.entries import FAILED_BATCHES
from local.results import Results
from local.simulation import Simulation, SimulationFailed


def summary_rows(results: Results, anomalies: int, folder: Path) -> list[tuple[str, str]]:
    """What the final table of a run says of its results."""
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in results.reasons.most_common())
    revised = sum(line.revision > 1 for line in results.ledger)
    incomplete = sum(line.incomplete for line in results.ledger)
    unbalanced = sum(not line.balanced for line in results.ledger)
    closed_incomplete = [("closed incomplete", f"{incomplete:,}: a shard still lagged")]
    failed_batches = [("failed batches", f"{results.failed:,} records in {folder / 'quarantine' / FAILED_BATCHES}")]
    return [
        ("intervals closed", f"{len(results.ledger):,}, {revised:,} of them again for late records"),
        *(closed_incomplete if incomplete else []),
        ("rows published", f"{results.total('rows'):,} in {folder / 's3'}"),
        ("quarantined", f"{len(results.rejected):,}{f' ({reasons})' if reasons else ''} in {folder / 'quarantine'}"),
        *(failed_batches if results.failed else []),
        ("filtered, duplicates", f"{results.total('filtered'):,}, {results.total('duplicates'):,}"),
        (
            "ledger",
            f"{'balanced' if not unbalanced else f'{unbalanced:,} intervals NOT balanced'}: {folder / 'ledger.json'}",
        ),
        ("anomalies", f"{anomalies:,}; alert events in {folder / 'alerts.jsonl'}"),
        ("report, to open in a browser", str(folder / "report.html")),
        *(("errors", error) for error in results.errors),
    ]


def run_to_the_end(simulation: Simulation, closed_until: float) -> bool:
    """Let the simulation run out; False, after a message, when it does not get there. It has results all the same."""
    try:
        simulation.run_out(closed_until)
    except SimulationFailed as failure:
        print(failure, file=sys.stderr)
        return False
    return True


def seconds_row(began: float) -> tuple[str, str]:
    """How long it took since `began`, an instant of time.monotonic()."""
    return "seconds", f"{time.monotonic() - began:.1f}"
