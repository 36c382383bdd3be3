"""What a look at a deployed stack shows of its options; Failed where that is not what was asked for."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import boto3

from local.proof.deploying import Stack
from local.proof.ledger import Failed
from local.template import ROOT, Template

TOPIC: Final = "shop/+/orders"
RULE: Final = "SELECT *, timestamp() as event_time FROM 'shop/+/orders'"
THING: Final = "sign"
STREAM: Final = "theirs"


def _expect(seen: object, expected: object, what: str) -> str:
    if seen != expected:
        raise Failed(f"{what} is {seen} instead of {expected}")
    return f"{what}: {seen}"


def reads(stream: str, stack: Stack) -> str:
    """Ingest reads the stream that was given, and none was made."""
    function = stack.resources["IngestFunction"]
    (mapping,) = boto3.client("lambda").list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    if "Stream" in stack.resources:
        raise Failed("a stream of its own was made")
    return _expect(mapping["EventSourceArn"], stream, "ingest reads")


def rule(stack: Stack) -> str:
    """The IoT rule stamps messages with their arrival, and puts them on the stream."""
    payload = boto3.client("iot").get_topic_rule(ruleName=stack.resources["IotRule"])["rule"]
    (action,) = payload["actions"]
    _expect(action["kinesis"]["streamName"], STREAM, "the rule's stream")
    return _expect(payload["sql"], RULE, "rule")


def roles_name(arn: str, stack: Stack) -> str:
    """Every role of ours names the key."""
    roles = Template(stack.name, stack.parameters).resources("AWS::IAM::Role")
    for logical in roles:
        role_names(logical, arn, stack)
    return f"named by {', '.join(roles)}"


def role_names(logical: str, arn: str, stack: Stack) -> str:
    """A role names what it was given."""
    iam, role = boto3.client("iam"), stack.resources[logical]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document: Any = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    statements = document["Statement"]
    if not any(arn in (statement["Resource"], *statement["Resource"]) for statement in statements):
        raise Failed(f"{logical} does not name {arn}")
    return f"named by {logical}"


def generates(stack: Stack) -> str:
    """The generator puts a minute of samples on the stack's own stream."""
    answer = _invoke(stack, "GenerateFunction", {"time": datetime.now(UTC).isoformat()})
    kinesis, stream, records = boto3.client("kinesis"), stack.resources["Stream"], 0
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        place = kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        records += len(kinesis.get_records(ShardIterator=place["ShardIterator"])["Records"])
    return _expect(records, answer["generated"], "records on the stream")


def acts(stack: Stack) -> str:
    """An incident begins: an event for the bus's rules, and the thing's shadow says so."""
    sqs, events, bus = boto3.client("sqs"), boto3.client("events"), stack.resources["AnomalyBus"]
    queue = sqs.create_queue(QueueName="proof-bus")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name=bus, EventBusName=bus, EventPattern=json.dumps({"source": ["tidegate"]}))
    events.put_targets(Rule=bus, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    answer = _invoke(stack, "AlertFunction", json.loads((ROOT / "events" / "alert-tidegate.json").read_text()))
    _expect(answer["actions"], ["started_event_bus", "started_shadow"], "actions")
    messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5).get("Messages", [])
    _expect(len(messages), 1, "events on the bus")
    shadow = json.loads(boto3.client("iot-data").get_thing_shadow(thingName=THING)["payload"].read())
    return _expect(shadow["state"]["desired"]["tidegate"]["state"], "anomalous", "an event on the bus, the shadow")


def shards(stack: Stack) -> str:
    """The stream has the shards that were asked for."""
    summary = boto3.client("kinesis").describe_stream_summary(StreamName=stack.resources["Stream"])
    return _expect(summary["StreamDescriptionSummary"]["OpenShardCount"], 2, "shards")


def subscriptions(stack: Stack) -> str:
    """Mail and phone are subscribed."""
    found = boto3.client("sns").list_subscriptions()["Subscriptions"]
    ours = sorted(one["Protocol"] for one in found if one["TopicArn"].rpartition(":")[2].startswith(stack.name))
    return _expect(ours, ["email", "email", "sms"], "subscriptions")


def _invoke(stack: Stack, logical: str, event: Mapping[str, Any]) -> dict[str, Any]:
    answer = boto3.client("lambda").invoke(FunctionName=stack.resources[logical], Payload=json.dumps(event).encode())
    body: dict[str, Any] = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise Failed(f"{logical}: {body}")
    return body
