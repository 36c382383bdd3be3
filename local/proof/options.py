"""Two more stacks, with the options on that the environments leave off: one beside what exists, one of its own.

What the emulated account does not keep or run is a line of its own in the ledger, skipped, with the reason.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import boto3

from local.proof import looks
from local.proof.building import ENVIRONMENTS
from local.proof.deploying import Stack, check, delete, deploy
from local.proof.ledger import Ledger, Skipped

type Look = Callable[[Stack], str]

SKIPPED: Final = {
    "KmsKeyArn: the key of each resource": "MiniStack keeps no key with a resource; tests/unit/test_template_keys",
    "SaveQueries=true": "MiniStack refuses templates with AWS::Logs::QueryDefinition; linted",
    "IotTopic: a message through the rule": "MiniStack runs no rules",
    "WebhookSecretArn: a POST": "no server with a certificate here; tests/unit/test_webhook_keeps_its_secret",
    "Architecture of the other kind": "its packages and its runtime need a processor of that kind; linted",
}
"""Option -> why nothing more of it is seen here."""


@dataclass(frozen=True, slots=True)
class Existing:
    """What an account had before, beside a thing: ARNs."""

    stream: str
    topic: str
    key: str
    secret: str

    @classmethod
    def made(cls) -> "Existing":
        kinesis = boto3.client("kinesis")
        kinesis.create_stream(StreamName=looks.STREAM, ShardCount=1)
        boto3.client("iot").create_thing(thingName=looks.THING)
        secret = json.dumps({"url": "https://example.com/hook", "token": "none"})
        return cls(
            kinesis.describe_stream_summary(StreamName=looks.STREAM)["StreamDescriptionSummary"]["StreamARN"],
            boto3.client("sns").create_topic(Name=looks.STREAM)["TopicArn"],
            boto3.client("kms").create_key()["KeyMetadata"]["Arn"],
            boto3.client("secretsmanager").create_secret(Name=looks.STREAM, SecretString=secret)["ARN"],
        )


def beside(exists: Existing) -> dict[str, str]:
    """Parameters of a stack that uses what exists."""
    return {
        "StreamArn": exists.stream,
        "AlertTopicArn": exists.topic,
        "OperatorTopicArn": exists.topic,
        "KmsKeyArn": exists.key,
        "StreamKmsKeyArn": exists.key,
        "TopicKmsKeyArn": exists.key,
        "IotTopic": looks.TOPIC,
        "TimestampFormat": "UNIX",
        "DeployEventBus": "true",
        "ShadowThingName": looks.THING,
        "DeployGenerator": "none",
        "Output": "aggregates",
        "IntervalRetentionDays": "30",
    }


def of_its_own(exists: Existing) -> dict[str, str]:
    """Parameters of a stack that makes what it needs, and tells people."""
    return {
        "DetectorName": "mine",
        "KmsKeyArn": exists.key,
        "StreamShards": "2",
        "AlertEmail": "alerts@example.com",
        "AlertPhone": "+4915112345678",
        "OperatorEmail": "operator@example.com",
        "WebhookSecretArn": exists.secret,
        "SecretKmsKeyArn": exists.key,
        "DeployGenerator": "ecommerce",
        "Tracing": "Active",
    }


def prove(ledger: Ledger, access: Mapping[str, str]) -> None:
    """Deploy both stacks, look at each option, delete them."""
    exists = Existing.made()
    _prove_stack(ledger, access, "proof-beside", beside(exists), _looks_beside(exists))
    _prove_stack(ledger, access, "proof-own", of_its_own(exists), _looks_own(exists))
    for claim, why in SKIPPED.items():
        ledger.step(f"option {claim}", partial(_skip, why))


def _prove_stack(
    ledger: Ledger, access: Mapping[str, str], name: str, changes: Mapping[str, str], seen: Mapping[str, Look]
) -> None:
    stacks: list[Stack] = []

    def created() -> str:
        stacks.append(deploy(name, ENVIRONMENTS[0], access, changes))
        return f"{check(stacks[0])} with {', '.join(changes)}"

    if ledger.step(f"sam deploy with options: {name}", created):
        for claim, look in seen.items():
            ledger.step(f"option {claim}", partial(look, stacks[0]))
        ledger.step(f"stack {name}: delete", partial(delete, name))


def _looks_beside(exists: Existing) -> dict[str, Look]:
    return {
        "StreamArn": partial(looks.reads, exists.stream),
        "IotTopic": looks.rule,
        "KmsKeyArn: roles": partial(looks.roles_name, exists.key),
        "DeployEventBus, ShadowThingName": looks.acts,
    }


def _looks_own(exists: Existing) -> dict[str, Look]:
    return {
        "StreamShards": looks.shards,
        "DeployGenerator, Tracing": looks.generates,
        "AlertEmail, AlertPhone, OperatorEmail": looks.subscriptions,
        "KmsKeyArn: roles": partial(looks.roles_name, exists.key),
        "WebhookSecretArn: role": partial(looks.role_names, "AlertRole", exists.secret),
    }


def _skip(why: str) -> str:
    raise Skipped(why)
