"""The table with which a command ends: what it did, and where that lies."""

import sys
from collections.abc import Sequence
from io import StringIO


def print_summary(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Print names and texts as a table on stdout; paths are never cut or broken."""
    from rich import console, text  # noqa: PLC0415  # slow to import, and the command is done by now

    printed = StringIO()  # printed below: rich's own printing ends the process when its reader has gone
    output = console.Console(file=printed, force_terminal=sys.stdout.isatty(), highlight=False, markup=False)
    output.print(text.Text(title, "italic"))
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        output.print(text.Text.assemble((name.ljust(width + 2), "dim"), value), soft_wrap=True)
    print(printed.getvalue(), end="")
