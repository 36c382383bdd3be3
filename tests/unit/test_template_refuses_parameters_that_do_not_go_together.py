"""The template's rules: CloudFormation refuses a deployment of which some records could never be used."""

import re
from collections.abc import Callable

import pytest

from local.parameters import deployment, environments
from local.proof.building import ENVIRONMENTS
from local.proof.options import Existing, beside, of_its_own
from local.template import Template, document

STREAM = "arn:aws:kinesis:eu-central-1:123456789012:stream/clicks"
IOT = {"IotTopic": "roads/+/camera"}


def refusals(parameters: dict[str, str]) -> list[str]:
    """What the rules' assertions say that do not hold."""
    resolve = Template("stack", {"Measures": "views:SUM", **parameters}).resolve
    return [
        assertion["AssertDescription"]
        for rule in document()["Rules"].values()
        if resolve(rule["RuleCondition"])
        for assertion in rule["Assertions"]
        if not resolve(assertion["Assert"])
    ]


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({}, []),
        ({"StreamArn": STREAM}, []),
        ({"DeployGenerator": "traffic"}, []),
        ({"StreamArn": STREAM, "DeployGenerator": "traffic"}, ["DeployGenerator must be none"]),
        ({**IOT, "TimestampFormat": "UNIX"}, []),
        (IOT, ["TimestampFormat must be UNIX"]),
        ({**IOT, "TimestampFormat": "UNIX", "RecordFormat": "csv"}, ["RecordFormat must be json"]),
        ({**IOT, "TimestampFormat": "UNIX", "TimestampColumn": "received_at"}, []),
        ({**IOT, "TimestampFormat": "UNIX", "TimestampColumn": "event-time"}, ["TimestampColumn must be one of"]),
        ({**IOT, "TimestampFormat": "UNIX", "TimestampColumn": "2nd_time"}, ["TimestampColumn must be one of"]),
        ({"TimestampColumn": "event-time"}, []),
    ],
)
def test_what_cannot_go_together_is_refused_by_name(parameters: dict[str, str], told: list[str]) -> None:
    found = refusals(parameters)
    assert len(found) == len(told)
    assert all(name in text for name, text in zip(told, found, strict=True))


def test_the_columns_that_the_iot_rule_can_stamp_are_names_of_its_sql_and_all_of_them_are_told() -> None:
    """Its reference has no quotes for a name behind AS, and an unquoted one with a hyphen is a subtraction.

    https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
    """
    (assertion,) = (
        assertion
        for assertion in document()["Rules"]["MessagesOfIotCanBeRead"]["Assertions"]
        if "Fn::Contains" in assertion["Assert"]
    )
    columns = assertion["Assert"]["Fn::Contains"][0]
    assert all(re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", column) for column in columns)
    assert f"must be one of {', '.join(columns)}." in assertion["AssertDescription"]
    assert document()["Parameters"]["TimestampColumn"]["Default"] in columns


@pytest.mark.parametrize("name", environments())
def test_the_ready_environments_are_accepted(name: str) -> None:
    assert refusals(dict(deployment(name, []).parameters)) == []


@pytest.mark.parametrize("stack", [beside, of_its_own])
def test_the_stacks_of_the_proof_are_accepted(stack: Callable[[Existing], dict[str, str]]) -> None:
    given = deployment(ENVIRONMENTS[0], []).parameters
    assert refusals({**given, **stack(Existing(STREAM, "topic", "key", "secret"))}) == []
