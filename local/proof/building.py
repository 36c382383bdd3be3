"""Validate and build with sam, for this machine's processor."""

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from local.parameters import deployment
from local.proof.ledger import Failed
from local.proof.shell import run
from local.template import ROOT

BUILT: Final = ROOT / ".aws-sam" / "proof"
ENVIRONMENTS: Final = ("ecommerce", "traffic")
LAYERS: Final = ("TidegateLayer", "DependenciesLayer", "NumericLayer")
ONLY_HERE: Final = {
    "Architecture": {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64"),
    "SaveQueries": "false",  # MiniStack refuses templates with AWS::Logs::QueryDefinition
}
"""What the emulated account needs otherwise than a real one."""


def parameters(environment: str, changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment of samconfig.toml as it is deployed here."""
    return {**deployment(environment, []).parameters, **ONLY_HERE, **(changes or {})}


def overrides(values: Mapping[str, str]) -> list[str]:
    """Parameters as sam's command line takes them."""
    return ["--parameter-overrides", *(f'{name}="{value}"' for name, value in values.items() if value)]


def validate() -> str:
    """Template, linted."""
    return run(["sam", "validate", "--lint"]).strip().splitlines()[-1].rpartition("/")[2]


def build() -> str:
    """Functions and layers, as they are deployed."""
    folders = ["--build-dir", str(BUILT), "--cache-dir", str(ROOT / ".aws-sam" / "cache")]
    run(["sam", "build", "--cached", "--parallel", *folders, *overrides(parameters(ENVIRONMENTS[0]))])
    sizes = {layer: _megabytes(BUILT / layer) for layer in LAYERS}
    if sum(sizes.values()) > 250:
        raise Failed(f"{sizes} MB: Lambda takes 250 MB of function and layers")
    if compiled := [str(path) for path in BUILT.rglob("__pycache__")]:
        raise Failed(f"compiled files in {compiled[0]}")
    return ", ".join(f"{layer} {size:.1f} MB" for layer, size in sizes.items())


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
