"""A Kinesis stream to put records on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tidegate.aws.errors import aws_errors
from tidegate.generate.stores import Entry

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient


class KinesisProducer:
    """`tidegate.generate.stores.Producer` by PutRecords."""

    def __init__(self, client: "KinesisClient", stream_name: str) -> None:
        self._client = client
        self._stream_name = stream_name

    def put(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """One PutRecords call; the entries whose own answer holds an error code were not taken."""
        with aws_errors():
            answer = self._client.put_records(
                StreamName=self._stream_name,
                Records=[{"PartitionKey": entry.partition_key, "Data": entry.data} for entry in entries],
            )
        return [entry for entry, taken in zip(entries, answer["Records"], strict=True) if "ErrorCode" in taken]
