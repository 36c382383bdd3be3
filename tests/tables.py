"""Tables for tests, made as template.yaml declares them."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samcli.yamlhelper import yaml_parse  # type: ignore[import-untyped]  # sam ships no types

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TEMPLATE = Path(__file__).parents[1] / "template.yaml"


@cache
def _resources() -> dict[str, Any]:
    resources: dict[str, Any] = yaml_parse(TEMPLATE.read_text())["Resources"]
    return resources


def make_table(client: "DynamoDBClient", name: str, resource: str = "BufferTable") -> None:
    """A table of this name with the keys of the template's resource."""
    declared = _resources()[resource]["Properties"]
    client.create_table(
        TableName=name,
        BillingMode=declared["BillingMode"],
        AttributeDefinitions=declared["AttributeDefinitions"],
        KeySchema=declared["KeySchema"],
    )
