"""template.yaml with values for its parameters, resolved as CloudFormation would: nothing local can drift from it.

Knows the intrinsic functions that the template uses, and names for its resources that are good enough on a desk.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from samtranslator.yaml_helper import yaml_parse

ROOT: Final = Path(__file__).resolve().parents[1]
REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"
_NO_VALUE: Final = object()
_PSEUDO: Final = {"AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::Partition": "aws", "AWS::NoValue": _NO_VALUE}

_ARNS: Final = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/%s",
    "AWS::Events::EventBus": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/%s",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/%s",
    "AWS::Kinesis::Stream": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/%s",
    "AWS::S3::Bucket": "arn:aws:s3:::%s",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:%s",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:%s",
    "AWS::Serverless::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:%s",
}
"""Resource type -> its ARN, with the resource's name left out."""

type Node = Any


@cache
def document() -> dict[str, Node]:
    """The template as it is written, intrinsic functions in their long form."""
    return cast(dict[str, Node], yaml_parse((ROOT / "template.yaml").read_text()))


class Template:
    """The template of one stack.

    parameters: values by name; one that is not given has the template's default.
    """

    def __init__(self, stack_name: str, parameters: Mapping[str, str]) -> None:
        self.stack_name: Final = stack_name
        declared = document()["Parameters"].items()
        defaults = {name: str(declaration["Default"]) for name, declaration in declared if "Default" in declaration}
        self.parameters: Final = {**defaults, **parameters}
        self._functions: Final[dict[str, Callable[[Node], Node]]] = {
            "Ref": self._reference,
            "Fn::GetAtt": self._attribute,
            "Fn::If": lambda node: self.resolve(node[1] if self.holds(node[0]) else node[2]),
            "Fn::Equals": lambda node: str(self.resolve(node[0])) == str(self.resolve(node[1])),
            "Fn::Contains": lambda node: self.resolve(node[1]) in self.resolve(node[0]),
            "Fn::Not": lambda node: not self.resolve(node[0]),
            "Fn::And": lambda node: all(self.resolve(part) for part in node),
            "Fn::Or": lambda node: any(self.resolve(part) for part in node),
            "Condition": self.holds,
            "Fn::Select": lambda node: self.resolve(node[1])[int(node[0])],
            "Fn::Split": lambda node: str(self.resolve(node[1])).split(node[0]),
            "Fn::Sub": self._substitute,
        }

    def holds(self, condition: str) -> bool:
        """Is a condition of the template true?"""
        return bool(self.resolve(document()["Conditions"][condition]))

    def resources(self, kind: str) -> dict[str, dict[str, Node]]:
        """Logical name -> resolved properties of the resources of a type whose condition holds."""
        return {
            name: self.resolve(resource.get("Properties", {}))
            for name, resource in document()["Resources"].items()
            if resource["Type"] == kind and ("Condition" not in resource or self.holds(resource["Condition"]))
        }

    def shared_by_functions(self) -> dict[str, Node]:
        """The resolved properties that all functions have in common."""
        return cast(dict[str, Node], self.resolve(document()["Globals"]["Function"]))

    def name(self, logical: str) -> str:
        """The name of a resource; a bucket's is in lower case."""
        name = f"{self.stack_name}-{logical}"
        return name.lower() if self._type(logical) == "AWS::S3::Bucket" else name

    def arn(self, logical: str) -> str:
        return _ARNS[self._type(logical)] % self.name(logical)

    def resolve(self, node: Node) -> Node:
        """A node without intrinsic functions; what is AWS::NoValue is left out."""
        if isinstance(node, list):
            return [value for item in node if (value := self.resolve(item)) is not _NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1 and (function := next(iter(node))) in self._functions:
            return self._functions[function](node[function])
        resolved = {key: self.resolve(value) for key, value in node.items()}
        return {key: value for key, value in resolved.items() if value is not _NO_VALUE}

    def _type(self, logical: str) -> str:
        return cast(str, document()["Resources"][logical]["Type"])

    def _reference(self, name: str) -> Node:
        if name == "AWS::StackName":
            return self.stack_name
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in document()["Parameters"]:
            return self.parameters[name]
        return self.arn(name) if self._type(name) == "AWS::SNS::Topic" else self.name(name)

    def _attribute(self, node: Node) -> str:
        logical, attribute = node if isinstance(node, list) else node.split(".")
        return self.arn(logical) if attribute == "Arn" and self._type(logical) in _ARNS else f"{logical}.{attribute}"

    def _substitute(self, text: str) -> str:
        def value(found: re.Match[str]) -> str:
            name = found[1]
            return self._attribute(name) if "." in name else str(self._reference(name))

        return re.sub(r"\$\{([A-Za-z0-9:.]+)\}", value, text)
