"""docs/faults.md says what the last soak found, names tests that there are, and shows a history that holds."""

import json
import re
from textwrap import dedent

from tests.replay_history import read_history
from tests.soak import PARTS, RESULTS
from tests.soak_page import PAGE, generated, quoted
from tests.template import ROOT
from tests.unit.test_any_delivery_gives_the_same_objects import check


def test_the_page_quotes_the_last_results() -> None:
    assert quoted() == generated(json.loads(RESULTS.read_text()))


def test_the_results_are_of_the_size_that_the_soak_has() -> None:
    results = json.loads(RESULTS.read_text())
    assert results.keys() <= PARTS.keys()
    assert all(part["count"] == PARTS[name][0] for name, part in results.items())


def test_the_tests_that_it_names_are_there() -> None:
    named = re.findall(r"test_\w+\.py", PAGE.read_text())
    there = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    assert named
    assert set(named) <= there


def test_the_history_that_it_shows_holds() -> None:
    text = PAGE.read_text().partition("<<'END'\n")[2].partition("END\n")[0]
    check(read_history(dedent(text)))
