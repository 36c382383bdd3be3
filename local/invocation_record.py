"""What Lambda leaves in the on-failure bucket of a Kinesis event source mapping: the invocation record, with the event.

https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from local.kinesis_event import Event
from tidegate.contracts.record import StreamRecord


class Condition(StrEnum):
    """Why a batch was given up. AWS names the first two; for a record that fits no event it documents no name."""

    RETRY_ATTEMPTS_EXHAUSTED = "RetryAttemptsExhausted"
    RECORD_AGE_EXPIRED = "RecordAgeExpired"
    PAYLOAD_TOO_LARGE = "PayloadTooLarge"


@dataclass(frozen=True, slots=True)
class FailedBatch:
    """Records that were given up.

    invocations: how often the function was called with them. mapping, request: ids that name the object.
    failed_at: seconds since 1970 UTC.
    """

    records: Sequence[StreamRecord]
    event: Event
    condition: Condition
    invocations: int
    mapping: UUID
    request: UUID
    failed_at: float
    stream_arn: str
    function_arn: str

    @property
    def key(self) -> str:
        """`aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random UUID>`, in UTC."""
        time = datetime.fromtimestamp(self.failed_at, UTC)
        shard = self.records[0].shard
        return f"aws/lambda/{self.mapping}/{shard}/{time:%Y/%m/%d}/{time:%Y-%m-%dT%H.%M.%S}-{self.request}"

    def body(self) -> bytes:
        """The JSON document; `payload` is the whole event as text."""
        first, last = self.records[0], self.records[-1]
        document: Event = {
            "requestContext": {
                "requestId": str(self.request),
                "functionArn": self.function_arn,
                "condition": self.condition.value,
                "approximateInvokeCount": self.invocations,
            },
            "version": "1.0",
            "timestamp": _iso(self.failed_at),
            "KinesisBatchInfo": {
                "shardId": first.shard,
                "startSequenceNumber": str(first.sequence),
                "endSequenceNumber": str(last.sequence),
                "approximateArrivalOfFirstRecord": _iso(first.arrival),
                "approximateArrivalOfLastRecord": _iso(last.arrival),
                "batchSize": len(self.records),
                "streamArn": self.stream_arn,
            },
            "payload": json.dumps(self.event),
        }
        if self.invocations:
            document["responseContext"] = {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            }
        return json.dumps(document).encode()


def _iso(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
