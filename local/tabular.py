"""Tables on stdout."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from shutil import get_terminal_size
from typing import Final, Literal

_PLAIN_WIDTH: Final = 140
"""Characters a line where stdout is no terminal."""


def shown(value: object, characters: int) -> str:
    """A record's value as one line of so many characters at most, without what a terminal would obey; null is empty."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    line = "".join(character if character.isprintable() else " " for character in text[: 4 * characters])
    return line if len(line) <= characters else f"{line[: characters - 3]}..."


type Justify = Literal["left", "right"]


def line_width() -> int:
    """Characters of a line of stdout."""
    return get_terminal_size().columns if sys.stdout.isatty() else _PLAIN_WIDTH


def print_table(title: str, columns: Mapping[str, Justify], rows: Iterable[Sequence[str]]) -> None:
    """Print a title and a table; a cell that is too wide for its column is broken into lines."""
    from rich import console, table  # noqa: PLC0415  # slow to import, and only commands that print tables need it

    shown = table.Table(box=None, padding=(0, 2, 0, 0))
    for name, justify in columns.items():
        shown.add_column(name, justify=justify, overflow="fold", header_style="dim")
    for row in rows:
        shown.add_row(*row)
    is_terminal = sys.stdout.isatty()
    text = StringIO()  # printed below: rich's own printing ends the process when its reader has gone
    output = console.Console(file=text, force_terminal=is_terminal, highlight=False, markup=False, width=line_width())
    output.print(title, style="bold")
    output.print(shown)
    print(text.getvalue(), end="")
