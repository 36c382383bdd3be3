"""`tidegate`: what people type. Finds the command, reads its arguments, turns errors into messages and exit codes.

Exit codes: 0 done; 2 something given is wrong (the message says what, where and what to do); 130 stopped by Ctrl-C.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from local.commands import COMMANDS
from tidegate.contracts.errors import ConfigurationError, InputError

DONE: Final = 0
WRONG_INPUT: Final = 2
INTERRUPTED: Final = 130
_SUMMARY: Final = (
    "Closes the intervals of a Kinesis stream, finds the anomalies in them, and says which series caused them."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; `argv` without the program's name, by default the process's own. Returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = next((argument for argument in arguments if not argument.startswith("-")), "")
    try:
        options = _parser(name).parse_args(arguments)
    except SystemExit as leaving:  # argparse has printed help or an error
        return leaving.code if isinstance(leaving.code, int) else DONE
    try:
        return COMMANDS[name].load().run(options)
    except (ConfigurationError, InputError) as error:
        print(f"tidegate {name}: {error}", file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt:
        print(f"tidegate {name}: stopped", file=sys.stderr)
        return INTERRUPTED


def _parser(chosen: str) -> argparse.ArgumentParser:
    """The whole parser, with the arguments of the chosen command only: the other commands stay unimported."""
    parser = argparse.ArgumentParser(prog="tidegate", description=_SUMMARY)
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('tidegate')}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        subparser = subparsers.add_parser(
            name,
            help=command.help,
            description=f"{command.help[0].upper()}{command.help[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == chosen:
            command.load().add_arguments(subparser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
