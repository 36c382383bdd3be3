"""The table with which a command ends: what it did, and where that lies."""

from collections.abc import Sequence


def print_summary(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Print names and texts as a table on stdout; paths are never cut or broken."""
    from rich import console, text  # noqa: PLC0415  # slow to import, and the command is done by now

    output = console.Console(highlight=False, markup=False)
    output.print(text.Text(title, "italic"))
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        output.print(text.Text.assemble((name.ljust(width + 2), "dim"), value), soft_wrap=True)
