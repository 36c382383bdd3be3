"""Each role names its own actions on its own resources; everything at rest is encrypted, private and TLS-only."""

import re
from typing import Any

import pytest

from tests.template import ROOT, functions, resources, template, walk, without_conditions

ROLES = resources("AWS::IAM::Role")
WITHOUT_RESOURCES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
"""X-Ray's actions take no resource."""


def statements(role: str) -> list[dict[str, Any]]:
    """A role's statements, with every option taken."""
    policies = without_conditions(ROLES[role]["Policies"])
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def listed(value: Any) -> list[Any]:
    """One or several, as a list."""
    return value if isinstance(value, list) else [value]


def test_every_function_has_a_role_and_a_log_group_of_its_own_that_forgets() -> None:
    roles = [properties["Role"]["Fn::GetAtt"][0] for properties in functions().values()]
    groups = [properties["LoggingConfig"]["LogGroup"]["Ref"] for properties in functions().values()]
    assert len(set(roles)) == len(set(groups)) == len(functions())
    for group in groups:
        assert resources("AWS::Logs::LogGroup")[group]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_no_managed_policy_and_no_wildcard(role: str) -> None:
    assert "ManagedPolicyArns" not in ROLES[role]
    for statement in statements(role):
        assert statement["Effect"] == "Allow"
        actions = set(listed(statement["Action"]))
        assert not any(action.endswith(":*") for action in actions)
        if "*" in listed(statement["Resource"]):
            assert actions <= WITHOUT_RESOURCES


def test_every_statement_on_all_resources_has_its_reason_beside_it() -> None:
    lines = (ROOT / "template.yaml").read_text().splitlines()
    places = [place for place, line in enumerate(lines) if re.search(r"""Resource: ["']?\*["']?[}\s]*$""", line)]
    assert places
    for place in places:
        above = lines[place - 3 : place + 1]
        assert any(line.strip().startswith("# ") for line in above), f"template.yaml, line {place + 1}: why all?"


@pytest.mark.parametrize("kind", ["AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue"])
def test_buckets_topics_and_queues_refuse_plain_connections(kind: str) -> None:
    policies = [*resources("AWS::S3::BucketPolicy").values(), *resources("AWS::SNS::TopicPolicy").values()]
    policies += resources("AWS::SQS::QueuePolicy").values()
    denials: set[str] = set()
    for policy in policies:
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Sid"] == "OnlyTls":
                assert statement["Effect"] == "Deny"
                assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
                denials |= {node for node in walk([policy.get("Bucket"), policy.get("Topics"), policy.get("Queues")])
                            if isinstance(node, str)}  # fmt: skip
    assert resources(kind).keys() <= denials


@pytest.mark.parametrize("bucket", resources("AWS::S3::Bucket"))
def test_buckets_are_private_encrypted_and_versioned(bucket: str) -> None:
    properties = resources("AWS::S3::Bucket")[bucket]
    assert all(properties["PublicAccessBlockConfiguration"].values())
    assert properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}


KEYS = {
    "AWS::DynamoDB::Table",
    "AWS::Events::EventBus",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
}


@pytest.mark.parametrize("name", [n for n, r in template()["Resources"].items() if r["Type"] in KEYS])
def test_a_key_of_ones_own_encrypts_everything_that_is_stored(name: str) -> None:
    properties = without_conditions(template()["Resources"][name]["Properties"])
    assert {"Ref": "KmsKeyArn"} in list(walk(properties))


@pytest.mark.parametrize("role", ROLES)
def test_every_role_may_use_that_key(role: str) -> None:
    assert [statement for statement in statements(role) if statement["Resource"] == {"Ref": "KmsKeyArn"}]


@pytest.mark.parametrize("table", resources("AWS::DynamoDB::Table"))
def test_tables_can_be_taken_back_in_time(table: str) -> None:
    properties = resources("AWS::DynamoDB::Table")[table]
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
