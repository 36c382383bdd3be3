"""The event that Lambda makes of Kinesis records, and what a batch weighs as one.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html (the example event)
"""

import json
from base64 import b64encode
from collections.abc import Iterable
from typing import Any, Final

from tidegate.contracts.identity import stream_and_shard
from tidegate.contracts.record import WHOLE, StreamRecord

type Event = dict[str, Any]

_ENVELOPE_BYTES: Final = len('{"Records":[]}')


def kinesis_event(records: Iterable[StreamRecord], stream_arn: str, role_arn: str) -> Event:
    """One invocation's event."""
    return {"Records": [event_record(record, stream_arn, role_arn) for record in records]}


def event_record(record: StreamRecord, stream_arn: str, role_arn: str, data: str | None = None) -> Event:
    """One record of an event; `data` stands in for the record's base64 text.

    stream_arn: of the stream that it lies in, unless its shard names another one of the same account.
    """
    stream, shard_id = stream_and_shard(record.shard)
    arn = f"{stream_arn.rpartition('/')[0]}/{stream}" if stream else stream_arn
    place = {} if record.sub == WHOLE else {"subSequenceNumber": record.sub}
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record.partition_key,
            "sequenceNumber": str(record.sequence),
            **place,
            "data": b64encode(record.data).decode() if data is None else data,
            "approximateArrivalTimestamp": record.arrival,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard_id}:{record.sequence}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": role_arn,
        "awsRegion": stream_arn.split(":")[3],
        "eventSourceARN": arn,
    }


class EventSize:
    """How many bytes records take in an event's compact JSON, without encoding their data.

    At least so many of records that came again, whose shards have the stream's name.
    """

    def __init__(self, stream_arn: str, role_arn: str) -> None:
        blank = StreamRecord("", 0, "", 0.0, b"")
        self._fixed = len(_compact(event_record(blank, stream_arn, role_arn))) - len("00") - len("0.0") - len('""')

    def of(self, record: StreamRecord) -> int:
        """With the comma that separates it from the next."""
        sequence, arrival = len(str(record.sequence)), len(repr(record.arrival))
        key = len(_compact(record.partition_key))
        return self._fixed + key + 2 * sequence + len(record.shard) + arrival + _base64_length(record.data) + 1

    @staticmethod
    def of_envelope() -> int:
        return _ENVELOPE_BYTES


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))


def _base64_length(data: bytes) -> int:
    return (len(data) + 2) // 3 * 4
