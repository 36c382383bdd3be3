"""Commands as people type them, their output kept for the case that they fail."""

import os
import subprocess
from collections.abc import Mapping, Sequence

from local.proof.ledger import Failed
from local.template import ROOT

LAST_CHARACTERS = 4_000


def run(command: Sequence[str], environment: Mapping[str, str] | None = None, *, seconds: float = 600) -> str:
    """Run a command in the project's folder; gives its standard output. Raises Failed with the end of its output."""
    return complete(command, environment, seconds=seconds).stdout


def complete(
    command: Sequence[str], environment: Mapping[str, str] | None = None, *, seconds: float = 600
) -> subprocess.CompletedProcess[str]:
    """As `run`; gives standard error too."""
    shown = " ".join(command[:4])
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"{shown} ... did not end within {seconds:.0f} s") from None
    if done.returncode:
        raise Failed(f"{(done.stdout + done.stderr)[-LAST_CHARACTERS:]}\n{shown} ... ended with {done.returncode}")
    return done
