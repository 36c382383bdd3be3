"""Whatever a command writes when nothing more can be written: one line says so, and the exit code is 2."""

import json
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.template import ROOT
from tests.replaying import record

LEAST = 64
"""Bytes that a file may have: a disk that is full, for whoever may write any file."""
SETTINGS = ["--set", "Measures=views:SUM"]
HISTORY = ["--interval", "5m", "--timestamp-column", "t", "--measure", "v:SUM"]
COMMANDS = {
    "replay": ["replay", "records.jsonl", *SETTINGS, "--output", "out"],
    "backtest": ["backtest", "history.csv", *HISTORY, "--output", "out"],
    "generate": ["generate", "ecommerce", "--hours", "1", "--seed", "1", "--output", "shop.jsonl"],
    "redrive": ["redrive", "--local", "replayed", "--export", "bad.jsonl"],
    "anomalies": ["anomalies", "export", "--local", "replayed", "--output", "found.csv"],
}


def tidegate(folder: Path, arguments: list[str], output: str = "/dev/null") -> tuple[int, str]:
    """Exit code and standard error of a command that may write LEAST bytes to a file."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LEAST, LEAST))

    with Path(output).open("w") as stdout:
        done = subprocess.run(
            [sys.executable, "-m", "local.cli", *arguments],
            cwd=folder,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'tidegate'}", "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=limit,
            check=False,
        )
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("full")
    lines = [record(event_time=f"2026-06-01 12:00:{second:02d}", views=second) for second in range(20)]
    (made / "records.jsonl").write_bytes(b"\n".join(lines))
    times = (datetime(2026, 6, 1, tzinfo=UTC) + timedelta(minutes=5 * place) for place in range(400))
    (made / "history.csv").write_text("t,v\n" + "".join(f"{time:%Y-%m-%d %H:%M:%S},{time.minute}\n" for time in times))
    quarantine = made / "replayed" / "quarantine" / "date=2026-06-01"
    quarantine.mkdir(parents=True)
    bad = {"shard": "s", "sequence": "1", "sub": 0, "partition_key": "k", "arrival": "2026-06-01T12:00:00+00:00"}
    bad |= {"reason": "not_json", "detail": "is not JSON", "data": "YWFh" * 40}
    (quarantine / "one.jsonl").write_text(json.dumps(bad) + "\n")
    event = (ROOT / "events" / "alert-tidegate.json").read_text()
    (made / "replayed" / "alerts.jsonl").write_text(json.dumps(json.loads(event)) + "\n")
    return made


@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_that_cannot_grow(name: str, folder: Path) -> None:
    code, told = tidegate(folder, COMMANDS[name])
    last = told.strip().splitlines()[-1]
    assert (code, "Traceback" in told) == (2, False), told
    assert last.startswith(f"tidegate {name}: ")
    assert "File too large" in last
    assert not list((folder / "out").glob("*"))


@pytest.mark.parametrize("arguments", [["check", "records.jsonl", *SETTINGS], ["detect-config", "records.jsonl"]])
def test_standard_output_that_takes_nothing(arguments: list[str], folder: Path) -> None:
    code, told = tidegate(folder, arguments, "/dev/full")
    assert (code, "Traceback" in told, "Exception ignored" in told) == (2, False, False), told
    assert told.strip().endswith("standard output: No space left on device; what was written is not whole")


def test_a_reader_that_has_gone(folder: Path) -> None:
    command = f"{sys.executable} -m local.cli detect-config records.jsonl | true; echo ${{PIPESTATUS[0]}}"
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'tidegate'}"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    assert (done.stdout.strip(), done.stderr) == ("141", "")
