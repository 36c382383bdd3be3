"""template.yaml as tests read it: intrinsics in their long form, conditions taken as asked."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from samcli.yamlhelper import yaml_parse  # type: ignore[import-untyped]  # sam ships no types

ROOT = Path(__file__).parents[1]


@cache
def template() -> dict[str, Any]:
    """The whole template."""
    parsed: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
    return parsed


def parameters() -> dict[str, dict[str, Any]]:
    """Parameter name -> its declaration."""
    declared: dict[str, dict[str, Any]] = template()["Parameters"]
    return declared


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Logical name -> properties of the resources of one type."""
    found = template()["Resources"].items()
    return {name: resource["Properties"] for name, resource in found if resource["Type"] == kind}


def functions() -> dict[str, dict[str, Any]]:
    """Folder of functions/ -> the function's properties."""
    found = resources("AWS::Serverless::Function").values()
    return {properties["CodeUri"].removeprefix("functions/"): properties for properties in found}


def environment(function: str) -> dict[str, Any]:
    """What a function's environment holds: the globals and its own."""
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    return {**shared, **functions()[function].get("Environment", {}).get("Variables", {})}


def walk(node: Any) -> Iterator[Any]:
    """A node of the template and everything below it."""
    yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from walk(child)


def without_conditions(node: Any) -> Any:
    """The node with the first branch of each Fn::If in its place: every option taken."""
    if isinstance(node, dict):
        if "Fn::If" in node:
            return without_conditions(node["Fn::If"][1])
        return {key: without_conditions(value) for key, value in node.items()}
    return [without_conditions(item) for item in node] if isinstance(node, list) else node
