"""The proof's own ledger: what was proven, what was skipped and why, what failed."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from rich.console import Console
from rich.table import Table


class Skipped(Exception):
    """A step cannot run here; the message says why."""


class Failed(Exception):
    """A step ran and did not do what it should; the message says what."""


class Result(StrEnum):
    """How a step ended."""

    PROVEN = "proven"
    SKIPPED = "skipped"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Line:
    """One step: what it was to show, how it ended, what was seen; real seconds."""

    claim: str
    result: Result
    seen: str
    seconds: float


class Ledger:
    """Runs steps and keeps a line of each."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def step(self, claim: str, run: Callable[[], str]) -> bool:
        """Run a step, which says what it saw; true when it is proven. Failed and Skipped make a line, nothing else."""
        print(f"... {claim}", file=sys.stderr, flush=True)
        started = time.monotonic()
        try:
            result, seen = Result.PROVEN, run()
        except Skipped as skipped:
            result, seen = Result.SKIPPED, str(skipped)
        except Failed as failed:
            result, seen = Result.FAILED, str(failed)
            print(seen, file=sys.stderr)
        self.lines.append(Line(claim, result, seen, time.monotonic() - started))
        return result is Result.PROVEN

    @property
    def failed(self) -> bool:
        return any(line.result is Result.FAILED for line in self.lines)

    def show(self) -> None:
        """Print the table."""
        table = Table(title="What sam built, run and deployed without an account", title_justify="left")
        for name in ("claim", "result", "seen", "s"):
            table.add_column(name, justify="right" if name == "s" else "left", overflow="fold")
        for line in self.lines:
            seen = line.seen if line.result is not Result.FAILED else line.seen.strip().splitlines()[-1]
            table.add_row(line.claim, line.result, seen, f"{line.seconds:.1f}")
        Console(width=None if sys.stdout.isatty() else 160).print(table)
