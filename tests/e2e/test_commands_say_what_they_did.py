"""replay, invoke and demo from the command line: what they print, their exit codes, and bad input."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from local.cli import main
from local.exit_codes import INTERRUPTED
from local.functions import LocalFunction
from tests.replaying import Replayed, record, replay, settings
from tests.template import ROOT

SHOP = settings(Measures="views:SUM", Dimensions="marketplace")
GOOD = record(marketplace="us", event_time="2021-05-24 19:18:28", views=1)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that must refuse its input; its message."""
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    return printed.err.splitlines()[-1]


def test_replay_ends_with_what_it_did_and_where_it_lies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = replay(tmp_path, [GOOD, b"bad", b"{}"], *SHOP)
    printed = capsys.readouterr().out
    assert re.search(r"records +3, of which 1 can be used", printed)
    assert re.search(r"quarantined +2 \(1 not_json, 1 no_timestamp\) in .*quarantine", printed)
    assert re.search(r"ledger +balanced: .*ledger\.json", printed)
    assert str(found.folder / "report.html") in printed
    report = (found.folder / "report.html").read_text()
    assert "records.jsonl.gz" in report
    assert "The model is still learning" in report


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (b"", [], "has no records"),
        (GOOD, ["--set", "Measures=views"], "Measures is 'views'"),
        (GOOD, ["--set", "IntervalMinutes=7"], "IntervalMinutes is 7: must divide a day"),
        (GOOD, ["--set", "Nonsense"], "--set Nonsense: must be Name=Value"),
        (GOOD, ["--config-env", "none"], "--config-env none: samconfig.toml has ecommerce, traffic"),
        (
            GOOD + b"\n" + record(marketplace="us", event_time="2025-05-24 19:18:28", views=1),
            [],
            "line 2: comes 1,461 days after the record before it",
        ),
    ],
)
def test_replay_refuses_what_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, arguments: list[str], message: str
) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(content)
    said = refused(capsys, "replay", str(path), *SHOP, *arguments, "--output", str(tmp_path / "out"))
    assert message in said


def test_replay_needs_measures_a_file_and_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(GOOD)
    assert "Measures is ''" in refused(capsys, "replay", str(path), "--output", str(tmp_path / "out"))
    nowhere = str(tmp_path / "nowhere.jsonl")
    assert f"{nowhere}: cannot be read" in refused(capsys, "replay", nowhere, *SHOP, "--output", str(tmp_path / "out"))
    assert "--output" in refused(capsys, "replay", str(path), *SHOP, "--output", str(path))


def test_replay_takes_a_folder(tmp_path: Path) -> None:
    records = tmp_path / "records"
    records.mkdir()
    for minute in (18, 23):
        line = record(marketplace="us", event_time=f"2021-05-24 19:{minute}:28", views=minute)
        (records / f"{minute}.jsonl").write_bytes(line)
    output = tmp_path / "out"
    assert main(["replay", str(records), *SHOP, "--output", str(output)]) == 0
    assert Replayed(output).rows() == {
        "2021-05-24 1915": [["2021-05-24 19:18:28", "us", "18"]],
        "2021-05-24 1920": [["2021-05-24 19:23:28", "us", "23"]],
    }


@pytest.mark.parametrize("is_sorted", [True, False])
def test_replay_names_the_order_of_a_file_that_runs_backwards(
    is_sorted: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    times = [f"2021-05-{day:02d} {hour:02d}:00:00" for day in range(1, 5) for hour in range(24)]
    records = [record(marketplace="us", event_time=time, views=1) for time in times]
    replay(tmp_path, records if is_sorted else records[::-1], *SHOP)
    printed = capsys.readouterr().out
    assert (
        "Warning: 95 of 96 records lie behind a later one, as in a file that runs backwards" in printed
    ) != is_sorted
    assert ("late. Sort it first: `jq -sc 'sort_by(.\"event_time\")[]' FILE`" in printed) != is_sorted


def test_replay_tells_of_functions_that_fail_and_keeps_what_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    invoke = LocalFunction.invoke

    def failing(self: LocalFunction, event: Any, *rest: Any) -> object:
        return invoke(self, {"time": "never"} if self.folder == "detect" else event, *rest)

    monkeypatch.setattr(LocalFunction, "invoke", failing)
    path, output = tmp_path / "records.jsonl", tmp_path / "out"
    path.write_bytes(GOOD)
    assert main(["replay", str(path), *SHOP, "--output", str(output)]) == 1
    printed = capsys.readouterr()
    assert "the intervals before 2021-05-24T19:20:00Z are not closed and scored" in printed.err
    assert re.search(r"errors +\d+ calls failed, the last with detect: InputError: event", printed.out)
    assert Replayed(output).rows()["2021-05-24 1915"] == [["2021-05-24 19:18:28", "us", "1"]]


def test_replay_of_records_of_which_none_can_be_used_is_not_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"bad\n{}\n")
    assert main(["replay", str(path), *SHOP, "--output", str(tmp_path / "out")]) == 1
    printed = capsys.readouterr().out
    assert re.search(r"records +2, of which 0 can be used", printed)
    assert "`tidegate check FILE` with the same parameters says why" in printed


def test_replay_never_removes_its_own_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(GOOD)
    assert "would be replaced" in refused(capsys, "replay", str(path), *SHOP, "--output", str(tmp_path))
    assert path.read_bytes() == GOOD


def test_replay_removes_nothing_that_it_did_not_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, output = tmp_path / "records.jsonl", tmp_path / "out"
    path.write_bytes(GOOD)
    for _ in range(2):
        assert main(["replay", str(path), *SHOP, "--output", str(output)]) == 0
    capsys.readouterr()
    (output / "s3" / "precious.txt").write_text("mine")
    assert "no earlier run wrote it" in refused(capsys, "replay", str(path), *SHOP, "--output", str(output))
    assert (output / "s3" / "precious.txt").read_text() == "mine"


@pytest.mark.parametrize("event", sorted((ROOT / "events").glob("*.json")), ids=lambda path: path.stem)
def test_every_canonical_event_can_be_invoked(event: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = 1 if "malformed" in event.stem else 0
    assert main(["invoke", event.stem.partition("-")[0], str(event), "--json"]) == expected
    document = json.loads(capsys.readouterr().out)
    assert ("raised" in document) == bool(expected)
    assert set(document) - {"raised", "returned"} == {
        "function", "event", "items", "objects", "published", "invoked", "put",
    }  # fmt: skip


def test_invoke_shows_what_a_function_returned_wrote_and_published(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["invoke", "ingest", str(ROOT / "events" / "ingest-bad-records.json")]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith('returned: {"batchItemFailures": []}')
    assert "BufferTable: " in printed
    assert "OperationsBucket/quarantine/date=2026-06-01/" in printed
    assert main(["invoke", "alert", str(ROOT / "events" / "alert-lookout-2022.json")]) == 0
    printed = capsys.readouterr().out
    assert "AnomalyTable: 1 items" in printed
    assert "published: " in printed


def test_invoke_refuses_what_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event = str(ROOT / "events" / "flush-scheduled.json")
    assert "there are generate, ingest, flush" in refused(capsys, "invoke", "render", event)
    assert "--set DeployGenerator" in refused(capsys, "invoke", "generate", event, *settings(DeployGenerator="none"))
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert "is not JSON" in refused(capsys, "invoke", "flush", str(broken))


def test_a_demo_that_is_stopped_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("local.commands.demo.write_report", stopped)
    assert main(["demo", "--days", "0.05", "--output", str(tmp_path)]) == INTERRUPTED
    assert list(tmp_path.iterdir()) == []


def test_a_short_demo_closes_its_intervals_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--days", "0.05", "--output", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"records generated +1,260 in 1 simulated hours", printed)
    assert "0 of 0 planted incidents found" in printed
    found = Replayed(tmp_path)
    rows = found.rows()
    assert len(rows) == 12
    assert {len(interval) for interval in rows.values()} == {105}
    assert found.ledger()["totals"]["balanced"]
    assert "--days 0" in refused(capsys, "demo", "--days", "0", "--output", str(tmp_path))
