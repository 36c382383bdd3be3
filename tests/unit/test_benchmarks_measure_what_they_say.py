"""The benchmark's own tools: processes, ratios, slopes, goals, and peers that are not there."""

import sys
from pathlib import Path

import pytest

from benchmarks import peers, read_interval
from benchmarks.growth import OURS, PANELS, curves, slope
from benchmarks.lines import Goal, Line, rounded
from benchmarks.processes import ProcessFailed, run
from benchmarks.table import cells, number
from benchmarks.timing import least_seconds


def test_a_command_gives_its_output_and_what_it_took() -> None:
    finished = run([sys.executable, "-c", "print(sum(range(1_000_000)))"])

    assert finished.output == "499999500000\n"
    assert finished.cpu_seconds > 0
    assert finished.peak_mb > 1


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(ProcessFailed, match="no such thing"):
        run([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_pieces_of_work_are_timed_in_turn() -> None:
    done: list[str] = []

    seconds = least_seconds((lambda: done.append("a"), lambda: done.append("b")), repeats=2)

    assert done == ["a", "b", "a", "b"]
    assert len(seconds) == 2


def test_an_interval_is_read_whole_in_a_process_of_its_own() -> None:
    found = read_interval.measure(2_000, 3)

    assert found.rows == 2_000
    assert found.object_mb == pytest.approx(0.08, rel=0.2)
    assert found.seconds > 0
    assert found.peak_mb > 10


def test_a_peer_without_environment_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(peers, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(peers, "versions", dict)

    with pytest.raises(peers.NotInstalled, match="make bench has not set up"):
        peers.ask("polars", "flush_polars")


def test_a_peer_without_a_figure_shows_its_reason() -> None:
    line = Line("flush", "10 rows", 10, "CPU", "s", 3.0, "polars", None, "not installed")

    assert cells(line) == ("flush", "10 rows", "CPU", "3 s", "polars", "not installed", "")


@pytest.mark.parametrize(("power", "curve"), [(0.0, [(1, 5.0), (10, 5.0)]), (2.0, [(2, 4.0), (3, 9.0), (10, 100.0)])])
def test_the_slope_is_the_power_of_the_size(power: float, curve: list[tuple[int, float]]) -> None:
    assert slope(curve) == pytest.approx(power)


def test_a_curve_is_ours_and_one_for_each_that_stands_beside_it() -> None:
    panel = PANELS[0]
    lines = [Line(panel.row, "", size, panel.figure, "us", 1.0, "floor", 0.5) for size in (100, 10)]

    assert curves(lines, panel) == {OURS: [(10, 1.0), (100, 1.0)], "floor": [(10, 0.5), (100, 0.5)]}


@pytest.mark.parametrize(("value", "verdict"), [(1.5, "met"), (1.2, "met"), (3.0, "missed by 100 %")])
def test_a_goal_is_met_or_missed_by_so_much(value: float, verdict: str) -> None:
    assert Goal("ingest", "", value, limit=1.5).verdict == verdict


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (0.001234, "0.00123"), (25.0, "25"), (1234.5, "1,234"), (9.99, "9.99")]
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text
    assert number(rounded(value)) == text
