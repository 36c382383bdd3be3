"""A private Docker engine with the stand-in image of Lambda's Python, for as long as the proof runs."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from local.proof.building import BUILT
from local.proof.ledger import Failed, Skipped
from local.proof.shell import run
from local.template import ROOT

SCRIPTS: Final = ROOT / "local" / "emulation"
RUNTIME_PACKAGES: Final = ROOT / "local" / "tools" / "lambda-runtime.txt"
NEEDED: Final = {"dockerd": "docker.io", "docker": "docker.io", "busybox": "busybox-static"}
"""Command -> the Debian package that has it."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine: its socket's URL, and the address by which its containers reach this machine."""

    docker_host: str
    gateway: str


@contextmanager
def docker_engine(folder: Path) -> Iterator[Engine]:
    """Start the engine with its data in this folder and stop it at the end. Raises Skipped where none can run."""
    missing = sorted({package for command, package in NEEDED.items() if shutil.which(command) is None})
    if missing:
        raise Skipped(f"not installed: {', '.join(missing)}")
    if os.geteuid() != 0:
        raise Skipped("a Docker engine of its own needs root")
    try:
        run([str(SCRIPTS / "start-docker-engine"), str(folder)])
    except Failed as failed:
        raise Skipped(f"no Docker engine runs here: {str(failed).splitlines()[-1]}") from failed
    try:
        yield _with_image(folder)
    finally:
        os.kill(int((folder / "docker.pid").read_text()), signal.SIGTERM)


def runtime_packages() -> Path:
    """A folder with what Lambda's image of Python holds beside Python, installed when it is not there."""
    folder = BUILT.parent / "docker" / "runtime"
    if not folder.is_dir():
        install = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", sys.executable]
        run([*install, "--target", str(folder), "--require-hashes", "-r", str(RUNTIME_PACKAGES)])
    return folder


def _with_image(folder: Path) -> Engine:
    host = {"DOCKER_HOST": f"unix://{folder / 'docker.sock'}"}
    packages = runtime_packages()
    run([str(SCRIPTS / "make-lambda-image"), sys.executable, str(packages)], host)
    inspect = ["docker", "network", "inspect", "bridge", "--format", "{{json (index .IPAM.Config 0)}}"]
    return Engine(host["DOCKER_HOST"], gateway(run(inspect, host)))


def gateway(addresses: str) -> str:
    """The gateway of a network, of which the engine says this (a JSON object of IPAM, Docker's address management).

    Of a bridge that it has just made it names the subnet only, whose first address it took.
    """
    known: dict[str, str] = json.loads(addresses)
    return known.get("Gateway") or str(next(ip_network(known["Subnet"]).hosts()))
