"""The alert function, called and not waited for."""

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from tidegate.aws.errors import aws_errors
from tidegate.contracts.errors import MalformedAlert

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

REFUSALS: Final = frozenset(
    {
        "InvalidRequestContentException",
        "RequestEntityTooLargeException",
        "RequestTooLargeException",
        "SerializedRequestEntityTooLargeException",
    }
)
"""What Lambda says of a payload that it would refuse again."""


class AlertFunction:
    """`tidegate.detect.stores.Alerts`: each event is put into the function's queue; Lambda retries from there."""

    def __init__(self, client: "LambdaClient", function_name: str) -> None:
        self._client = client
        self._function = function_name

    @aws_errors()
    def send(self, event: str) -> None:
        try:
            self._client.invoke(FunctionName=self._function, InvocationType="Event", Payload=event.encode())
        except ClientError as error:
            if (code := error.response["Error"]["Code"]) not in REFUSALS:
                raise
            raise MalformedAlert("event", f"Lambda refuses it as payload: {code}") from None  # may quote the payload
