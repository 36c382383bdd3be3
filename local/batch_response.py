"""What a function's answer says of its batch, when the mapping reports batch item failures.

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
"""

from collections.abc import Sequence

from tidegate.contracts.record import StreamRecord


class FunctionError(Exception):
    """An invocation failed: the function raised, or what it returned counts as a failure of the whole batch."""


def first_failure(response: object, records: Sequence[StreamRecord]) -> int | None:
    """The index of the lowest record reported as failed; None when the batch is a complete success.

    An empty or null response or list is a complete success. An identifier that is empty, null, missing or of none of
    the records makes the whole batch fail: FunctionError.
    """
    if not response:
        return None
    if not isinstance(response, dict):
        raise FunctionError(f"a response is an object with batchItemFailures, not {type(response).__name__}")
    failures = response.get("batchItemFailures")
    if not failures:
        return None
    places = {str(record.sequence): place for place, record in enumerate(records)}
    found: list[int] = []
    for failure in failures:
        identifier = failure.get("itemIdentifier") if isinstance(failure, dict) else None
        if identifier not in places:
            raise FunctionError(f"itemIdentifier {identifier!r} is not a sequence number of the batch")
        found.append(places[identifier])
    return min(found)
