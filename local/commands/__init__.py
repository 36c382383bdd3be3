"""The subcommands of `tidegate`: one module each, imported only when it is the one asked for.

A command's module has `add_arguments(parser)` and `run(options) -> int` (the exit code). It raises ConfigurationError
or InputError when something given is wrong; the command line turns these into a message and exit code 2.
"""

import argparse
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, cast


class CommandModule(Protocol):
    """What a module in this package offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own arguments, each with its help."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it; returns the exit code."""


@dataclass(frozen=True, slots=True)
class Command:
    """A line of the table below: module in this package, and what `tidegate --help` says of it."""

    module: str
    help: str

    def load(self) -> CommandModule:
        """Import the command's module."""
        return cast(CommandModule, import_module(f"{__package__}.{self.module}"))


COMMANDS: Final = {
    "demo": Command("demo", "run the main job on the embedded AWS: a generated stream with planted anomalies"),
    "generate": Command("generate", "write sample records as JSON lines, with a label file of the planted anomalies"),
    "replay": Command("replay", "run records from files through the real functions on the embedded AWS"),
    "backtest": Command("backtest", "run the detector alone over history: scores, anomalies and a report"),
    "detect-config": Command(
        "detect_config", "propose the parameters to deploy with, from a sample of records or a Lookout detector"
    ),
    "check": Command(
        "check", "test a configuration against a sample: how many records it reads, and why not the others"
    ),
    "redrive": Command(
        "redrive", "send quarantined records, failed batches and failed alert events again; a dry run first"
    ),
    "anomalies": Command("anomalies", "list, show, judge and export the anomalies of a stack or of a replay"),
    "invoke": Command("invoke", "run one function on one event and show what it returned, wrote and published"),
}
"""Name -> command, in the order in which the help shows them."""
