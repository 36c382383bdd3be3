"""Where a command looks: a deployed stack, or a folder of the desk."""

import argparse
from pathlib import Path

from local.parameters import deployment
from tidegate.contracts.errors import InputError


def add_place_arguments(parser: argparse.ArgumentParser, help_local: str) -> None:
    """`--stack-name`, `--local` and `--config-env`. help_local: what `--local` is to this command."""
    where = parser.add_mutually_exclusive_group()
    help_stack = "the deployed stack, in the account of the current AWS profile"
    where.add_argument("--stack-name", metavar="NAME", help=help_stack)
    where.add_argument("--local", type=Path, metavar="DIR", help=help_local)
    help_env = "an environment of samconfig.toml: its stack, or with --local its parameters"
    parser.add_argument("--config-env", metavar="NAME", help=help_env)


def stack_name(options: argparse.Namespace) -> str:
    """The stack that the arguments name. Raises InputError when they name none."""
    name = options.stack_name or (options.config_env and deployment(options.config_env, []).stack_name)
    if not name:
        raise InputError("--stack-name", "is missing: name the stack, or give --config-env or --local")
    return str(name)
