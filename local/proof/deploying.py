"""sam deploy and sam delete against an emulated account."""

from collections.abc import Mapping
from dataclasses import dataclass

import boto3

from local.proof.building import BUILT, overrides, parameters
from local.proof.ledger import Failed
from local.proof.shell import run
from local.template import REGION, ROOT, Template, document


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: its parameters, and its resources' names by logical name."""

    name: str
    parameters: Mapping[str, str]
    resources: Mapping[str, str]


def deploy(name: str, environment: str, access: Mapping[str, str], changes: Mapping[str, str] | None = None) -> Stack:
    """Create or update a stack with the parameters of an environment, some of them changed."""
    values = parameters(environment, changes)
    command = [
        "sam",
        "deploy",
        "--template-file",
        str(BUILT / "template.yaml"),
        "--config-file",
        str(ROOT / "samconfig.toml"),
    ]
    command += [
        "--config-env",
        environment,
        "--stack-name",
        name,
        "--region",
        REGION,
        "--no-confirm-changeset",
        "--no-progressbar",
    ]
    run([*command, *overrides(values)], access)
    return Stack(name, values, _resources(name))


def check(stack: Stack) -> str:
    """Does the stack hold what the template says, functions with the environment that it gives them?"""
    template = Template(stack.name, stack.parameters)
    lambda_client = boto3.client("lambda")
    functions = template.resources("AWS::Serverless::Function")
    for logical in functions:
        deployed = lambda_client.get_function_configuration(FunctionName=stack.resources[logical])
        variables = deployed["Environment"]["Variables"]
        if variables["DetectorName"] != (stack.parameters.get("DetectorName") or stack.name):
            raise Failed(f"{logical} has DetectorName {variables['DetectorName']}")
        for name, value in stack.parameters.items():
            if variables.get(name, value) != value:
                raise Failed(f"{logical} has {name} {variables[name]} instead of {value}")
        if len(deployed["Layers"]) != len(functions[logical]["Layers"]):
            raise Failed(f"{logical} has {len(deployed['Layers'])} layers")
    return f"{len(stack.resources)} resources, {len(functions)} functions"


def delete(name: str) -> str:
    """Delete the stack: nothing that runs or costs may be left.

    By CloudFormation itself, as `sam delete` does it: sam first asks for a field that MiniStack does not give.
    """
    cloudformation = boto3.client("cloudformation")
    cloudformation.delete_stack(StackName=name)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    if left := [running for running in _running() if running.startswith(name)]:
        raise Failed(f"left behind: {', '.join(left)}")
    declared = document()["Resources"].items()
    kept = [name for name, resource in declared if resource.get("DeletionPolicy") == "RetainExceptOnCreate"]
    return f"nothing runs on; an account keeps {', '.join(kept)}"


def _running() -> list[str]:
    """Names of everything in the account that works or is charged by the hour."""
    functions = boto3.client("lambda").list_functions()["Functions"]
    mappings = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    return [
        *(function["FunctionName"] for function in functions),
        *(mapping["FunctionArn"].rpartition(":")[2] for mapping in mappings),
        *(schedule["Name"] for schedule in boto3.client("scheduler").list_schedules()["Schedules"]),
        *boto3.client("kinesis").list_streams()["StreamNames"],
        *(queue.rpartition("/")[2] for queue in boto3.client("sqs").list_queues().get("QueueUrls", [])),
        *(topic["TopicArn"].rpartition(":")[2] for topic in boto3.client("sns").list_topics()["Topics"]),
    ]


def _resources(stack: str) -> dict[str, str]:
    paginator = boto3.client("cloudformation").get_paginator("list_stack_resources")
    pages = paginator.paginate(StackName=stack)
    found = [resource for page in pages for resource in page["StackResourceSummaries"]]
    unfinished = [resource["LogicalResourceId"] for resource in found if "COMPLETE" not in resource["ResourceStatus"]]
    if unfinished:
        raise Failed(f"not complete: {', '.join(unfinished)}")
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}
