"""A stack on the embedded AWS in which one AWS call of one invocation goes wrong, and AWS's documented retries.

The stack is set up and its detector taught once; each history begins there.
"""

import copy
import http.client
import json
import ssl
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.model import OperationModel, StructureShape
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import ExponentialBackoff
from ministack.core.responses import (
    AccountRegionScopedDict,
    AccountScopedDict,
)
from ministack.services import (
    dynamodb,
    eventbridge,
    s3,
    sns,
)

from local.answers import Answers
from local.batch_response import FunctionError
from local.clock import SimulatedClock
from local.embedded import create_resources
from local.event_source import EventSource
from local.functions import LocalFunction, local_functions
from local.in_process import InProcessAws
from local.invocation_record import FailedBatch
from local.kinesis_api import KinesisApi
from local.lambda_api import AsyncQueue, LambdaApi
from local.local_response import Request, answer_locally, json_response
from local.parameters import Deployment
from local.stack import embedded_session, ingest_target, mapping_settings
from local.stream import Stream
from local.template import Template
from tests.fault_kinds import Call, Kind, answer, sent_bytes
from tests.mortal import Died
from tests.shadow_twin import ShadowTwin

type Saved = list[tuple[Any, dict[Any, Any]]]

_STORES = [
    store
    for service in (dynamodb, eventbridge, s3, sns)
    for store in vars(service).values()
    if isinstance(store, AccountRegionScopedDict | AccountScopedDict)
]


_WELCOMING = {"getresponse.return_value.status": 204}


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong: at which invocation of the history, at which of its calls (both from 0)."""

    invocation: int
    call: int
    kind: Kind


@dataclass
class Invocation:
    """One call of a function, and the AWS calls that it made."""

    folder: str
    calls: list[Call] = field(default_factory=list)
    attempt: int = -1


class FaultAccount:
    """The account, and the functions of the template in it.

    invocations: those of the history, in order. published: what reached the topic, as SNS's parameters.
    """

    def __init__(self, session: boto3.Session, aws: InProcessAws, deployment: Deployment) -> None:
        self.template = Template(deployment.stack_name, deployment.parameters)
        self.functions = local_functions(self.template, is_quiet=deployment.is_quiet)
        self.config = deployment.config()
        self._aws = aws
        self._running: Invocation | None = None
        self._operations: dict[Call, OperationModel] = {}
        answer_locally(session.events, "before-send", self._answer)
        session.events.register("before-call", self._count)
        self._start(0.0, None)
        create_resources(session, self.template)
        self.s3, self.dynamodb = session.client("s3"), session.client("dynamodb")
        self._saved: Saved = []

    def save(self) -> None:
        """Histories begin from here."""
        self._saved = [(store, copy.deepcopy(store._data)) for store in _STORES]

    def begin(self, now: float, fault: Fault | None = None) -> None:
        """The saved account at an instant, new processes, an empty stream; the fault is still to come."""
        for store, saved in self._saved:
            store._data.clear()
            store._data.update(copy.deepcopy(saved))
        self._start(now, fault)
        for function in self.functions.values():
            self._new_process(function)

    def _start(self, now: float, fault: Fault | None) -> None:
        self.clock, self.queue, self.fault = SimulatedClock(now), AsyncQueue(), fault
        self.stream = Stream(self.template.name("Stream"), self.clock)
        self.invocations: list[Invocation] = []
        self.published: list[dict[str, str]] = []
        self.given_up: list[FailedBatch] = []
        ingest = self.functions["ingest"]
        target = ingest_target(ingest, self.clock, self.given_up.append)
        arn = self.template.arn("Stream")
        self.source = EventSource(self.stream, arn, target, mapping_settings(ingest))
        lambda_api = LambdaApi(self.functions, self.queue, self.clock)
        self._answers = Answers(KinesisApi(self.stream), lambda_api, self._aws)
        self._shadows = ShadowTwin()

    def wait_until(self, instant: float) -> None:
        """Time goes on; the mapping and the queue of asynchronous invocations do what is due meanwhile."""
        while (due := self._next_due()) is not None and due <= instant:
            self.clock.advance_to(max(due, self.clock.now))
            self._run_due()
        self.clock.advance_to(instant)
        self._run_due()

    def _next_due(self) -> float | None:
        due = (self.source.next_due(), self.queue.next_due())
        return min((instant for instant in due if instant is not None), default=None)

    def _run_due(self) -> None:
        self.source.run()
        self.queue.run(self.clock.now)

    def schedule(self, folder: str) -> bool:
        """A schedule fires; returns whether the function succeeded."""
        event = {"time": f"{datetime.fromtimestamp(self.clock.now, UTC):%Y-%m-%dT%H:%M:%SZ}"}
        try:
            self.functions[folder].invoke(event)
        except FunctionError:
            return False
        return True

    def run(self, function: LocalFunction, invoke: Callable[[], object]) -> object:
        """Around each invocation: a death ends the process, and Lambda calls that a failure."""
        self._running = Invocation(function.folder)
        self.invocations.append(self._running)
        try:
            return invoke()
        except Died as death:
            self._new_process(function)
            raise FunctionError(f"died at {death}") from None
        finally:
            self._running = None

    def _new_process(self, function: LocalFunction) -> None:
        """What a process keeps from one invocation to the next is gone; its clock is the simulated one."""
        module: Any = sys.modules[function._handler.__module__]
        module.dependencies.cache_clear()
        if hasattr(module, "time"):
            module.time = SimpleNamespace(time=lambda: self.clock.now, sleep=lambda seconds: None)

    def may_do_a_part(self, call: Call) -> bool:
        """Has the operation's answer a member that names what was not done?"""
        outputs = self._operations[call].output_shape
        members = outputs.members if isinstance(outputs, StructureShape) else {}
        return any(name.startswith(("Failed", "Unprocessed")) for name in members)

    def _count(self, model: OperationModel, event_name: str, **_: object) -> None:
        """Botocore's event of each call, before its first attempt."""
        if self._running is not None:
            service, operation = event_name.split(".")[1:]
            call = Call(service, operation, str(model.service_model.metadata["protocol"]))
            self._operations[call] = model
            self._running.calls.append(call)
            self._running.attempt = -1

    def _answer(self, request: Request, event_name: str, **_: object) -> AWSResponse:
        """Botocore's event of each attempt."""

        def ask() -> AWSResponse:
            if event_name == "before-send.sns.Publish" and self._running is not None:
                self.published.append(dict(urllib.parse.parse_qsl(sent_bytes(request).decode())))
            if event_name.startswith("before-send.iot-data-plane."):
                return self._shadows(request)
            if event_name == "before-send.secrets-manager.GetSecretValue":
                return json_response(request, {"SecretString": json.dumps({"url": "https://pager.example.com/"})})
            return self._answers(request, event_name)

        running, fault = self._running, self.fault
        if running is None:
            return ask()
        running.attempt += 1
        place = (len(self.invocations) - 1, len(running.calls) - 1)
        if fault is None or place != (fault.invocation, fault.call):
            return ask()
        return answer(fault.kind, running.calls[-1], running.attempt, request, ask)


@contextmanager
def fault_account(deployment: Deployment) -> Iterator[FaultAccount]:
    """A stack of these parameters. Botocore repeats without a pause and as often as it may; clients outlive processes.

    The webhook's server takes everything.
    """
    with embedded_session() as (session, aws), pytest.MonkeyPatch.context() as patched:
        patched.setattr(ExponentialBackoff, "delay_amount", lambda self, context: 0)
        patched.setattr(RetryQuota, "acquire", lambda self, amount: True)
        patched.setattr(boto3, "client", cache(lambda service, config=None: session.client(service, config=config)))
        patched.setattr(ssl, "create_default_context", cache(ssl.create_default_context))  # reads every root
        patched.setattr(http.client, "HTTPSConnection", lambda *address, **options: MagicMock(**_WELCOMING))
        account = FaultAccount(session, aws, deployment)
        invoke = LocalFunction.invoke
        patched.setattr(
            LocalFunction,
            "invoke",
            lambda function, event, *rest: account.run(function, lambda: invoke(function, event, *rest)),
        )
        yield account
