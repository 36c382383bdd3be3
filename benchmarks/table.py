"""The benchmark's table, on a terminal and on the page: the same cells."""

from collections.abc import Iterator, Sequence
from math import floor, log10

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.lines import Goal, Line

HEADER = ("", "case", "figure", "Tidegate", "", "beside it", "ratio")
GOALS_HEADER = ("", "goal", "measured", "limit", "")


def cells(line: Line) -> tuple[str, ...]:
    """A line's cells under HEADER."""
    ours = f"{number(line.ours)} {line.unit}"
    if line.theirs is None:
        return (line.row, line.case, line.figure, ours, line.against, line.reason, "")
    ratio = "" if line.ratio is None else number(line.ratio)
    return (line.row, line.case, line.figure, ours, line.against, number(line.theirs), ratio)


def goal_cells(goal: Goal) -> tuple[str, ...]:
    """A goal's cells under GOALS_HEADER."""
    return (goal.row, goal.text, number(goal.value), number(goal.limit), goal.verdict)


def number(value: float) -> str:
    """Three digits that count, in a form that people read."""
    if not value or abs(value) >= 100:
        return f"{value:,.0f}"
    digits = 2 - floor(log10(abs(value)))
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def print_table(lines: Sequence[Line], goals: Sequence[Goal]) -> None:
    """On standard output."""
    console = Console(width=None if Console().is_terminal else 190)
    console.print(_table(HEADER, map(cells, lines)))
    if goals:
        console.print(_table(GOALS_HEADER, map(goal_cells, goals)))
    for note in dict.fromkeys(f"{line.against}: {line.reason}" for line in lines if line.reason and line.theirs):
        console.print(note)


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for name in header:
        table.add_column(name, justify="right" if name in ("Tidegate", "beside it", "ratio", "limit") else "left")
    for row in rows:
        table.add_row(*row)
    return table
