"""Lines of the SAM CLI, read by sam itself: its options, its samconfig.toml, its rules; nothing is done."""

import shlex
from importlib import import_module
from typing import Any

import click
import pytest

from local.template import ROOT


def read(line: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The options of `sam COMMAND ...` as sam would take them in the project's folder. Raises what sam raises."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("SAM_CLI_TELEMETRY", "0")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    cli: Any = import_module("samcli.cli.main").cli  # it ships no types, is slow to import, and reads the environment

    program, *words = shlex.split(line)
    assert program == "sam"
    context = cli.make_context(program, list(words))
    with context:
        group: Any = cli
        while True:
            name, command, words = group.resolve_command(context, words)
            if not isinstance(command, click.Group):
                return dict(command.make_context(name, words, parent=context).params)
            context, group = click.Context(command, parent=context, info_name=name), command
