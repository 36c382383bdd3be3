"""What the figures were measured on, and with."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.peers import versions

OURS: Final = ("boto3", "msgspec", "numpy")
PEERS: Final = ("duckdb", "krcf", "polars", "pyspark", "river")


def machine() -> dict[str, str | int]:
    """The processor, as Linux names it, its cores, and the memory in GiB."""
    return {
        "processor": _named("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": os.cpu_count() or 1,
        "memory_gib": round(int(_named("/proc/meminfo", "MemTotal").split()[0]) / 2**20),
        "system": f"{platform.system()} {platform.machine()}",
    }


def library_versions() -> dict[str, str]:
    """Python's, of what Tidegate measured with, and of the peers that are there."""
    ours = {name: version(name) for name in OURS}
    return {
        "python": platform.python_version(),
        **ours,
        **{name: versions().get(name, "not installed") for name in PEERS},
    }


def _named(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""
