"""Commands that read their input more than once take what comes only once: pipes and standard input."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.replaying import Replayed
from tidegate.contracts.timestamps import TimestampCodec

COUNT = 6_000
"""Records: more than a pipe holds, and than is read at once."""
START = 1_780_272_000
PARAMETERS = ("--set", "Measures=views:SUM", "--set", "Dimensions=shop")


def records(suffix: str) -> bytes:
    time = TimestampCodec("yyyy-MM-dd HH:mm:ss", "UTC").text
    rows = [(time(START + at), "ab"[at % 2], at) for at in range(COUNT)]
    if suffix == "csv":
        return b"event_time,shop,views\n" + "".join(f"{at},{shop},{views}\n" for at, shop, views in rows).encode()
    return "".join(f'{{"event_time":"{at}","shop":"{shop}","views":{views}}}\n' for at, shop, views in rows).encode()


def ran(arguments: list[str], content: bytes, source: str, folder: Path) -> str:
    """What a command prints that gets these bytes as its source, of which `FILE` is where they lie."""
    (folder / "file").write_bytes(content)
    name, *options = map(shlex.quote, arguments)
    source = source.replace("FILE", shlex.quote(str(folder / "file")))
    line = f"{sys.executable} -m local.cli {name} {source} {' '.join(options)}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("source", ["<(cat FILE)", "/dev/stdin < <(cat FILE)", "- < FILE"])
@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_check_counts_every_record(suffix: str, source: str, tmp_path: Path) -> None:
    printed = ran(["check", *PARAMETERS], records(suffix), source, tmp_path)
    assert f"can be used     {COUNT:,}\n" in printed


@pytest.mark.parametrize("source", ["<(cat FILE)", "/dev/stdin < <(cat FILE)", "- < FILE"])
@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_detect_config_sees_the_first_records(suffix: str, source: str, tmp_path: Path) -> None:
    printed = ran(["detect-config"], records(suffix), source, tmp_path)
    assert f"{COUNT:,} records looked at" in printed
    assert "2026-06-01 00:00:00" in printed
    assert "tidegate check FILE --config-env" in printed, "what came through a pipe is gone"


def test_replay_takes_every_record(tmp_path: Path) -> None:
    output = tmp_path / "out"
    printed = ran(["replay", *PARAMETERS, "--output", str(output)], records("csv"), "<(cat FILE)", tmp_path)
    assert f"{COUNT:,}, of which {COUNT:,} can be used" in printed
    assert sum(map(len, Replayed(output).rows().values())) == COUNT
