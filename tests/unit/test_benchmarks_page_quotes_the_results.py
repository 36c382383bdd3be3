"""docs/benchmarks.md says what benchmarks/results/bench.json says, and the picture draws the same figures."""

from benchmarks.__main__ import ROWS, TITLES
from benchmarks.goals import goals
from benchmarks.growth import slopes
from benchmarks.lines import Line
from benchmarks.page import PAGE, generated, quoted
from benchmarks.results_file import PATH, read_results


def test_the_page_quotes_the_last_results() -> None:
    assert quoted() == generated(read_results())


def test_the_file_is_what_a_run_writes() -> None:
    assert read_results().to_json() == PATH.read_text()


def test_goals_and_slopes_follow_from_the_lines() -> None:
    results = read_results()

    assert list(results.goals) == goals(results.lines)
    assert dict(results.slopes) == slopes(results.lines)


def test_every_line_says_how_it_is_measured() -> None:
    results = read_results()

    assert set(results.commands) == {TITLES.get(name, name) for name in ROWS}
    assert {line.row for line in results.lines} <= set(results.commands)


def test_a_peer_without_a_figure_has_a_reason() -> None:
    assert [line for line in read_results().lines if line.against and line.theirs is None and not line.reason] == []


def test_the_page_shows_the_picture() -> None:
    assert "(growth.svg)" in PAGE.read_text()
    assert (PAGE.parent / "growth.svg").exists()


def test_ratio_is_ours_for_one_of_theirs() -> None:
    line = Line("flush", "10 rows", 10, "CPU", "s", 3.0, "polars", 2.0)

    assert line.ratio == 1.5
