"""What an AWS error means to a stage: Conflict, TransientError, or itself when only a person can mend it.

A Conflict may be one's own doing: boto3 repeats a conditional write whose answer was lost, and the second attempt
finds the first one's work. Whoever catches Conflict reads again before deciding that another writer was there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
)

from tidegate.contracts.errors import Conflict, TransientError

CONFLICTS: Final = frozenset(
    {"ConditionalCheckFailed", "ConditionalCheckFailedException", "ConditionalRequestConflict", "PreconditionFailed"}
)
"""DynamoDB's failed conditions (alone, and as a reason inside a cancelled transaction) and S3's."""

TRANSIENT: Final = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "KMSThrottling",
        "KMSThrottlingException",
        "LimitExceededException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""Throttling and passing faults of the services used here; any other answer of status 5xx counts as well."""

_LOST_CONNECTIONS: Final = (ConnectionError, HTTPClientError, IncompleteReadError, ResponseStreamingError)
"""Connections refused, broken or timed out, before or in the middle of an answer."""


def translate(error: ClientError | BotoCoreError) -> Exception:
    """The domain's error for an error of boto3, or the very same one when it is neither transient nor a conflict."""
    if isinstance(error, ClientError):
        codes = _codes(error.response)
        if codes & CONFLICTS:
            return Conflict(str(error))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if codes & TRANSIENT or status >= 500:
            return TransientError(str(error))
    elif isinstance(error, _LOST_CONNECTIONS):
        return TransientError(str(error))
    return error


@contextmanager
def aws_errors() -> Iterator[None]:
    """Raise the domain's errors for those of boto3, the cause chained; a `with` block or a decorator."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        translated = translate(error)
        if translated is error:
            raise
        raise translated from error


def _codes(response: Any) -> set[str]:
    """The error's code, and the codes of the single reasons when a transaction was cancelled."""
    reasons = response.get("CancellationReasons", ())
    return {response.get("Error", {}).get("Code", ""), *(reason.get("Code", "") for reason in reasons)}
