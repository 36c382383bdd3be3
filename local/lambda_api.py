"""The Lambda API's Invoke before the local functions, and the queue behind asynchronous invocations.

`answer_locally(session.events, "before-send.lambda.Invoke", LambdaApi(functions, queue))`.
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSResponse

from local.batch_response import FunctionError
from local.clock import SimulatedClock
from local.functions import LocalFunction
from local.local_response import Request, header, json_body, json_response

_PAUSES: Final = (60, 120)
"""Seconds before the first retry of an asynchronous invocation, and before the second."""

_PATH: Final = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")


@dataclass(frozen=True, slots=True)
class QueuedEvent:
    """An asynchronous invocation that waits. due: seconds since 1970 UTC. attempts: how often it was tried."""

    function: LocalFunction
    event: object
    due: float
    attempts: int = 0


class AsyncQueue:
    """Events in the order of their coming; a failed one is tried again, as often as its function's template says.

    sent: every event ever queued. failed: those given up, which on AWS go to the on-failure destination.
    """

    def __init__(self) -> None:
        self.sent: Final[list[QueuedEvent]] = []
        self.failed: Final[list[QueuedEvent]] = []
        self._waiting: list[QueuedEvent] = []

    def add(self, function: LocalFunction, event: object, now: float) -> None:
        queued = QueuedEvent(function, event, now)
        self.sent.append(queued)
        self._waiting.append(queued)

    def next_due(self) -> float | None:
        """When there is something to do, seconds since 1970 UTC; None: never."""
        return min((queued.due for queued in self._waiting), default=None)

    def run(self, now: float) -> None:
        """Invoke everything that is due."""
        while due := [queued for queued in self._waiting if queued.due <= now]:
            for queued in due:
                self._waiting.remove(queued)
                self._invoke(queued, now)

    def _invoke(self, queued: QueuedEvent, now: float) -> None:
        try:
            queued.function.invoke(queued.event)
        except FunctionError:
            if queued.attempts == queued.function.retries:
                self.failed.append(queued)
                return
            due = now + _PAUSES[queued.attempts]
            self._waiting.append(replace(queued, due=due, attempts=queued.attempts + 1))


class LambdaApi:
    """Answers Invoke of the local functions; `clock` gives the time that asynchronous events are queued at."""

    def __init__(self, functions: Mapping[str, LocalFunction], queue: AsyncQueue, clock: SimulatedClock) -> None:
        by_name = {function.name: function for function in functions.values()}
        self._functions = by_name | {function.arn: function for function in functions.values()}
        self._queue = queue
        self._clock = clock

    def __call__(self, request: Request, **_: object) -> AWSResponse:
        """Botocore's `before-send` event."""
        found = _PATH.fullmatch(unquote(urlsplit(request.url).path))
        name = found[1] if found else ""
        if name not in self._functions:
            error = {"Type": "User", "Message": f"Function not found: {name}"}
            return json_response(request, error, 404, {"x-amzn-ErrorType": "ResourceNotFoundException"})
        function, event = self._functions[name], json_body(request)
        if header(request, "X-Amz-Invocation-Type") == "Event":
            self._queue.add(function, event, self._clock.now)
            return json_response(request, "", 202)
        try:
            return json_response(request, function.invoke(event))
        except FunctionError as error:
            answer = {"errorMessage": str(error), "errorType": "FunctionError"}
            return json_response(request, answer, 200, {"X-Amz-Function-Error": "Unhandled"})
