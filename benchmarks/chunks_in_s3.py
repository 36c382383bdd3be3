"""A design that Tidegate does not have, to be measured: large chunks lie in S3, and only their line in DynamoDB.

The object is put before its line, so a line's object is always there; a death in between leaves an object that nobody
reads, for a lifecycle rule to remove. Counting again the delivery of a chunk that is there is left out.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import boto3

from tidegate.aws.buffer import DynamoBuffer
from tidegate.aws.clients import s3_client
from tidegate.aws.items import Item, text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BUCKET: Final = "chunks"
LEAST_BYTES: Final = 8 * 1024
"""Smaller chunks stay in DynamoDB: there they cost less."""


class ChunksInS3(DynamoBuffer):
    """`DynamoBuffer` with the payloads of large chunks in a bucket of their own."""

    def __init__(self, client: "DynamoDBClient", table: str, detector_name: str) -> None:
        super().__init__(client, table, detector_name)
        self._s3 = s3_client()

    def _put_new(self, item: Item) -> Item | None:
        payload = bytes(item["p"]["B"]) if "p" in item else b""
        if len(payload) < LEAST_BYTES:
            return super()._put_new(item)
        key = f"{item['pk']['S']}/{item['sk']['S']}"
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=payload)
        return super()._put_new({**{name: value for name, value in item.items() if name != "p"}, "o": text(key)})

    def _query(self, partition: str) -> Iterator[Item]:
        for item in super()._query(partition):
            if "o" not in item:
                yield item
                continue
            payload = self._s3.get_object(Bucket=BUCKET, Key=item["o"]["S"])["Body"].read()
            yield {**item, "p": {"B": payload}}


def make_bucket() -> None:
    """The bucket, in the embedded AWS of the default session."""
    boto3.client("s3").create_bucket(Bucket=BUCKET)
