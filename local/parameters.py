"""The parameters of a local run: an environment of samconfig.toml, then `--set Name=Value`, else template's defaults.

What names a resource in somebody's account is left out: the embedded AWS makes its own.
"""

import argparse
import re
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Final

from local.template import ROOT, document
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import ConfigurationError, InputError

DEFAULT_STACK: Final = "tidegate"
_FOREIGN: Final = (
    "StreamArn",
    "AlertTopicArn",
    "OperatorTopicArn",
    "KmsKeyArn",
    "StreamKmsKeyArn",
    "TopicKmsKeyArn",
    "SecretKmsKeyArn",
    "IotTopic",
    "ShadowThingName",
    "WebhookSecretArn",
)


@dataclass(frozen=True, slots=True)
class Deployment:
    """What `sam deploy` would be told: the stack's name, and the parameters that differ from the defaults.

    is_quiet: on a desk its functions log warnings only, whatever LogLevel says.
    """

    stack_name: str
    parameters: Mapping[str, str]
    is_quiet: bool = False

    def with_parameters(self, **parameters: str) -> "Deployment":
        return replace(self, parameters={**self.parameters, **parameters})

    def config(self) -> DetectorConfig:
        """The detector's configuration; ConfigurationError names the first parameter that is wrong."""
        named = {"DetectorName": self.stack_name} | {name: text for name, text in self.parameters.items() if text}
        config = DetectorConfig.from_parameters(named)
        for name, text in self.parameters.items():
            _check(name, text, document()["Parameters"][name])
        return config


def add_parameter_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments with which commands take parameters."""
    parser.add_argument("--config-env", metavar="NAME", help="an environment of samconfig.toml: ecommerce, traffic")
    help_set = "a parameter of template.yaml; wins over the environment's; may be repeated"
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=help_set)
    parser.add_argument("--verbose", action="store_true", help="show what the functions log")


def deployment(config_env: str | None, settings: Sequence[str], verbose: bool = False) -> Deployment:
    """Put together what `--config-env` and `--set` say; InputError names the argument that is wrong.

    Unless `verbose` or given a LogLevel, the functions log warnings only: what nobody sees need not be written.
    """
    stack_name, overrides = _environment(config_env) if config_env else (DEFAULT_STACK, {})
    own = {name: text for name, text in overrides.items() if name not in _FOREIGN}
    parameters = {**own, **read_settings(settings)}
    return Deployment(stack_name, parameters, is_quiet=not verbose and "LogLevel" not in parameters)


def read_settings(settings: Sequence[str]) -> dict[str, str]:
    """Read `Name=Value` texts; InputError for one of another form, or of no parameter's name."""
    found = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise InputError(f"--set {setting}", "must be Name=Value, such as --set IntervalMinutes=10")
        if name in _FOREIGN:
            raise InputError(f"--set {setting}", "the embedded AWS makes its own")
        if name not in document()["Parameters"]:
            close = get_close_matches(name, document()["Parameters"], n=1, cutoff=0.5)
            hint = f"; is {close[0]} meant?" if close else "; template.yaml has the list"
            raise InputError(f"--set {setting}", f"there is no parameter {name}{hint}")
        found[name] = text
    return found


def environments() -> dict[str, dict[str, Any]]:
    """The environments of samconfig.toml that say what to deploy, by name: their tables, by sam's commands."""
    tables = tomllib.loads((ROOT / "samconfig.toml").read_text())
    return {name: commands for name, commands in tables.items() if isinstance(commands, dict) and name != "default"}


def _environment(name: str) -> tuple[str, dict[str, str]]:
    """Stack name and parameters of an environment."""
    commands = environments().get(name)
    if commands is None:
        raise InputError(f"--config-env {name}", f"samconfig.toml has {', '.join(environments())}")
    values: dict[str, Any] = {**_table(commands, "global"), **_table(commands, "deploy")}
    return values.get("stack_name", DEFAULT_STACK), _overrides(values.get("parameter_overrides", []))


def _table(commands: Mapping[str, Any], command: str) -> dict[str, Any]:
    found: dict[str, Any] = commands.get(command, {}).get("parameters", {})
    return found


def _overrides(given: str | Sequence[str]) -> dict[str, str]:
    """sam takes a list of `Name=Value`, or one text of them; a value with spaces is quoted in either."""
    pairs = shlex.split(given) if isinstance(given, str) else [_unquoted(pair) for pair in given]
    return {name: text for name, _, text in (pair.partition("=") for pair in pairs)}


def _unquoted(pair: str) -> str:
    """As sam reads one pair of a list: a value's own quotes go, and the backslashes before quotes and spaces in it."""
    name, _, text = pair.partition("=")
    if len(text) > 1 and text[0] == text[-1] and text[0] in ("'", '"'):
        text = text[1:-1]
    return f"{name}={re.sub(r'\\([ \'\"])', r'\1', text)}"


def _check(name: str, text: str, rules: Mapping[str, Any]) -> None:
    """The template's own rules; CloudFormation would refuse what breaks them."""
    allowed = [str(value) for value in rules.get("AllowedValues", ())]
    if allowed and text not in allowed:
        raise ConfigurationError(name, text, f"must be one of {', '.join(allowed)}")
    if "AllowedPattern" in rules and not re.fullmatch(rules["AllowedPattern"], text):
        raise ConfigurationError(name, text, rules["ConstraintDescription"])
    if rules["Type"] != "Number":
        return
    low, high = float(rules.get("MinValue", "-inf")), float(rules.get("MaxValue", "inf"))
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) or not low <= float(text) <= high:
        raise ConfigurationError(name, text, f"must be a number from {low:g} to {high:g}")
