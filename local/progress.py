"""Progress of long work on stderr: a bar on a terminal, now and then a plain line elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

SECONDS_BETWEEN_LINES: Final = 5.0


@contextmanager
def progress(title: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
    """Show how far the work has come, while the block runs.

    Gives a function to call with the number of units done since the last call. `total`: units in all; None: unknown.
    """
    if sys.stderr.isatty():
        yield from _bar(title, total, unit)
    else:
        yield from _lines(title, total, unit, sys.stderr)


def _bar(title: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
    from rich import console, progress  # noqa: PLC0415  # takes a tenth of a second, and only terminals need it

    said = progress.TextColumn("{task.description}"), progress.BarColumn(), progress.MofNCompleteColumn()
    columns = (*said, progress.TextColumn(unit), progress.TimeRemainingColumn())
    with progress.Progress(*columns, console=console.Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.advance(task, done)


def _lines(title: str, total: int | None, unit: str, stream: TextIO) -> Iterator[Callable[[int], None]]:
    done, printed = 0, time.monotonic()

    def advance(units: int) -> None:
        nonlocal done, printed
        done += units
        if time.monotonic() - printed >= SECONDS_BETWEEN_LINES:
            printed = time.monotonic()
            of = "" if total is None else f" of {total:,}"
            print(f"{title}: {done:,}{of} {unit}", file=stream, flush=True)

    yield advance
