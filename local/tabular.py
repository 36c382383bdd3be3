"""Tables on stdout."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

_PLAIN_WIDTH: Final = 140
"""Characters a line where stdout is no terminal."""

type Justify = Literal["left", "right"]


def print_table(title: str, columns: Mapping[str, Justify], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; a cell that is too wide for its column is broken into lines."""
    from rich.console import Console  # noqa: PLC0415  # slow to import, and only commands that print tables need it
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for name, justify in columns.items():
        table.add_column(name, justify=justify, overflow="fold", header_style="dim")
    for row in rows:
        table.add_row(*row)
    width = None if sys.stdout.isatty() else _PLAIN_WIDTH
    Console(highlight=False, markup=False, width=width).print(table)
