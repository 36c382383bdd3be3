"""The generated part of docs/benchmarks.md: between two markers, made from the results, and nothing else."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.growth import OURS, PANELS
from benchmarks.prices import PRICES
from benchmarks.results_file import Results
from benchmarks.table import GOALS_HEADER, HEADER, cells, goal_cells

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
BEGIN: Final = "<!-- make bench: from here -->"
END: Final = "<!-- make bench: to here -->"


def generated(results: Results) -> str:
    """What stands between the markers."""
    machine, versions = results.machine, ", ".join(f"{name} {value}" for name, value in results.versions.items())
    measured_on = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}"
    rows = [row for row in results.commands if any(line.row == row for line in results.lines)]
    tables = [_row(results, row) for row in rows]
    goals = _table((*GOALS_HEADER[:-1], "verdict"), map(goal_cells, results.goals))
    return "\n\n".join(
        [
            f"Measured on {measured_on}, with {versions}.",
            *tables,
            "### Goals",
            goals,
            "### Growth",
            _slopes(results),
            "### Prices",
            _prices(),
        ]
    )


def write_page(results: Results) -> None:
    """Put the generated part in its place."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{generated(results)}\n{END}{after}")


def quoted() -> str:
    """What stands between the markers now."""
    return PAGE.read_text().partition(BEGIN)[2].partition(END)[0].strip("\n")


def _row(results: Results, row: str) -> str:
    lines = [line for line in results.lines if line.row == row]
    notes = dict.fromkeys(f"{line.against or line.figure}: {line.reason}." for line in lines if line.reason)
    table = _table(HEADER[1:], (cells(line)[1:] for line in lines))
    return "\n\n".join(
        [f"### {row.capitalize()}", f"`{results.commands[row]}`", table, *([" ".join(notes)] if notes else [])]
    )


def _slopes(results: Results) -> str:
    rows: list[tuple[str, ...]] = []
    for panel in PANELS:
        found = {
            key.removeprefix(f"{panel.title}, "): value
            for key, value in results.slopes.items()
            if key.startswith(panel.title)
        }
        others = ", ".join(f"{name} {value}" for name, value in found.items() if name != OURS)
        if found:
            rows.append((panel.title, panel.size, str(found[OURS]), others))
    return _table(("figure", "grows with", "slope", "beside it"), rows)


def _prices() -> str:
    rows = ((f"{price.usd:.10f}".rstrip("0"), price.unit, price.as_of, price.source) for price in PRICES.values())
    return _table(("USD", "for a", "as of", "source"), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    texts = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in texts)
