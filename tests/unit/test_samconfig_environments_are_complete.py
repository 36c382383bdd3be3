"""Both ready environments are valid configurations and take every sam command."""

import tomllib
from typing import Any

import pytest

from tests.template import ROOT, parameters
from tidegate.config import DetectorConfig, Output

SAMCONFIG: dict[str, Any] = tomllib.loads((ROOT / "samconfig.toml").read_text())
ENVIRONMENTS = ["ecommerce", "traffic"]


def overrides(environment: str) -> dict[str, str]:
    """Parameter -> value, as `sam deploy` takes them."""
    return dict(line.split("=", 1) for line in SAMCONFIG[environment]["global"]["parameters"]["parameter_overrides"])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_names_parameters_of_the_template_and_is_valid(environment: str) -> None:
    given = overrides(environment)
    assert given.keys() <= parameters().keys()
    assert given["DeployGenerator"] == environment
    DetectorConfig.from_parameters(given)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_configures_build_deploy_sync_and_local_invoke(environment: str) -> None:
    commands = SAMCONFIG[environment]
    assert {"global", "build", "deploy", "sync", "local_invoke"} <= commands.keys()
    assert commands["global"]["parameters"]["stack_name"] == f"tidegate-{environment}"
    assert commands["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM"


def test_the_seeds_are_what_their_authors_described() -> None:
    shop = DetectorConfig.from_parameters(overrides("ecommerce"))
    assert shop.record_columns == ("event_time", "platform", "marketplace", "views", "revenue")
    road = DetectorConfig.from_parameters(overrides("traffic"))
    assert road.aggregate_columns == ("event_time", "camera", "person", "car")
    assert road.output is Output.AGGREGATES
