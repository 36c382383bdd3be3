"""DynamoDB without a network: boto3 serialises, signs and parses as it would, and gets the answer of success."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
from botocore.awsrequest import AWSResponse

from benchmarks.sample import START
from local.local_response import Request, answer_locally, header, json_body, json_response
from tidegate.aws.items import WATERMARK, watermark_item
from tidegate.contracts.buffer import Watermark

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_ACCESS = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": "us-east-1"}


class _Dynamo:
    """A table that has a watermark, takes everything, and gives back the shards' cursors."""

    def __init__(self) -> None:
        watermark = Watermark(0, START - 3600, START, grid="5 minutes, UTC", version=1)
        self._found: dict[str, object] = {WATERMARK: watermark_item(watermark)}

    def __call__(self, request: Request, **_: object) -> AWSResponse:
        operation, document = header(request, "X-Amz-Target").partition(".")[2], json_body(request)
        answer: dict[str, Any] = {"UnprocessedItems": {}} if operation == "BatchWriteItem" else {}
        if operation == "GetItem":
            key: Any = document["Key"]
            found = self._found.get(key["sk"]["S"])
            answer = {"Item": found} if found else {}
        elif operation == "UpdateItem":
            key, values = document["Key"], document["ExpressionAttributeValues"]
            assert isinstance(values, dict)
            self._found[key["sk"]["S"]] = {**key, **{name.removeprefix(":"): value for name, value in values.items()}}
        return json_response(request, answer)


@contextmanager
def stub_dynamodb() -> Iterator["Table"]:
    """boto3's default session with such a DynamoDB, while the block runs; gives a table of it."""
    session = boto3.Session(region_name="us-east-1")
    answer_locally(session.events, "before-send.dynamodb", _Dynamo())
    with patch.object(boto3, "DEFAULT_SESSION", session), patch.dict("os.environ", _ACCESS):
        yield session.resource("dynamodb").Table("naive")
