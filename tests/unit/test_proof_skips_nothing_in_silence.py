"""The proof takes every event once, and its table says of each step how it ended."""

import json
from pathlib import Path

import pytest

from local.proof.building import ENVIRONMENTS, ONLY_HERE, overrides, parameters
from local.proof.engine import Engine
from local.proof.invoking import EVENTS, events, function_of
from local.proof.ledger import Failed, Ledger, Result, Skipped
from local.proof.limits import HASTY, Limits
from local.proof.options import SKIPPED, Existing, beside, of_its_own
from local.template import Template
from tests.template import functions, template, walk


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


def test_every_option_is_deployed_or_said_to_be_skipped() -> None:
    exists = Existing("stream", "topic", "key", "secret")
    taken = {*beside(exists), *of_its_own(exists), *(claim.partition("=")[0] for claim in SKIPPED)}
    for name, condition in template()["Conditions"].items():
        (parameter,) = (node["Ref"] for node in walk(condition) if isinstance(node, dict) and "Ref" in node)
        assert parameter in taken, name


def test_the_probe_of_limits_has_the_memory_and_time_of_each_function(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written = tmp_path / "limits.yaml"
    monkeypatch.setattr("local.proof.limits.TEMPLATE", written)
    limits = Limits(Engine("unix:///none", "127.0.0.1"), Template("limits", parameters("ecommerce")))
    assert limits.folders == list(functions())
    probes = json.loads(written.read_text())["Resources"]
    assert probes.pop(HASTY)["Properties"]["Timeout"] == 2
    given = {(one["MemorySize"], one["Timeout"]) for one in functions().values()}
    assert {(one["Properties"]["MemorySize"], one["Properties"]["Timeout"]) for one in probes.values()} == given


def test_an_environment_is_deployed_as_samconfig_says_but_for_what_only_holds_here() -> None:
    values = parameters("traffic", {"OffsetSeconds": "30"})
    assert values["Measures"] == "person:COUNT,car:COUNT"
    assert values.items() >= ONLY_HERE.items()
    assert 'OffsetSeconds="30"' in overrides(values)
