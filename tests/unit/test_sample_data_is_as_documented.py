"""docs/sample-data.md lists the incidents as they are dealt."""

from pathlib import Path

import pytest

from tidegate.generate.generator import SCENARIOS
from tidegate.generate.plan import Card

DOCUMENT = Path(__file__).parents[2] / "docs" / "sample-data.md"


def row(card: Card) -> str:
    """The card as a line of the document's table."""
    factor, minutes = (
        f"{low:g} to {high:g}" if low != high else f"{low:g}" for low, high in (card.factors, card.minutes)
    )
    hits, measures = ", ".join(card.dimensions), ", ".join(card.measures)
    return f"| {card.cause} | {card.kind} | {hits} | {measures} | {factor} | {minutes} |"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_tables_are_the_decks(scenario: str) -> None:
    section = DOCUMENT.read_text().split(f"\n## {scenario}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert rows == [row(card) for card in SCENARIOS[scenario].planner.deck if card]
