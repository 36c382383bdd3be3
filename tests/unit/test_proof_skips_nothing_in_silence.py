"""The proof takes every event once, and its table says of each step how it ended."""

import pytest

from local.proof.building import ENVIRONMENTS, ONLY_HERE, overrides, parameters
from local.proof.invoking import EVENTS, events, function_of
from local.proof.ledger import Failed, Ledger, Result, Skipped
from tests.template import functions


def raising(error: Exception) -> str:
    raise error


def test_every_event_is_for_a_function_and_taken_in_one_environment() -> None:
    taken = [path for environment in ENVIRONMENTS for path in events(environment)]
    assert sorted(taken) == sorted(EVENTS.glob("*.json"))
    assert {function_of(path) for path in taken} == functions().keys()


def test_a_step_ends_proven_skipped_or_failed_and_the_table_shows_which(capsys: pytest.CaptureFixture[str]) -> None:
    ledger = Ledger()
    assert ledger.step("a build", lambda: "3 MB")
    assert not ledger.step("an engine", lambda: raising(Skipped("not installed: docker.io")))
    failed_before = ledger.failed
    assert not ledger.step("a deployment", lambda: raising(Failed("a long log\nended with 1")))
    assert (failed_before, ledger.failed) == (False, True)
    assert [line.result for line in ledger.lines] == [Result.PROVEN, Result.SKIPPED, Result.FAILED]
    ledger.show()
    shown = capsys.readouterr().out
    for text in ("3 MB", "not installed: docker.io", "ended with 1", "FAILED"):
        assert text in shown
    assert "a long log" not in shown


def test_an_environment_is_deployed_as_samconfig_says_but_for_what_only_holds_here() -> None:
    values = parameters("traffic", {"OffsetSeconds": "30"})
    assert values["Measures"] == "person:COUNT,car:COUNT"
    assert values.items() >= ONLY_HERE.items()
    assert 'OffsetSeconds="30"' in overrides(values)
