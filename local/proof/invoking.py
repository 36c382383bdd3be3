"""`sam local invoke` of every event in events/, beside the same handlers in this process.

Both write to resources of their own in the emulated account; answers and everything written must be the same. What the
right answers are, the tests say; here it is shown that packaging, layers and runtime change nothing about them.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import boto3
from samtranslator.yaml_helper import yaml_parse

from local.batch_response import FunctionError
from local.embedded import create_resources
from local.functions import LocalFunction, local_functions
from local.proof.building import BUILT, ENVIRONMENTS, overrides, parameters
from local.proof.engine import Engine
from local.proof.ledger import Failed
from local.proof.shell import complete
from local.template import ROOT, Template

EVENTS: Final = ROOT / "events"
ORDER: Final = ("generate", "ingest", "flush", "detect", "alert")
LAST: Final = "ingest-ecommerce"
"""Its records are of 2021: a flush behind it would close each interval since."""
OF_THE_MOMENT: Final = ("expires", "version", "moved", "_owner", "_told", "_until")
"""How the names of attributes end that differ from run to run: times of the real clock, versions of markers."""
WITH_ENDPOINT: Final = BUILT / "template-emulated.yaml"


def events(environment: str) -> list[Path]:
    """The events of an environment in the order of the stages; those that name no environment are the shop's."""
    files = sorted(EVENTS.glob("*.json"), key=_rank)
    return [path for path in files if environment_of(path) == environment]


def _rank(event: Path) -> tuple[bool, int, str]:
    return event.stem == LAST, ORDER.index(function_of(event)), event.name


def function_of(event: Path) -> str:
    """The folder of the function that an event is for: the first word of its name."""
    return event.stem.partition("-")[0]


def environment_of(event: Path) -> str:
    """The environment that an event's name says."""
    return next((name for name in ENVIRONMENTS if name in event.stem.split("-")), ENVIRONMENTS[0])


class Pair:
    """One environment twice: the functions as sam runs them, and the same in this process."""

    def __init__(self, environment: str, engine: Engine, access: Mapping[str, str]) -> None:
        values = parameters(environment)
        self._ours = Template(f"desk-{environment}", values)
        self._sams = Template(f"sam-{environment}", values)
        for template in (self._ours, self._sams):
            _create(template)
        self._handlers = local_functions(self._ours)
        self._sam = _Sam(self._sams, engine, access)

    def invoke(self, event: Path) -> str:
        """Run one event through both; Failed where answers or what they wrote differ."""
        function = function_of(event)
        ours = self._anonymous(_answer(self._handlers[function], event), self._ours)
        answer, used = self._sam.answer(function, event)
        sams = self._anonymous(answer, self._sams)
        if ours != sams:
            raise Failed(f"{event.name}: sam's answer differs: {sams} instead of {ours}")
        written, expected = (self._anonymous(_written(t), t) for t in (self._sams, self._ours))
        if written != expected:
            raise Failed(f"{event.name}: what it wrote differs: {sorted(text[:80] for text in written ^ expected)}")
        return f"answer and {len(written)} items and objects as they should be; {used}"

    def _anonymous[Value: (str, set[str])](self, value: Value, template: Template) -> Value:
        if isinstance(value, str):
            return value.replace(template.stack_name, "stack")
        return {text.replace(template.stack_name, "stack") for text in value}


class _Sam:
    """The functions as sam runs them: in containers, from what it built."""

    def __init__(self, template: Template, engine: Engine, access: Mapping[str, str]) -> None:
        functions = template.resources("AWS::Serverless::Function")
        self._logical = {one["CodeUri"].removeprefix("functions/"): logical for logical, one in functions.items()}
        self._given = {logical: (int(one["MemorySize"]), int(one["Timeout"])) for logical, one in functions.items()}
        self._engine = engine
        self._access = access
        self._values = template.parameters
        self._variables = WITH_ENDPOINT.with_name(f"{template.stack_name}.json")
        local = local_functions(template)
        given = {self._logical[name]: {**function.environment, **access} for name, function in local.items()}
        self._variables.write_text(json.dumps(given))
        _write_template(access)

    def answer(self, function: str, event: Path) -> tuple[str, str]:
        """What it answered, and what it used of the memory and time that the template gives it."""
        command = ["sam", "local", "invoke", self._logical[function], "--template", str(WITH_ENDPOINT)]
        command += ["--event", str(event), "--env-vars", str(self._variables), "--skip-pull-image"]
        host = {"DOCKER_HOST": self._engine.docker_host}
        done = complete([*command, *overrides(self._values)], {**self._access, **host})
        used = _used(done.stderr, *self._given[self._logical[function]])
        answer = json.loads(done.stdout.strip().splitlines()[-1])
        if isinstance(answer, dict) and "errorType" in answer:
            return f"{answer['errorType']}: {answer['errorMessage']}", used
        return _sorted(answer), used


def _used(log: str, memory: int, timeout: int) -> str:
    """Lambda's report of an invocation beside what the template gives; Failed where it had other memory."""
    report = re.search(r"\tDuration: ([\d.]+) ms\t.*Memory Size: (\d+) MB", log)
    if not report or int(report[2]) != memory:
        raise Failed(f"not {memory} MB: {log[-500:]}")
    return f"{float(report[1]) / 1000:.1f} of {timeout} s, with {memory} MB"


def _write_template(access: Mapping[str, str]) -> None:
    """What sam built, with a place for the emulated account's address: sam passes only variables that it finds."""
    document = yaml_parse((BUILT / "template.yaml").read_text())
    document["Globals"]["Function"]["Environment"]["Variables"].update(access)
    WITH_ENDPOINT.write_text(json.dumps(document))


def _create(template: Template) -> None:
    session = boto3.Session()
    create_resources(session, template)
    for logical in template.resources("AWS::Kinesis::Stream"):
        session.client("kinesis").create_stream(StreamName=template.name(logical), ShardCount=1)


def _answer(function: LocalFunction, event: Path) -> str:
    try:
        return _sorted(function.invoke(json.loads(event.read_text())))
    except FunctionError as error:
        return str(error).removeprefix(f"{function.folder}: ")


def _sorted(answer: object) -> str:
    return json.dumps(answer, sort_keys=True)


def _written(template: Template) -> set[str]:
    """Everything in a stack's tables and buckets."""
    found = set()
    dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
    for logical in template.resources("AWS::DynamoDB::Table"):
        for page in dynamodb.get_paginator("scan").paginate(TableName=template.name(logical)):
            found |= {_facts(item) for item in page["Items"]}
    for logical in template.resources("AWS::S3::Bucket"):
        bucket = template.name(logical)
        for listing in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for entry in listing.get("Contents", ()):
                body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
                found.add(f"{entry['Key']} {body.hex()}")
    return found


def _facts(item: Mapping[str, Any]) -> str:
    """An item without what depends on the moment of the run, or is drawn by lot."""
    kept = {name: value for name, value in item.items() if not name.endswith(OF_THE_MOMENT)}
    return json.dumps(kept, sort_keys=True, default=_bytes)


def _bytes(value: Any) -> str:
    assert isinstance(value, bytes)
    return value.hex()
