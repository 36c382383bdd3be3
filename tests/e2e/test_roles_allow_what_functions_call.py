"""Every AWS call of every function, in a run through all of them, beside its role: nothing missing, nothing unused."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Final

import boto3
import pytest

from local.functions import LocalFunction, local_functions
from local.parameters import deployment
from local.simulation import MINUTE, Simulation
from local.stack import LocalStack, local_stack
from local.template import ROOT
from tests.replaying import record

type Call = tuple[str, str, str]
"""Action, resource, and the partition key in the table, if it is one."""

DAY: Final = 86_400
START: Final = 1_780_272_000
"""2026-06-01T00:00:00Z."""
DAYS: Final = 24
SETTINGS: Final = [
    *("Measures=views:SUM", "TimestampFormat=UNIX", "IntervalMinutes=1440", "BufferRetentionHours=1200"),
    *("DeployGenerator=ecommerce", "DeployEventBus=true"),
]
"""Intervals of a day are learned after 14 of them."""

ACTIONS: Final = {
    "s3.CompleteMultipartUpload": "s3:PutObject",
    "s3.CreateMultipartUpload": "s3:PutObject",
    "s3.HeadObject": "s3:GetObject",
    "s3.ListObjectsV2": "s3:ListBucket",
    "s3.UploadPart": "s3:PutObject",
    "eventbridge.PutEvents": "events:PutEvents",
    "lambda.Invoke": "lambda:InvokeFunction",
}
"""Operation -> the action that it needs, where the two are called differently."""

NOT_CALLED_BY_CODE: Final = {
    "Log": "Lambda's runtime",
    "ReadStream": "Lambda's poller",
    "KeepFailedBatches": "Lambda's poller",
    "FindFailedBatches": "Lambda's poller",
    "KeepFailedEvents": "Lambda's queue of asynchronous events",
    "FindPublished": "S3, to answer 404 to GetObject",
    "MissState": "S3, to answer 404 to GetObject",
    "Trace": "Lambda's runtime",
    "UseKey": "DynamoDB, S3 and SNS",
}
"""Sid -> who needs the statement."""

ONLY_WHEN_A_PART_FAILS: Final = "s3:AbortMultipartUpload"


class Recorder:
    """Which function asked AWS for what."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: dict[str, set[Call]] = {}
        self._running: list[str] = []
        invoke = LocalFunction.invoke

        def invoke_seen(function: LocalFunction, *arguments: Any) -> object:
            self._running.append(function.folder)
            try:
                return invoke(function, *arguments)
            finally:
                self._running.pop()

        monkeypatch.setattr(LocalFunction, "invoke", invoke_seen)

    def see(self, params: dict[str, Any], event_name: str, **rest: object) -> None:
        """Botocore's event of every call."""
        if self._running:
            operation = event_name.removeprefix("provide-client-params.")
            service, _, name = operation.partition(".")
            call = (ACTIONS.get(operation, f"{service}:{name}"), _resource(params), _partition(params))
            self.calls.setdefault(self._running[-1], set()).add(call)


def _resource(params: dict[str, Any]) -> str:
    """The end of the ARN of what a call is about; empty for GetRecords, which names a place in a stream."""
    if "Bucket" in params:
        return "/".join(str(params[name]) for name in ("Bucket", "Key") if name in params)
    names = ("TableName", "StreamName", "TopicArn", "FunctionName")
    return next((str(params[name]).rpartition(":")[2] for name in names if name in params), "")


def _partition(params: dict[str, Any]) -> str:
    key: Any = params.get("Key", params.get("Item"))
    return str(key["pk"]["S"]) if isinstance(key, dict) else ""


def _statements(stack: LocalStack, function: LocalFunction) -> Iterator[dict[str, Any]]:
    roles = stack.template.resources("AWS::IAM::Role")
    (role,) = (role for name, role in roles.items() if stack.template.arn(name) == function.role_arn)
    for policy in role["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _allows(statement: dict[str, Any], call: Call) -> bool:
    action, resource, partition = call
    keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", ["*"])
    names = [str(arn).rpartition(":")[2].removeprefix("table/").removeprefix("stream/") for arn in
             _listed(statement["Resource"])]  # fmt: skip
    return (
        action in _listed(statement["Action"])
        and (not resource or any(fnmatchcase(resource, name) for name in names))
        and any(fnmatchcase(partition, key) for key in keys)
    )


def _drive(stack: LocalStack) -> None:
    """Everything that the functions do: closes, a late record, an anomaly, a bad record, a cold start, a repetition."""
    simulation = Simulation(stack, deployment(None, SETTINGS).config())
    end = START + DAYS * DAY
    views = [1_000 + 7 * (day % 5) for day in range(DAYS - 1)] + [9_000]
    days = [record(event_time=START + day * DAY, views=count) for day, count in enumerate(views)]
    simulation.arrive(end, [(end, "key", data) for data in [*days, b"no record"]])
    simulation.run_until(end + 10 * MINUTE)
    late = record(event_time=START + 20 * DAY, views=1)
    simulation.arrive(stack.clock.now, [(stack.clock.now, "key", late)])
    simulation.run_until(stack.clock.now + 10 * MINUTE)
    event = json.loads((ROOT / "events" / "ingest-ecommerce.json").read_text())
    for _ in range(2):
        stack.functions["ingest"].invoke(event)
    stack.queue.run(stack.clock.now)
    for day in range(
        1, 5
    ):  # snapshots pile up until the oldest are removed; each is read by a function that starts anew
        stack.clock.advance_to(end + day * DAY + 10 * MINUTE)
        schedule = {"time": datetime.fromtimestamp(stack.clock.now, UTC).isoformat()}
        stack.functions["flush"].invoke(schedule)
        local_functions(stack.template)["detect"].invoke(schedule)


def test_roles_allow_what_functions_call_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)
    with local_stack(deployment(None, SETTINGS), START + DAYS * DAY) as stack:
        assert boto3.DEFAULT_SESSION is not None
        boto3.DEFAULT_SESSION.events.register("provide-client-params", recorder.see)
        _drive(stack)
        assert recorder.calls.keys() == stack.functions.keys()
        for folder, function in stack.functions.items():
            statements = list(_statements(stack, function))
            for call in recorder.calls[folder]:
                assert any(_allows(statement, call) for statement in statements), (folder, call)
            for statement in statements:
                if statement["Sid"] not in NOT_CALLED_BY_CODE:
                    for action in set(_listed(statement["Action"])) - {ONLY_WHEN_A_PART_FAILS}:
                        used = [call for call in recorder.calls[folder] if call[0] == action]
                        assert any(_allows(statement, call) for call in used), (folder, statement["Sid"], action)
