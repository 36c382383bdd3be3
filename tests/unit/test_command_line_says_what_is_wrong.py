"""The command line's exit codes and messages, whatever the command."""

import argparse
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from local import cli
from local.commands import COMMANDS, Command
from local.exit_codes import BROKEN_PIPE, DONE, INTERRUPTED, NOT_WELL, TERMINATED, WRONG_INPUT
from local.output import output_folder
from tidegate.contracts.errors import ConfigurationError, InputError


def command_that_raises(error: BaseException | type[BaseException]) -> SimpleNamespace:
    def run(_: argparse.Namespace) -> int:
        raise error

    return SimpleNamespace(add_arguments=lambda parser: None, run=run)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (InputError("data.csv, line 3", "no timestamp"), 2, "tidegate backtest: data.csv, line 3: no timestamp\n"),
        (
            ConfigurationError("Timezone", "Mars", "no such zone"),
            2,
            "tidegate backtest: Timezone is 'Mars': no such zone\n",
        ),
        (KeyboardInterrupt, 130, "tidegate backtest: stopped\n"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    error: BaseException, code: int, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Command, "load", lambda self: command_that_raises(error))
    assert cli.main(["backtest"]) == code
    assert capsys.readouterr().err == message


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["backtest", "--no-such-option"]])
def test_arguments_that_are_wrong_exit_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    assert "usage: tidegate" in capsys.readouterr().err


def test_help_names_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == DONE
    named = capsys.readouterr().out.partition("exit codes:")[2]
    for code in (DONE, NOT_WELL, WRONG_INPUT, INTERRUPTED, BROKEN_PIPE, TERMINATED):
        assert f"\n  {code:<4} " in named


def test_help_names_every_command_and_imports_none() -> None:
    program = (
        "import sys; from local.cli import main; code = main(['--help'])\n"
        "heavy = {'numpy', 'plotly', 'rich', 'boto3'} & set(sys.modules)\n"
        "commands = {name for name in sys.modules if name.startswith('local.commands.')}\n"
        "print('imported', sorted(commands | heavy))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert all(f"    {name}" in done.stdout for name in COMMANDS)
    assert done.stdout.endswith("imported []\n")


def test_being_stopped_while_a_command_is_imported_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: Command) -> SimpleNamespace:
        raise KeyboardInterrupt

    monkeypatch.setattr(Command, "load", interrupted)
    assert cli.main(["backtest"]) == INTERRUPTED
    assert capsys.readouterr().err == "tidegate backtest: stopped\n"


def test_sigterm_stops_as_ctrl_c_does_and_leaves_nothing_unfinished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: argparse.Namespace) -> int:
        with output_folder(tmp_path, ("results",)).appearing_whole() as making:
            (making / "results").write_text("half")
            signal.raise_signal(signal.SIGTERM)
        return DONE

    command = SimpleNamespace(add_arguments=lambda parser: None, run=run)
    monkeypatch.setattr(Command, "load", lambda self: command)
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        assert cli.main(["backtest"]) == TERMINATED
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
    assert capsys.readouterr().err == "tidegate backtest: stopped\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_fits_a_terminal_but_for_examples(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert cli.main([name, "--help"] if name else ["--help"]) == DONE
    assert not [line for line in capsys.readouterr().out.splitlines() if len(line) > 80 and not line.startswith("  ")]


@pytest.mark.parametrize("is_summary", [True, False])
def test_whoever_read_the_output_may_go(is_summary: bool, tmp_path: Path) -> None:
    path = tmp_path / "shop.jsonl"
    bad = "" if is_summary else "{\n"
    path.write_text('{"event_time":"2026-06-01 00:00:00","views":1}\n' + bad)
    given = f"{sys.executable} -m local.cli check {shlex.quote(str(path))} --set Measures=views:SUM"
    line = f"(sleep 0.3; {given}) | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (BROKEN_PIPE, "")
