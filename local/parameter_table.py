"""docs/configuration.md's table, made of template.yaml: `python -m local.parameter_table` writes it into the file."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from local.template import ROOT, document

PAGE: Final = ROOT / "docs" / "configuration.md"
BEGIN: Final = "<!-- parameters of template.yaml -->\n"
END: Final = "<!-- end of parameters -->\n"


def table() -> str:
    """Markdown: a table for each group of parameters, in the template's order."""
    return "\n".join(_lines())


def with_table(page: str) -> str:
    """The page with its table replaced."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table()}\n\n{END}{tail}"


def _lines() -> Iterator[str]:
    groups = document()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    for group in groups:
        yield f"\n### {group['Label']['default']}\n"
        yield "| parameter | meaning | default | values |"
        yield "|---|---|---|---|"
        for name in group["Parameters"]:
            rules = document()["Parameters"][name]
            yield f"| {name} | {_cell(rules['Description'])} | {_default(rules)} | {_cell(_values(rules))} |"


def _default(rules: dict[str, Any]) -> str:
    if "Default" not in rules:
        return "required"
    return f"`{rules['Default']}`" if rules["Default"] != "" else "empty"


def _values(rules: dict[str, Any]) -> str:
    if "AllowedValues" in rules:
        return ", ".join(f"{value}" for value in rules["AllowedValues"])
    if rules["Type"] == "Number":
        low, high = rules.get("MinValue"), rules.get("MaxValue")
        return f"{low} to {high}" if low is not None else "a number"
    return str(rules.get("ConstraintDescription", "text")).removeprefix("must be ")


def _cell(text: str) -> str:
    """Text in a table's cell: on one line, its bars not the table's."""
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


def write(page: Path = PAGE) -> None:
    """Bring the page up to date."""
    page.write_text(with_table(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
