"""Quarantine in S3."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tidegate.aws.errors import aws_errors
from tidegate.contracts.quarantine import quarantine_object
from tidegate.contracts.record import Rejected

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Quarantine:
    """`tidegate.ingest.stores.Quarantine`: one object for each batch and shard, under `quarantine/`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, rejected: Sequence[Rejected]) -> None:
        key, body = quarantine_object(rejected)
        with aws_errors():
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/x-ndjson")
