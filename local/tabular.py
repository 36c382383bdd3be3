"""Tables on stdout."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from shutil import get_terminal_size
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
    is_terminal = sys.stdout.isatty()
    width = get_terminal_size().columns if is_terminal else _PLAIN_WIDTH
    text = StringIO()  # printed below: rich's own printing ends the process when its reader has gone
    Console(file=text, force_terminal=is_terminal, highlight=False, markup=False, width=width).print(table)
    print(text.getvalue(), end="")
