"""A layer's packages are those that the functions which have it import, each pinned with its hashes."""

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from tests.template import ROOT, functions, resources

PACKAGE: Final = ROOT / "layers" / "tidegate" / "tidegate"
LAYERS: Final = {"DependenciesLayer": "dependencies", "NumericLayer": "numeric"}
IMPORTED_AS: Final = {"aws-lambda-powertools": "aws_lambda_powertools"}
IN_THE_RUNTIME: Final = {"boto3", "botocore"}
DATA: Final = {"tzdata"}
"""Read by zoneinfo, not imported by name."""


def wanted(layer: str) -> set[str]:
    """The packages that a layer's requirements.in names."""
    lines = (ROOT / "layers" / layer / "requirements.in").read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def imported(path: Path) -> set[str]:
    """The top names of the modules that a file imports when it runs, not for its types."""
    found = set()
    tree = ast.parse(path.read_text())
    for guard in [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]:
        guard.body = [ast.Pass()]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def all_imported() -> set[str]:
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "functions").glob("*/app.py")]
    return set().union(*(imported(path) for path in files))


@pytest.mark.parametrize("layer", LAYERS.values())
def test_every_package_of_a_layer_is_imported(layer: str) -> None:
    assert {IMPORTED_AS.get(name, name) for name in wanted(layer) - DATA} <= all_imported()
    assert not wanted(layer) & IN_THE_RUNTIME


def test_only_detect_has_numpy_and_only_its_rooms_import_it() -> None:
    assert [name for name, one in functions().items() if {"Ref": "NumericLayer"} in one["Layers"]] == ["detect"]
    importing = {path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py") if "numpy" in imported(path)}
    assert importing == {"detect"}


@pytest.mark.parametrize("layer", LAYERS)
def test_everything_in_a_layer_is_pinned_with_its_hashes(layer: str) -> None:
    assert resources("AWS::Serverless::LayerVersion")[layer]["ContentUri"] == f"layers/{LAYERS[layer]}"
    text = (ROOT / "layers" / LAYERS[layer] / "requirements.txt").read_text()
    pinned = re.findall(r"^([a-z0-9-]+)==\S+ \\\n    --hash=sha256:", text, re.MULTILINE)
    assert set(pinned) == set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
    assert wanted(LAYERS[layer]) <= set(pinned)
