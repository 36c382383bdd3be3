"""samconfig.toml as sam itself reads it: each environment complete for build, deploy, sync and local invoke."""

import pytest

from local.parameters import deployment
from tests import sam_command

COMMANDS = ["build", "deploy", "sync", "local invoke FlushFunction", "validate"]


@pytest.mark.parametrize("environment", ["ecommerce", "traffic"])
@pytest.mark.parametrize("command", COMMANDS)
def test_an_environment_is_all_that_a_command_needs(environment: str, command: str) -> None:
    read = sam_command.read(f"sam {command} --config-env {environment}")
    given = dict(deployment(environment, []).parameters)
    if "parameter_overrides" in read:
        assert read["parameter_overrides"] == given
    if command in ("deploy", "sync"):
        assert read["stack_name"] == f"tidegate-{environment}"
        assert list(read["capabilities"]) == ["CAPABILITY_IAM"]
    if command == "deploy":
        assert (read["resolve_s3"], read["confirm_changeset"], read["fail_on_empty_changeset"]) == (True, True, False)
        assert read["tags"] == {"application": "tidegate", "detector": environment}
    if command == "build":
        assert (read["cached"], read["parallel"]) == (True, True)


def test_without_an_environment_deploy_asks() -> None:
    assert sam_command.read("sam deploy")["guided"]
