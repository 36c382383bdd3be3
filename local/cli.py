"""`tidegate`: what people type. Finds the command, reads its arguments, turns errors into messages and exit codes."""

import argparse
import errno
import os
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from itertools import groupby
from shutil import get_terminal_size
from textwrap import fill
from typing import Final

from local.commands import COMMANDS
from local.exit_codes import BROKEN_PIPE, DONE, EXIT_CODES, INTERRUPTED, TERMINATED, WRONG_INPUT
from tidegate.contracts.errors import ConfigurationError, InputError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SUMMARY: Final = """\
Closes the intervals of a Kinesis stream, finds the anomalies in them, and
says which series caused them."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; `argv` without the program's name, by default the process's own. Returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = next((argument for argument in arguments if not argument.startswith("-")), "")
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        return _run(name, arguments)
    except KeyboardInterrupt as stop:
        print(f"{f'tidegate {name}'.rstrip()}: stopped", file=sys.stderr)
        return TERMINATED if isinstance(stop, _Terminated) else INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)


class _Terminated(KeyboardInterrupt):
    """SIGTERM, which stops a command as Ctrl-C does: what it had not finished goes."""


def _terminate(*_: object) -> None:
    raise _Terminated


def _run(name: str, arguments: Sequence[str]) -> int:
    try:
        options = _parser(name).parse_args(arguments)
    except SystemExit as leaving:  # argparse has printed help or an error
        return leaving.code if isinstance(leaving.code, int) else DONE
    try:
        code = COMMANDS[name].load().run(options)
        sys.stdout.flush()
        return code
    except (ConfigurationError, InputError) as error:
        print(f"tidegate {name}: {error}", file=sys.stderr)
        return WRONG_INPUT
    except BrokenPipeError:
        _forget_standard_output()
        return BROKEN_PIPE
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _forget_standard_output()
        place = error.filename or getattr(options, "output", None) or "standard output"
        print(f"tidegate {name}: {place}: {error.strerror}; what was written is not whole", file=sys.stderr)
        return WRONG_INPUT


def _forget_standard_output() -> None:
    """Let the interpreter's own flush at its end go nowhere instead of failing again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(chosen: str) -> argparse.ArgumentParser:
    """The whole parser, with the arguments of the chosen command only: the other commands stay unimported."""
    parser = argparse.ArgumentParser(
        prog="tidegate",
        description=_SUMMARY,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
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
            subparser.epilog = _wrapped(subparser.epilog or "")
            subparser.description = _wrapped(subparser.description or "")
    return parser


def _wrapped(text: str) -> str:
    """Prose as wide as the terminal; indented lines, as examples are, stay as they stand."""
    width = get_terminal_size().columns - 2
    blocks = [list(lines) for _, lines in groupby(text.split("\n"), lambda line: not line or line[0] == " ")]
    return "\n".join(
        "\n".join(lines) if not lines[0] or lines[0][0] == " " else fill(" ".join(lines), width) for lines in blocks
    )


if __name__ == "__main__":
    sys.exit(main())
