"""The table with which a command ends: what it did, and where that lies."""

from collections.abc import Sequence


def print_summary(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Print names and texts as a table on stdout; paths are never cut or broken."""
    from rich.console import Console  # noqa: PLC0415  # slow to import, and the command is done by now
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, markup=False)
    console.print(Text(title, "italic"))
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        console.print(Text.assemble((name.ljust(width + 2), "dim"), text), soft_wrap=True)
