"""The alert function, called and not waited for."""

from typing import TYPE_CHECKING

from tidegate.aws.errors import aws_errors
from tidegate.contracts.alert_event import AlertEvent

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class AlertFunction:
    """`tidegate.detect.stores.Alerts`: each event is put into the function's queue; Lambda retries from there."""

    def __init__(self, client: "LambdaClient", function_name: str) -> None:
        self._client = client
        self._function = function_name

    def send(self, event: AlertEvent) -> None:
        with aws_errors():
            self._client.invoke(FunctionName=self._function, InvocationType="Event", Payload=event.to_json().encode())
