"""What the functions are given is what they were measured with, and docs/deploy.md shows it."""

import json
from typing import Any

import pytest

from tests.template import ROOT, functions

ROWS: list[dict[str, Any]] = json.loads((ROOT / "benchmarks" / "results" / "sizes.json").read_text())


def test_every_function_is_measured() -> None:
    assert {row["function"] for row in ROWS} == functions().keys()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['function']}: {row['work']}")
def test_memory_and_time_out_are_those_of_the_measurement_and_leave_room(row: dict[str, Any]) -> None:
    given = functions()[row["function"]]
    assert (given["MemorySize"], given["Timeout"]) == (row["memory_mb"], row["timeout"])
    assert row["peak_mb"] <= 0.8 * row["memory_mb"]
    assert row["seconds"] <= 0.5 * row["timeout"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['function']}: {row['work']}")
def test_the_documentation_shows_it(row: dict[str, Any]) -> None:
    memory = f"{row['peak_mb']:.0f} of {row['memory_mb']}"
    cells = (row["function"], row["work"], memory, f"{row['import_seconds']:.1f}", f"{row['cpu_seconds']:.1f}",
             f"{row['seconds']:.0f} of {row['timeout']}")  # fmt: skip
    assert f"| {' | '.join(cells)} |" in (ROOT / "docs" / "deploy.md").read_text()
