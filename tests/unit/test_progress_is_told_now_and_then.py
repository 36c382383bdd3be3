"""Long work says how far it is; on a pipe in plain lines, and not too many of them."""

import pytest

from local import progress as module
from local.progress import progress


def test_a_line_says_how_far(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LINES", 0)
    with progress("scoring", 2000, "intervals") as advance:
        advance(1200)
    with progress("reading", None, "rows") as advance:
        advance(5)
        advance(5)
    told = capsys.readouterr()
    assert told.err == "scoring: 1,200 of 2,000 intervals\nreading: 5 rows\nreading: 10 rows\n"
    assert told.out == ""


def test_short_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("scoring", 2000, "intervals") as advance:
        for _ in range(2000):
            advance(1)
    assert capsys.readouterr().err == ""


def test_an_error_inside_goes_through() -> None:
    with pytest.raises(ValueError, match="broken"), progress("scoring", 1, "intervals"):
        raise ValueError("broken")


def test_a_terminal_gets_a_bar_that_goes_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress("scoring", 10, "intervals") as advance:
        advance(10)
    assert "scoring: " not in capsys.readouterr().err
