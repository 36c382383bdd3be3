"""The table with which a command ends: what it did, and where that lies."""

from collections.abc import Sequence


def print_summary(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Print names and texts as a table on stdout; paths are never cut or broken."""
    from rich.console import Console  # noqa: PLC0415  # slow to import, and the command is done by now
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(no_wrap=True, overflow="ignore")
    for name, text in rows:
        table.add_row(name, text)
    Console(highlight=False, soft_wrap=True, markup=False).print(table)
