"""Measurements in processes of their own, with their CPU time and their memory."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryFile


class ProcessFailed(Exception):
    """A measured command did not succeed; the message is the end of its output."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that succeeded. cpu_seconds: of it and all its children; peak_mb: of the largest process of these."""

    output: str
    cpu_seconds: float
    peak_mb: float


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Finished:
    """Run a command to its end. Raises ProcessFailed."""
    with TemporaryFile() as output, TemporaryFile() as errors:
        child = subprocess.Popen(
            command, stdout=output, stderr=errors, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})}
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        printed = output.read().decode(errors="replace")
        if child.returncode:
            raise ProcessFailed((printed + errors.read().decode(errors="replace")).strip()[-2000:])
    return Finished(printed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def alone[**Given, Found](work: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs) -> Found:
    """What a function gives in a new process, in which nothing has run before."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *args, **kwargs).result()


def peak_mb() -> float:
    """Most memory that this process has had since it began, in megabytes: Linux's VmHWM.

    (ru_maxrss of a process that was just begun is that of the process that began it.)
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError("/proc/self/status has no VmHWM: memory is measured on Linux only")
