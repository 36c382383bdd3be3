"""`tidegate generate`: where records and labels go, that runs agree, and what it says of wrong arguments."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.cli import main


def test_records_and_labels_are_written_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "shop.jsonl"
    arguments = ["generate", "ecommerce", "--hours", "6", "--seed", "7", "--quiet-hours", "0", "--output", str(output)]
    assert main(arguments) == 0
    lines = output.read_text().splitlines()
    labels = json.loads((tmp_path / "shop.jsonl.labels.json").read_text())
    assert json.loads(lines[0])["event_time"].startswith("2026-06-01 00:00:")
    assert json.loads(lines[-1])["event_time"].startswith("2026-06-01 05:59:")
    assert (labels["start"], labels["end"]) == ("2026-06-01T00:00:00Z", "2026-06-01T06:00:00Z")
    assert len(labels["incidents"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"{len(lines):,} records from 2026-06-01T00:00:00Z to 2026-06-01T06:00:00Z in {output}" in said.err
    assert f"1 incident in {output}.labels.json" in said.err


def test_two_runs_agree_and_standard_output_gets_records_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["generate", "traffic", "--hours", "0.5", "--seed", "1", "--start", "2026-03-29T02:00:00+02:00"]
    assert main(arguments) == 0
    first = capsys.readouterr().out
    assert main(arguments) == 0
    assert capsys.readouterr().out == first
    assert all(1_774_742_400_000 <= json.loads(line)["event_time"] < 1_774_744_200_000 for line in first.splitlines())
    assert json.loads((tmp_path / "traffic.labels.json").read_text())["incidents"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--hours", "0"], "--hours: 0 must be at least a minute"),
        (["--hours", "nan"], "--hours: nan must be at least a minute"),
        (["--hours", "1", "--start", "yesterday"], "--start: 'yesterday' is no time"),
        (["--hours", "1", "--start", "2026-06-01T00:00:30Z"], "must be a whole minute"),
        (["--hours", "1", "--start", "9999-12-31T23:00:00Z"], "must lie in the years 1971 to 2999"),
        (["--hours", "1", "--quiet-hours", "-1"], "--quiet-hours: -1 is negative"),
        (["--hours", "1", "--output", "missing/x.jsonl"], "missing/x.jsonl.labels.json: cannot be written: No such"),
        (["--hours", "1", "--output", "same", "--labels", "same"], "--labels: same is the records' file"),
        (["--hours", "soon"], "argument --hours: invalid float value: 'soon'"),
    ],
)
def test_wrong_arguments_exit_with_2_and_say_which(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "ecommerce", "--seed", "7", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local.cli", "generate", "ecommerce", "--hours", "24", "--seed", "7"]
    root = Path(__file__).parents[2]
    environment = {"PYTHONPATH": f"{root}:{root / 'layers' / 'tidegate'}", "PATH": ""}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=environment, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline().startswith("{")
        running.stdout.close()
        assert running.stderr.read() == ""
        assert running.wait() == 141
