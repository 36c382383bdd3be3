"""What people would use instead: scripts that run in an environment of their own, so that none of it enters ours.

`make bench` installs benchmarks/peers/requirements.txt into .venv/peers. A script imports nothing of Tidegate and
prints one JSON document. What cannot be installed is told with its reason and has no figure.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from benchmarks.processes import Finished, ProcessFailed, run

FOLDER: Final = Path(__file__).parent
PYTHON: Final = Path(sys.prefix) / "peers" / "bin" / "python"
ROOT: Final = FOLDER.parents[1]


class NotInstalled(Exception):
    """A peer that is not there; the message says what is missing."""


def ask(package: str, module: str, *args: str | int | float | Path) -> dict[str, Any]:
    """What a module of this folder prints. Raises NotInstalled when its package is not there, ProcessFailed."""
    version(package)
    answer = run([PYTHON, "-m", f"benchmarks.peers.{module}", *map(str, args)], {"PYTHONPATH": str(ROOT)}).output
    found: dict[str, Any] = json.loads(answer.splitlines()[-1])
    return found


def spark_submit(module: str, *args: str | Path) -> Finished:
    """A Spark job to its end, on all cores of this machine. Raises NotInstalled, ProcessFailed."""
    version("pyspark")
    if shutil.which("java") is None:
        raise NotInstalled("not installed: no java on PATH")
    home = run([PYTHON, "-c", "import pyspark; print(pyspark.__path__[0])"]).output.strip()
    environment = {"SPARK_HOME": home, "PYSPARK_PYTHON": str(PYTHON), "PYSPARK_DRIVER_PYTHON": str(PYTHON)}
    # The shell script becomes the JVM, so that the JVM's own time and memory are counted.
    command = [f"{home}/bin/spark-submit", "--master", f"local[{os.cpu_count()}]", str(FOLDER / f"{module}.py")]
    return run([*command, *map(str, args)], environment)


def version(package: str) -> str:
    """The installed version of a package. Raises NotInstalled."""
    found = versions().get(package)
    if found is None:
        raise NotInstalled(_reason(package))
    return found


@cache
def versions() -> Mapping[str, str]:
    """What is installed beside us: package -> version; nothing when there is no environment."""
    if not PYTHON.exists():
        return {}
    script = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    found: dict[str, str] = json.loads(run([PYTHON, "-c", script]).output)
    return found


@cache
def _reason(package: str) -> str:
    if not PYTHON.exists():
        return "not installed: make bench has not set up .venv/peers"
    try:
        run([PYTHON, "-c", f"import {package}"])
    except ProcessFailed as failed:
        return f"not installed: {str(failed).splitlines()[-1]}"
    except subprocess.SubprocessError as failed:
        return f"not installed: {failed}"
    return "not installed"
