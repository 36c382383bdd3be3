"""What people have said of a detector's anomalies, in the table of anomalies: an item an incident, in one partition.

    pk                   sk              attributes
    feedback#<detector>  <alertEventId>  verdicts, expires

`verdicts` is JSON. The detector reads the partition, which is empty while nobody has said anything, by one query.
"""

from typing import TYPE_CHECKING, Final

import msgspec

from tidegate.aws.errors import aws_errors
from tidegate.aws.items import Item, text
from tidegate.contracts.feedback import Verdict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoVerdicts:
    """`Verdicts` of one detector, for the detector to read."""

    def __init__(self, client: "DynamoDBClient", table: str, detector: str) -> None:
        self._client: Final = client
        self._table: Final = table
        self._detector: Final = detector

    def all(self) -> tuple[Verdict, ...]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": text(feedback_partition(self._detector))},
        )
        with aws_errors():
            return tuple(verdict for page in pages for item in page["Items"] for verdict in read_verdicts(item))


def feedback_partition(detector: str) -> str:
    """The partition of a detector's feedback."""
    return f"feedback#{detector}"


def verdicts_text(verdicts: tuple[Verdict, ...]) -> str:
    """The attribute `verdicts`."""
    return msgspec.json.encode(verdicts).decode()


def read_verdicts(item: Item) -> tuple[Verdict, ...]:
    """The verdicts of an item."""
    return msgspec.json.decode(item["verdicts"]["S"], type=tuple[Verdict, ...])
