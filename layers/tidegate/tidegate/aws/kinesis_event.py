"""The event that Lambda makes of Kinesis records, read.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html

One field is ours: `subSequenceNumber` beside `sequenceNumber`, in events that `tidegate redrive` makes of quarantined
records (`StreamRecord.sub`).
"""

from collections.abc import Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any, Final

import msgspec

from tidegate.contracts.errors import InputError
from tidegate.contracts.identity import shard_name
from tidegate.contracts.record import WHOLE, StreamRecords

_WRONG: Final = (KeyError, TypeError, ValueError, AttributeError, msgspec.ValidationError)


def stream_records(event: Mapping[str, Any]) -> StreamRecords:
    """The event's records in order. Raises InputError that names the record when it is no event of Kinesis."""
    records = event.get("Records")
    if not isinstance(records, list):
        raise InputError("Records", "is not there: this is no event of a Kinesis stream")
    try:
        return _read(records)
    except _WRONG:
        for place, record in enumerate(records):
            try:
                _read([record])
            except _WRONG as error:
                raise InputError(f"Records[{place}]", f"is no record of a Kinesis event: {error!r}") from error
        raise


def _read(records: Sequence[Any]) -> StreamRecords:
    """Field by field; msgspec reads base64 strictly, and faster than the standard library does."""
    kinesis = _each(records, "kinesis")
    return StreamRecords(
        shards=_shards(_each(records, "eventSourceARN"), _each(records, "eventID")),
        sequences=list(map(int, _each(kinesis, "sequenceNumber"))),
        partition_keys=_each(kinesis, "partitionKey"),
        arrivals=list(map(float, _each(kinesis, "approximateArrivalTimestamp"))),
        data=msgspec.convert(_each(kinesis, "data"), list[bytes]),
        subs=list(map(int, map(dict.get, kinesis, repeat("subSequenceNumber"), repeat(WHOLE)))),
    )


def _each(records: Sequence[Any], name: str) -> list[Any]:
    return list(map(itemgetter(name), records))


def _shards(arns: Sequence[str], event_ids: Sequence[str]) -> Sequence[str]:
    """The stream of each ARN with what stands before the colon of each id; in an event from Lambda all are one."""
    shard, colon, _ = event_ids[0].partition(":") if event_ids else ("", "", "")
    if len(set(arns)) == 1 and all(map(str.startswith, event_ids, repeat(shard + (colon or ":")))):
        return [shard_name(_stream(arns[0]), shard)] * len(event_ids)
    return [shard_name(_stream(arn), event_id.partition(":")[0]) for arn, event_id in zip(arns, event_ids, strict=True)]


def _stream(arn: str) -> str:
    """The stream's name out of its ARN, or out of that of one of its consumers (`.../stream/NAME/consumer/...`)."""
    _, stream, *_ = arn.split("/")
    return stream
