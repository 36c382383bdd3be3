"""The naive design: ingest writes an item a record, and whoever wants an interval queries its items.

Written as the AWS samples for Lambda and Kinesis are, with boto3's batch_writer, which is kinder than a put a record.
"""

import base64
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeSerializer

from benchmarks.billing import item_bytes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


def handler(event: Mapping[str, Any], table: "Table") -> None:
    """An item a record: interval and sequence number, and the record's fields."""
    with table.batch_writer() as batch:
        for record in event["Records"]:
            batch.put_item(Item=item(record["kinesis"]))


def item(kinesis: Mapping[str, Any]) -> dict[str, Any]:
    """A record as an item."""
    fields = json.loads(base64.b64decode(kinesis["data"]), parse_float=Decimal)
    minute = fields["event_time"][:16]
    return {"pk": f"{minute[:-1]}{'0' if minute[-1] < '5' else '5'}", "sk": kinesis["sequenceNumber"], **fields}


def sizes(event: Mapping[str, Any]) -> list[int]:
    """Bytes of an event's items, as DynamoDB counts them."""
    serialize = TypeSerializer().serialize
    return [
        item_bytes({name: serialize(value) for name, value in item(one["kinesis"]).items()}) for one in event["Records"]
    ]
