"""A deployed stack in the account of the current AWS profile: what its outputs name, and how to reach it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tidegate.aws.clients import CONFIG
from tidegate.contracts.errors import InputError

_HINT: Final = "; AWS_PROFILE and AWS_DEFAULT_REGION (or `aws configure`) choose account and region"
_UNSET: Final = ("NoCredentialsError", "NoRegionError", "ProfileNotFound", "PartialCredentialsError")


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack's name and outputs; partition, region and account are those of its ARN."""

    name: str
    arn: str
    outputs: Mapping[str, str]

    def output(self, name: str) -> str:
        """An output's value. Raises InputError when the stack has none of this name."""
        if name not in self.outputs:
            raise InputError(self.name, f"has no output {name}; it is no stack of this version's template.yaml")
        return self.outputs[name]

    @property
    def stream_arn(self) -> str:
        _, partition, _, region, account, *_ = self.arn.split(":")
        return f"arn:{partition}:kinesis:{region}:{account}:stream/{self.output('StreamName')}"


def find_stack(name: str) -> Stack:
    """Look the stack up. Raises InputError when there is none, or AWS cannot be asked."""
    with aws_problems(f"stack {name}"):
        client = boto3.client("cloudformation", config=CONFIG)
        (found,) = client.describe_stacks(StackName=name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    return Stack(name, found["StackId"], outputs)


@contextmanager
def aws_problems(place: str) -> Iterator[None]:
    """Raise InputError naming `place` for an error of AWS."""
    try:
        yield
    except ClientError as error:
        answer = error.response["Error"]
        raise InputError(place, f"{error.operation_name} says {answer['Code']}: {answer['Message']}") from error
    except BotoCoreError as error:
        hint = _HINT if type(error).__name__ in _UNSET else ""
        raise InputError(place, f"{str(error).rstrip('.')}{hint}") from error
