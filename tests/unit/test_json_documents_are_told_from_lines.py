"""One JSON document where lines are read is named, with the command that makes lines of it."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.cli import main
from local.json_documents import document_problem

TIMES = [f"2026-03-21T{hour:02d}:00:00+00:00" for hour in (3, 2, 1)]
METRIC_DATA = {"MetricDataResults": [{"Id": "m1", "Timestamps": TIMES, "Values": [3.0, 2.0, 1.0]}], "Messages": []}
STATISTICS = {"Label": "CPU", "Datapoints": [{"Timestamp": time, "Average": 1.5} for time in TIMES]}
LIST = [{"time": time, "value": 2} for time in TIMES]
DOCUMENTS: dict[str, tuple[object, int | None, str]] = {
    "get-metric-data": (METRIC_DATA, 4, "is what `aws cloudwatch get-metric-data` prints"),
    "get-metric-data on one line": (METRIC_DATA, None, "is what `aws cloudwatch get-metric-data` prints"),
    "get-metric-statistics": (STATISTICS, 4, "is what `aws cloudwatch get-metric-statistics` prints"),
    "a list": (LIST, 1, "is one JSON array"),
    "a list on one line": (LIST, None, "is one JSON array"),
    "an object": (LIST[0], 2, "is JSON over many lines"),
}
COMMANDS = {
    "check": ["--set", "Measures=value:AVG"],
    "replay": ["--set", "Measures=value:AVG", "--output", "out"],
    "backtest": ["--interval", "1h", "--timestamp-column", "time", "--measure", "value:AVG", "--output", "out"],
    "detect-config": [],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", DOCUMENTS)
def test_every_command_names_what_it_is(
    case: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    document, indent, said = DOCUMENTS[case]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document, indent=indent) + "\n")
    monkeypatch.chdir(tmp_path)
    assert main([command, str(path), *COMMANDS[command]]) == 2
    assert f"tidegate {command}: {path}: {said}; a record is one object a line: `jq -c '" in capsys.readouterr().err


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
@pytest.mark.parametrize("case", DOCUMENTS)
def test_the_command_that_is_told_makes_lines_in_order_of_time(case: str, tmp_path: Path) -> None:
    document, indent, _ = DOCUMENTS[case]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document, indent=indent))
    told = re.search("`(jq -c '.*') FILE`", document_problem(path.read_bytes()))
    assert told
    done = subprocess.run(f"{told[1]} {path}", shell=True, capture_output=True, text=True, check=True)
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert not document_problem(done.stdout.encode())
    if "get-metric" in case:
        times = [line.get("time") or line["Timestamp"] for line in lines]
        assert times == sorted(TIMES)
        assert {len(line) for line in lines} <= {2, 3}


@pytest.mark.parametrize(
    "text",
    [b'{"a": 1}\n{"a": 2}\n', b'{"a": 1}', b"{\n" + b'{"a": 1}\n', b'[1]\n{"a": 1}\n', b"[1]\n[2]\n", b"time,v\n", b""],
)
def test_lines_are_no_document_though_one_is_bad(text: bytes) -> None:
    assert document_problem(text) == ""
