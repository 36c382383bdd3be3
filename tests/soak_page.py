"""The last results of `make soak` as docs/faults.md quotes them."""

import json
from pathlib import Path
from typing import Any, Final

PAGE: Final = Path(__file__).parents[1] / "docs" / "faults.md"
BEGIN: Final = "<!-- make soak: from here -->\n"
END: Final = "<!-- make soak: to here -->"
_NAMES: Final = {
    "histories": "random histories of delivery",
    "inputs": "examples of each input",
    "load": "records through the deployed functions",
}


def generated(results: dict[str, Any]) -> str:
    """The table of a run's parts, and of the load at several points."""
    lines = ["| part | count | s | CPU s | on |", "|---|---|---|---|---|"]
    for name, title in _NAMES.items():
        if part := results.get(name):
            versions = ", ".join(f"{package} {number}" for package, number in sorted(part["versions"].items()))
            place = f"{part['machine']['cores']} cores of {part['machine']['processor']}; {versions}"
            seconds = f"{part['seconds']:,.0f} | {part['cpu_seconds']:,.0f}"
            lines.append(f"| {title} | {part['count']:,} | {seconds} | {place} |")
    if points := results.get("load", {}).get("details"):
        lines += ["", "| records so far | records a CPU second | resident MB |", "|---|---|---|"]
        lines += [f"| {p['records']:,.0f} | {p['per_cpu_second']:,.0f} | {p['resident_mb']:,.0f} |" for p in points]
    return "\n".join(lines) + "\n"


def quoted() -> str:
    """What the page has between its marks."""
    return PAGE.read_text().partition(BEGIN)[2].partition(END)[0]


def write_page(results: Path) -> None:
    """Put the results between the page's marks."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{generated(json.loads(results.read_text()))}{END}{after}")
