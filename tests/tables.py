"""Tables for tests, made as template.yaml declares them."""

from typing import TYPE_CHECKING

from tests.template import resources

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def make_table(client: "DynamoDBClient", name: str, resource: str = "BufferTable") -> None:
    """A table of this name with the keys of the template's resource."""
    declared = resources("AWS::DynamoDB::Table")[resource]
    client.create_table(
        TableName=name,
        BillingMode=declared["BillingMode"],
        AttributeDefinitions=declared["AttributeDefinitions"],
        KeySchema=declared["KeySchema"],
    )
