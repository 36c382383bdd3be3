"""benchmarks/results/bench.json: what the last whole run measured. docs/benchmarks.md quotes it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.lines import Goal, Line, rounded

PATH: Final = Path(__file__).parent / "results" / "bench.json"


@dataclass(frozen=True, slots=True)
class Results:
    """One run. commands: row -> what measures it alone. slopes: as `benchmarks.growth` gives them."""

    machine: Mapping[str, str | int]
    versions: Mapping[str, str]
    commands: Mapping[str, str]
    lines: tuple[Line, ...]
    goals: tuple[Goal, ...]
    slopes: Mapping[str, float]

    def to_json(self) -> str:
        """The file's text; ratios and verdicts are in it for who reads it without us."""
        document = asdict(self)
        for written, line in zip(document["lines"], self.lines, strict=True):
            written["ratio"] = None if line.ratio is None else rounded(line.ratio)
        for written, goal in zip(document["goals"], self.goals, strict=True):
            written["verdict"] = goal.verdict
        return json.dumps(document, indent=1) + "\n"


def read_results(path: Path = PATH) -> Results:
    """The last run's results."""
    document: dict[str, Any] = json.loads(path.read_text())
    lines = tuple(Line(**{name: value for name, value in one.items() if name != "ratio"}) for one in document["lines"])
    goals = tuple(
        Goal(**{name: value for name, value in one.items() if name != "verdict"}) for one in document["goals"]
    )
    return Results(**{**document, "lines": lines, "goals": goals})
