"""Who answers a request of a local stack: the stream twin, the functions themselves, or MiniStack."""

from typing import Final

from botocore.awsrequest import AWSResponse

from local.in_process import InProcessAws
from local.kinesis_api import KinesisApi
from local.lambda_api import LambdaApi
from local.local_response import Request


class Answers:
    """Exactly one answer to each request: `answer_locally(session.events, "before-send", Answers(...))`.

    Botocore would ask several handlers all of them, and take the first answer.
    """

    def __init__(self, kinesis: KinesisApi, functions: LambdaApi, aws: InProcessAws) -> None:
        self._kinesis: Final = kinesis
        self._functions: Final = functions
        self._aws: Final = aws

    def __call__(self, request: Request, event_name: str, **_: object) -> AWSResponse:
        """Botocore's `before-send` event."""
        service, operation = event_name.split(".")[1:]
        if service == "kinesis":
            return self._kinesis(request)
        if (service, operation) == ("lambda", "Invoke"):
            return self._functions(request)
        return self._aws(request)
