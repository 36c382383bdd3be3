"""Lines of the SAM CLI, read by sam itself: its options, its samconfig.toml, its rules; nothing is done.

Sam reads them in a process of its own, for all lines: it looks for a container engine and leaves that socket open.
"""

import atexit
import json
import os
import shlex
import subprocess
import sys
from functools import cache
from importlib import import_module
from typing import Any

import click

from local.template import ROOT


def read(line: str) -> dict[str, Any]:
    """The options of `sam COMMAND ...` as sam would take them in the project's folder. ValueError: sam refuses it."""
    child = _child()
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(line + "\n")
    child.stdin.flush()
    answer = json.loads(child.stdout.readline())
    if "refused" in answer:
        raise ValueError(f"{line}: {answer['refused']}")
    return dict(answer["options"])


@cache
def _child() -> subprocess.Popen[str]:
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1"}
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "tests.sam_command"]
    child = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)
    atexit.register(child.communicate)
    return child


def _options(line: str) -> dict[str, Any]:
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


def main() -> None:
    """Answer each line of standard input with a line of JSON; what sam says goes to standard error."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        try:
            answer: dict[str, Any] = {"options": _options(line)}
        except (click.ClickException, click.exceptions.Exit) as refused:
            answer = {"refused": str(refused)}
        print(json.dumps(answer, default=str), file=answers, flush=True)


if __name__ == "__main__":
    main()
