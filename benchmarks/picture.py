"""docs/growth.svg, drawn with matplotlib in the peers' environment."""

import json
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from benchmarks.growth import PANELS, curves
from benchmarks.page import PAGE
from benchmarks.peers import ask
from benchmarks.results_file import Results

PICTURE: Final = PAGE.parent / "growth.svg"


def draw(results: Results, path: Path = PICTURE) -> None:
    """Draw the growth of all rows. Raises NotInstalled."""
    panels = []
    for panel in PANELS:
        found = curves(results.lines, panel)
        slopes = {name: results.slopes[f"{panel.title}, {name}"] for name in found}
        texts = {"title": panel.title, "size": panel.size, "unit": panel.unit}
        panels.append({**texts, "curves": found, "slopes": slopes})
    with NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(panels, file)
        file.flush()
        ask("matplotlib", "plot_growth", file.name, path)
