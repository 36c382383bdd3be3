"""What functions ask of AWS, seen in botocore; what the code could ask; what a role allows."""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

import pytest
from botocore import xform_name

from local.functions import LocalFunction
from local.template import ACCOUNT, REGION, ROOT

ADAPTERS: Final = ROOT / "layers" / "tidegate" / "tidegate" / "aws"

CLIENTS: Final = ("self._client", "self._dynamodb", "self._s3")
"""What adapters call a client."""

_PREFIXES: Final = {"eventbridge": "events", "iot-data-plane": "iot", "secrets-manager": "secretsmanager"}
"""Botocore's name of a service -> IAM's, where the two differ."""
_ACTIONS: Final = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:UploadPart": "s3:PutObject",
}
"""Operation -> the action that it needs, where the two are called differently.
https://docs.aws.amazon.com/service-authorization/latest/reference/"""

type Statement = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of AWS: the action and the ARN that IAM would judge; the partition key, if it reads or writes an item."""

    action: str
    resource: str
    partition: str = ""


class Recorder:
    """Which function asked for what; and which operation, from where in the adapters (module, function, operation)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: dict[str, set[Call]] = {}
        self.sites: set[tuple[str, str, str]] = set()
        self._running: list[str] = []
        self._stream = ""
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
        if not self._running:
            return
        _, service, operation = event_name.split(".")
        action = f"{_PREFIXES.get(service, service)}:{operation}"
        if operation == "GetShardIterator":
            self._stream = params["StreamName"]
        call = Call(_ACTIONS.get(action, action), self._resource(service, params), _partition(params))
        self.calls.setdefault(self._running[-1], set()).add(call)
        module, function = _site()
        self.sites.add((module, function, xform_name(operation)))

    def _resource(self, service: str, params: dict[str, Any]) -> str:
        """The ARN of what a call is about. An iterator is a place in the stream that it was asked for."""
        about: dict[str, Callable[[], str]] = {
            "s3": lambda: "arn:aws:s3:::" + "/".join(str(params[one]) for one in ("Bucket", "Key") if one in params),
            "dynamodb": lambda: _arn("dynamodb", f"table/{params['TableName']}"),
            "kinesis": lambda: _arn("kinesis", f"stream/{params.get('StreamName', self._stream)}"),
            "lambda": lambda: _arn("lambda", f"function:{params['FunctionName']}"),
            "eventbridge": lambda: _arn("events", f"event-bus/{params['Entries'][0]['EventBusName']}"),
            "iot-data-plane": lambda: _arn("iot", f"thing/{params['thingName']}"),
            "sns": lambda: str(params["TopicArn"]),
            "secrets-manager": lambda: str(params["SecretId"]),
        }
        return about[service]()


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def _partition(params: dict[str, Any]) -> str:
    key: Any = params.get("Key", params.get("Item"))
    if isinstance(key, dict):
        return str(key["pk"]["S"])
    values: Any = params.get("ExpressionAttributeValues", {})
    return str(values[":pk"]["S"]) if ":pk" in values else ""


def _site() -> tuple[str, str]:
    """The module and function of the adapters that the running call comes from."""
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        path, function = frame.f_code.co_filename, frame.f_code.co_name
        if path.startswith(str(ADAPTERS)) and function.isidentifier():  # a generator expression is part of a function
            return path.rpartition("/")[2], function
    raise AssertionError("a function calls AWS beside the adapters")


def call_sites() -> Iterator[tuple[str, str, str]]:
    """Every call of a client that stands in the adapters: module, function, operation."""
    for path in sorted(ADAPTERS.glob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                yield from ((path.name, function.name, operation) for operation in _operations(function))


def _operations(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in CLIENTS and node.attr != "exceptions":
            if node.attr != "get_paginator":
                yield node.attr
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {f"{client}.get_paginator" for client in CLIENTS}:
            (name,) = node.args
            yield str(ast.literal_eval(name))


def listed(value: Any) -> list[Any]:
    """One or several, as a list."""
    return value if isinstance(value, list) else [value]


def allows(statement: Statement, call: Call) -> bool:
    """Would IAM let the call through by this statement?"""
    keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", ["*"])
    return (
        call.action in listed(statement["Action"])
        and any(fnmatchcase(call.resource, arn) for arn in listed(statement["Resource"]))
        and any(fnmatchcase(call.partition, key) for key in keys)
    )


def missing(calls: Iterable[Call], statements: Iterable[Statement]) -> list[Call]:
    """The calls that no statement allows."""
    return [call for call in calls if not any(allows(statement, call) for statement in statements)]


def unused(calls: Iterable[Call], statements: Iterable[Statement]) -> list[tuple[str, str, str]]:
    """Sid, action, ARN of what statements allow and no call needs."""
    known = list(calls)
    return [
        (statement["Sid"], action, arn)
        for statement in statements
        for action in listed(statement["Action"])
        for arn in listed(statement["Resource"])
        if not any(allows({**statement, "Action": action, "Resource": arn}, call) for call in known)
    ]
