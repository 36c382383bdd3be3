"""What a proposed deployment is written as: lines for samconfig.toml, and one command."""

import json
import re
import shlex
from collections.abc import Mapping
from typing import Final

from local.parameters import Deployment, environments
from local.template import document

_PREFIX: Final = "tidegate-"
_LONGEST_STACK_NAME: Final = 100
_TAKEN: Final = ("default", "version", "ecommerce", "traffic")
"""What samconfig.toml has of its own: another table of that name would make the file unreadable."""
_ALWAYS: Final = ("Measures", "Dimensions", "IntervalMinutes")


def proposed(name: str, parameters: Mapping[str, str]) -> Deployment:
    """A stack called after the name, with what a person should see and what differs from the template's defaults."""
    told = {key: text for key, text in parameters.items() if key in _ALWAYS or text != _default(key)}
    return Deployment(_stack_name(name), told)


def environment_name(deployment: Deployment) -> str:
    """What `--config-env` calls it."""
    return deployment.stack_name.removeprefix(_PREFIX)


def samconfig(deployment: Deployment) -> str:
    """Lines for samconfig.toml: a new environment."""
    name = environment_name(deployment)
    overrides = "".join(f"    {json.dumps(pair, ensure_ascii=False)},\n" for pair in _pairs(deployment))
    head = f'[{name}.global.parameters]\nstack_name = "{deployment.stack_name}"\n'
    deploy = f'[{name}.deploy.parameters]\ncapabilities = "CAPABILITY_IAM"\nresolve_s3 = true\n'
    return f"{head}parameter_overrides = [\n{overrides}]\n\n{deploy}"


def deploy_command(deployment: Deployment) -> str:
    """The same as one command."""
    pairs = " ".join(map(shlex.quote, _pairs(deployment)))
    options = f"--stack-name {deployment.stack_name} --resolve-s3 --capabilities CAPABILITY_IAM"
    return f"sam build && sam deploy {options} --parameter-overrides {pairs}"


def print_deployment(deployment: Deployment) -> None:
    """Both, for a person to copy."""
    name = environment_name(deployment)
    print(f"\nFor samconfig.toml{f', in place of its [{name}.*]' if name in environments() else ''}:\n")
    print("".join(f"    {line}\n" if line else "\n" for line in samconfig(deployment).splitlines()))
    print(f"Or at once:\n\n    {deploy_command(deployment)}\n")


def _pairs(deployment: Deployment) -> list[str]:
    """sam wants a value with a space or a quote in quotes of its own."""
    return [f"{name}={_quoted(text)}" for name, text in deployment.parameters.items()]


def _quoted(text: str) -> str:
    if not re.search(r"[\s\"']", text):
        return text
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'


def _stack_name(name: str) -> str:
    plain = re.sub(r"[^a-zA-Z0-9]+", "-", name).strip("-").lower() or "detector"
    own = plain.removeprefix(_PREFIX)
    if own in _TAKEN:
        own = f"my-{own}"
    return own if own.startswith("tidegate") else f"{_PREFIX}{own}"[:_LONGEST_STACK_NAME].rstrip("-")


def _default(name: str) -> str:
    return str(document()["Parameters"][name].get("Default", ""))
