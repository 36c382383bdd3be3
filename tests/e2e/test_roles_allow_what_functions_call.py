"""Every AWS call of every function, in a run that makes them all, beside its role: nothing missing, nothing unused."""

import http.client
import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

import boto3
import pytest

from local.batch_response import FunctionError
from local.functions import LocalFunction, local_functions
from local.local_response import Request, answer_locally, body_response, json_response
from local.parameters import deployment
from local.simulation import MINUTE, Simulation
from local.stack import LocalStack, local_stack
from local.template import ROOT
from tests.replaying import record
from tests.role_calls import Recorder, Statement, call_sites, listed, missing, unused
from tidegate.aws import objects

DAY: Final = 86_400
START: Final = 1_780_272_000
"""2026-06-01T00:00:00Z."""
DAYS: Final = 24
SECRET: Final = "arn:aws:secretsmanager:us-east-1:000000000000:secret:webhook-AbCdEf"
OPTIONS: Final = {
    "DeployGenerator": "ecommerce",
    "DeployEventBus": "true",
    "ShadowThingName": "sign",
    "WebhookSecretArn": SECRET,
    "Tracing": "Active",
    "KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/1",
    "StreamKmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/2",
    "TopicKmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/3",
    "SecretKmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/4",
}
"""Every option that gives a role a statement."""
SETTINGS: Final = ["Measures=views:SUM", "TimestampFormat=UNIX", "IntervalMinutes=1440", "BufferRetentionHours=1200"]
"""Intervals of a day are learned after 14 of them."""
GIVEN: Final = deployment(None, SETTINGS).with_parameters(**OPTIONS)

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
    "UseStreamKey": "Kinesis",
    "UseTopicKey": "SNS",
    "UseSecretKey": "Secrets Manager",
}
"""Sid -> who needs the statement."""

NOT_CALLED_BY_FUNCTIONS: Final = {
    ("anomalies.py", "everything", "scan"): "tidegate anomalies",
    ("anomalies.py", "give_feedback", "get_item"): "tidegate anomalies feedback",
    ("anomalies.py", "give_feedback", "put_item"): "tidegate anomalies feedback",
    ("anomalies.py", "_judged", "get_item"): "tidegate anomalies feedback",
    ("anomalies.py", "_judged", "update_item"): "tidegate anomalies feedback",
}
"""Calls that stand in the adapters -> who makes them."""


def statements(stack: LocalStack, function: LocalFunction) -> list[Statement]:
    roles = stack.template.resources("AWS::IAM::Role")
    (role,) = (role for name, role in roles.items() if stack.template.arn(name) == function.role_arn)
    return [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


def called(given: Sequence[Statement]) -> list[Statement]:
    """The statements that the function's own calls need."""
    return [statement for statement in given if statement["Sid"] not in NOT_CALLED_BY_CODE]


class Hook(http.client.HTTPConnection):
    """A webhook that refuses once and then takes everything."""

    answers: ClassVar = iter([500])

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__("hook")

    def request(self, *_: object, **__: object) -> None:
        """Nothing is sent."""

    def getresponse(self) -> Any:
        return type("Answer", (), {"status": next(Hook.answers, 200)})()


def answer_for_iot_and_secrets(session: boto3.Session) -> None:
    """A shadow that is empty, and the webhook's secret."""

    def shadow(request: Request, **_: object) -> Any:
        return body_response(request, b"{}")

    def secret(request: Request, **_: object) -> Any:
        return json_response(request, {"ARN": SECRET, "SecretString": '{"url": "https://hook/"}'})

    answer_locally(session.events, "before-send.iot-data-plane", shadow)
    answer_locally(session.events, "before-send.secrets-manager", secret)


def refuse_part(session: boto3.Session) -> None:
    """The first part of an object is refused."""
    left = [400]

    def refuse(request: Request, **_: object) -> Any:
        return body_response(request, b"<Error><Code>No</Code></Error>", left.pop()) if left else None

    answer_locally(session.events, "before-send.s3.UploadPart", refuse)


def drive(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that the functions do: closes, a late record, an anomaly, a bad record, a cold start, a repetition."""
    simulation = Simulation(stack, GIVEN.config())
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
    # Snapshots pile up until the oldest are removed; each is read by a function that starts anew.
    for day in range(1, 5):
        stack.clock.advance_to(end + day * DAY + 10 * MINUTE)
        run(stack, "flush")
        local_functions(stack.template)["detect"].invoke(schedule(stack))
    drive_faults(stack, monkeypatch)


def drive_faults(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens rarely: an object in parts, of which one fails; a chunk that does not decode; a foreign object."""
    monkeypatch.setattr(objects, "PART_BYTES", 16)
    started = {"pk": {"S": f"chunk#{stack.template.stack_name}#{START}#0"}, "sk": {"S": "shardId-000000000000#9#1"}}
    stack.dynamodb.put_item(TableName=stack.template.name("BufferTable"), Item={**started, "p": {"B": b"junk"}})
    event = json.loads((ROOT / "events" / "ingest-ecommerce.json").read_text())
    for number, one in enumerate(event["Records"]):
        one["kinesis"] |= {"sequenceNumber": str(10**50 + number), "approximateArrivalTimestamp": stack.clock.now}
        one["kinesis"]["data"] = b64encode(record(event_time=START, views=3)).decode()
    stack.functions["ingest"].invoke({**event, **schedule(stack)})
    with pytest.raises(FunctionError, match="UploadPart"):
        run(stack, "flush")
    run(stack, "flush")
    stack.clock.advance_to(stack.clock.now + DAY)
    run(stack, "flush")
    foreign = max(key for key, _ in stack.objects("DataBucket"))
    stack.s3.put_object(Bucket=stack.template.name("DataBucket"), Key=foreign, Body=b"no,header\n")
    run(stack, "detect")


def schedule(stack: LocalStack) -> dict[str, str]:
    return {"time": datetime.fromtimestamp(stack.clock.now, UTC).isoformat()}


def run(stack: LocalStack, folder: str) -> None:
    stack.functions[folder].invoke(schedule(stack))


@pytest.fixture(scope="module")
def seen() -> Iterator[tuple[Recorder, dict[str, list[Statement]]]]:
    """The recorder after the run, and the statements of each function's role."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        recorder = Recorder(monkeypatch)
        monkeypatch.setattr(http.client, "HTTPSConnection", Hook)
        with local_stack(GIVEN, START + DAYS * DAY) as stack:
            assert boto3.DEFAULT_SESSION is not None
            answer_for_iot_and_secrets(boto3.DEFAULT_SESSION)
            refuse_part(boto3.DEFAULT_SESSION)
            boto3.DEFAULT_SESSION.events.register("provide-client-params", recorder.see)
            drive(stack, monkeypatch)
            assert recorder.calls.keys() == stack.functions.keys()
            yield recorder, {folder: statements(stack, function) for folder, function in stack.functions.items()}


type Seen = tuple[Recorder, dict[str, list[Statement]]]


def test_every_call_that_stands_in_the_adapters_was_made(seen: Seen) -> None:
    recorder, _ = seen
    assert set(call_sites()) - recorder.sites == set(NOT_CALLED_BY_FUNCTIONS)


@pytest.mark.parametrize("folder", ["generate", "ingest", "flush", "detect", "alert"])
def test_roles_allow_what_functions_call_and_nothing_else(seen: Seen, folder: str) -> None:
    recorder, given = seen
    assert missing(recorder.calls[folder], given[folder]) == []
    assert unused(recorder.calls[folder], called(given[folder])) == []


def test_exceptions_name_statements_that_there_are(seen: Seen) -> None:
    assert {statement["Sid"] for of_role in seen[1].values() for statement in of_role} >= NOT_CALLED_BY_CODE.keys()


@pytest.mark.parametrize("folder", ["generate", "ingest", "flush", "detect", "alert"])
def test_any_change_of_a_role_is_found(seen: Seen, folder: str) -> None:
    recorder, given = seen
    calls, own = recorder.calls[folder], called(given[folder])
    for place, statement in enumerate(own):
        others = [*own[:place], *own[place + 1 :]]
        for action in listed(statement["Action"]):
            fewer = {**statement, "Action": [one for one in listed(statement["Action"]) if one != action]}
            assert missing(calls, [*others, fewer]), f"{statement['Sid']} without {action}"
        for arn in listed(statement["Resource"]):
            elsewhere = {**statement, "Resource": [f"{arn}-of-another", *(set(listed(statement["Resource"])) - {arn})]}
            assert missing(calls, [*others, elsewhere]), f"{statement['Sid']} on another resource"
            more = {**statement, "Resource": [*listed(statement["Resource"]), f"{arn}-of-another"]}
            assert unused(calls, [*others, more]), f"{statement['Sid']} on one resource more"
        more = {**statement, "Action": [*listed(statement["Action"]), "s3:DeleteBucket"]}
        assert unused(calls, [*others, more]), f"{statement['Sid']} with one action more"
