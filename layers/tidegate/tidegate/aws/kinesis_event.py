"""The event that Lambda makes of Kinesis records, read.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html

One field is ours: `subSequenceNumber` beside `sequenceNumber`, in events that `tidegate redrive` makes of quarantined
records (`StreamRecord.sub`).
"""

from binascii import a2b_base64
from collections.abc import Mapping
from typing import Any, Final

from tidegate.contracts.errors import InputError
from tidegate.contracts.record import WHOLE, StreamRecord

_WRONG: Final = (KeyError, TypeError, ValueError, AttributeError)
_make: Final = tuple.__new__
"""What a NamedTuple's own constructor ends in; its other half takes as long as decoding the data."""


def stream_records(event: Mapping[str, Any]) -> list[StreamRecord]:
    """The event's records in order. Raises InputError that names the record when it is no event of Kinesis."""
    records = event.get("Records")
    if not isinstance(records, list):
        raise InputError("Records", "is not there: this is no event of a Kinesis stream")
    found: list[StreamRecord] = []
    try:
        for record in records:
            kinesis = record["kinesis"]
            sub = kinesis.get("subSequenceNumber", WHOLE)
            fields = (
                record["eventID"].partition(":")[0],
                int(kinesis["sequenceNumber"]),
                kinesis["partitionKey"],
                float(kinesis["approximateArrivalTimestamp"]),
                a2b_base64(kinesis["data"], strict_mode=True),
                sub if sub is WHOLE else int(sub),
            )
            found.append(_make(StreamRecord, fields))
    except _WRONG as error:
        raise InputError(f"Records[{len(found)}]", f"is no record of a Kinesis event: {error!r}") from error
    return found
