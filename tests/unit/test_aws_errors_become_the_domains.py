"""Errors of boto3: what passes is transient, a lost condition is a conflict, the rest stays what it is."""

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from tidegate.aws.errors import aws_errors
from tidegate.contracts.errors import Conflict, TransientError


def refused(code: str, status: int = 400, *reasons: str) -> ClientError:
    response = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(response, "Operation")  # type: ignore[arg-type]  # botocore leaves out what is not needed


@pytest.mark.parametrize(
    "error",
    [
        refused("ProvisionedThroughputExceededException"),
        refused("ThrottlingException"),
        refused("LimitExceededException"),
        refused("RequestTimeout"),
        refused("SlowDown", 503),
        refused("InternalError", 500),
        refused("503", 503),
        refused("TransactionCanceledException", 400, "None", "ThrottlingError"),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
        EndpointConnectionError(endpoint_url="https://dynamodb"),
        ConnectionClosedError(endpoint_url="https://dynamodb"),
        IncompleteReadError(actual_bytes=1, expected_bytes=2),
    ],
)
def test_what_passes_is_transient(error: Exception) -> None:
    with pytest.raises(TransientError) as raised, aws_errors():
        raise error
    assert raised.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        refused("ConditionalCheckFailedException"),
        refused("PreconditionFailed", 412),
        refused("ConditionalRequestConflict", 409),
        refused("TransactionCanceledException", 400, "None", "ConditionalCheckFailed"),
    ],
)
def test_a_lost_condition_is_a_conflict(error: ClientError) -> None:
    with pytest.raises(Conflict) as raised, aws_errors():
        raise error
    assert raised.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        refused("AccessDeniedException"),
        refused("ValidationException"),
        refused("NoSuchBucket", 404),
        NoCredentialsError(),
        ParamValidationError(report="no"),
    ],
)
def test_what_only_a_person_can_mend_stays_what_it_is(error: ClientError | BotoCoreError) -> None:
    with pytest.raises(type(error)) as raised, aws_errors():
        raise error
    assert raised.value is error


def test_it_decorates_functions() -> None:
    @aws_errors()
    def call() -> None:
        raise refused("Throttling")

    with pytest.raises(TransientError):
        call()
