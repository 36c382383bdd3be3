"""KmsKeyArn stands wherever a resource can take a key: CloudFormation's own schemas say which can."""

from typing import Any, Final

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]  # it ships no types

from tests.template import functions, resources, template, walk, without_conditions

KEYS: Final = {
    "KMSMasterKeyId",
    "KMSMasterKeyID",
    "KeyId",
    "KmsKeyArn",
    "KmsKeyId",
    "KmsKeyIdentifier",
    "KmsMasterKeyId",
}
"""What the property of a key at rest is called; the schemas have no one name for it."""

DEPLOYED_AS: Final = {"AWS::Serverless::Function": "AWS::Lambda::Function"}
NOT_OURS: Final = {
    "AWS::Serverless::LayerVersion": "code, which is public",
    "AWS::Lambda::EventSourceMapping": "its key is for filter criteria, and it has none",
    "AWS::Scheduler::Schedule": "its key is for the input, and that is the name of a placeholder",
}
"""Types that SAM makes or that take no key in the template, and why."""

OWN: Final = {"Ref": "KmsKeyArn"}


def takes_a_key(kind: str) -> bool:
    """Has the type, in its schema, a property for a key?"""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", DEPLOYED_AS.get(kind, kind)).schema
    nodes = walk({part: schema.get(part, {}) for part in ("properties", "definitions")})
    return any(isinstance(node, dict) and KEYS & node.keys() for node in nodes)


def names_the_key(properties: Any) -> bool:
    return any(isinstance(node, dict) and OWN in (node.get(name) for name in KEYS) for node in walk(properties))


TAKING: Final = [
    name
    for name, resource in template()["Resources"].items()
    if resource["Type"] not in NOT_OURS and takes_a_key(resource["Type"])
]


def test_the_schemas_know_every_sort_of_store() -> None:
    kinds = {template()["Resources"][name]["Type"].rpartition("::")[2] for name in TAKING}
    assert kinds == {"Bucket", "EventBus", "Function", "LogGroup", "Queue", "Stream", "Table", "Topic"}


@pytest.mark.parametrize("name", TAKING)
def test_whatever_can_take_a_key_takes_ours(name: str) -> None:
    resource = template()["Resources"][name]
    shared = template()["Globals"]["Function"] if resource["Type"] in DEPLOYED_AS else {}
    assert names_the_key(without_conditions({**shared, **resource["Properties"]}))


@pytest.mark.parametrize("name", TAKING)
def test_without_a_key_none_is_named(name: str) -> None:
    """Each stands in an Fn::If: the other branch must not refer to what is empty."""
    resource = template()["Resources"][name]
    shared = template()["Globals"]["Function"] if resource["Type"] in DEPLOYED_AS else {}
    chosen = [
        node["Fn::If"]
        for node in walk({**shared, **resource["Properties"]})
        if isinstance(node, dict) and "Fn::If" in node
    ]
    given = [branches for branches in chosen if OWN in list(walk(branches[1]))]
    assert given
    for condition, _, otherwise in given:
        assert condition == "HasKmsKey"
        assert OWN not in list(walk(otherwise))


@pytest.mark.parametrize("role", resources("AWS::IAM::Role"))
def test_a_role_may_read_and_write_under_the_key(role: str) -> None:
    policies = without_conditions(resources("AWS::IAM::Role")[role]["Policies"])
    (statement,) = (
        statement
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Resource"] == OWN
    )
    assert "kms:Decrypt" in statement["Action"]
    assert {"kms:GenerateDataKey", "kms:GenerateDataKey*"} & set(statement["Action"])


GIVEN: Final = {
    "StreamKmsKeyArn": (
        "kinesis",
        {"IotRole": "kms:GenerateDataKey", "IngestRole": "kms:Decrypt", "FlushRole": "kms:Decrypt"},
    ),
    "TopicKmsKeyArn": ("sns", {"AlertRole": ["kms:Decrypt", "kms:GenerateDataKey"]}),
    "SecretKmsKeyArn": ("secretsmanager", {"AlertRole": "kms:Decrypt"}),
}
"""The key of what was given -> the service through which alone it may be used, and what for."""


@pytest.mark.parametrize("key", GIVEN)
def test_the_key_of_what_was_given_is_used_by_who_uses_that_and_through_its_service(key: str) -> None:
    service, actions = GIVEN[key]
    found = {
        role: statement
        for role, properties in resources("AWS::IAM::Role").items()
        for statement in walk(without_conditions(properties["Policies"]))
        if isinstance(statement, dict) and statement.get("Resource") == {"Ref": key}
    }
    assert {role: statement["Action"] for role, statement in found.items()} == actions
    for statement in found.values():
        via = statement["Condition"]["StringEquals"]["kms:ViaService"]
        assert via == {"Fn::Sub": f"{service}.${{AWS::Region}}.amazonaws.com"}


def test_no_variable_holds_a_secret() -> None:
    """The webhook's address and token are fetched by the function; only the secret's name is in the environment."""
    for properties in functions().values():
        for name in properties["Environment"]["Variables"]:
            assert not any(word in name.upper() for word in ("PASSWORD", "TOKEN", "_KEY"))
            assert "SECRET" not in name.upper() or name.endswith("_ARN")
