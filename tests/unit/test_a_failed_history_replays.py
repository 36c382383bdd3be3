"""What a failing random history prints is a short history, and a command that shows the same failure again."""

import subprocess
import sys

import pytest
from hypothesis import Phase, given, note, settings

from tests.delivery_histories import History
from tests.replay_history import read_history
from tests.template import ROOT
from tests.unit import test_any_delivery_gives_the_same_objects as histories
from tidegate.memory.buffer import MemoryBuffer

PHASES = (Phase.generate, Phase.shrink)


def printed(test: object) -> str:
    """The history in what the failing test prints."""
    with pytest.raises(AssertionError) as failed:
        test()  # type: ignore[operator]  # a test that takes nothing
    notes = "\n".join(failed.value.__notes__)
    return notes.partition("<<'END'\n")[2].partition("\nEND")[0]


def test_a_fault_is_found_printed_shortly_and_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    @settings(deadline=None, phases=PHASES, max_examples=200, database=None, derandomize=True)
    @given(history=histories.histories)
    def forgetful(history: History) -> None:
        note(f"python -m tests.replay_history <<'END'\n{history}\nEND")
        histories.check(history)

    with monkeypatch.context() as fault:
        fault.setattr(MemoryBuffer, "mark_late", lambda self, start, has_records: None)
        text = printed(forgetful)
        history = read_history(text)
        assert str(history) == text
        assert len(history.puts) + len(history.steps) <= 4
        with pytest.raises(AssertionError):
            histories.check(history)
    histories.check(history)


def test_the_command_takes_a_history_from_its_input() -> None:
    history = "History(puts=(Put(shard=0, gap=0, lines=(Line(sort=Sort.GOOD, lag=0),)),), steps=(Flush(),))"
    command = [sys.executable, "-m", "tests.replay_history"]
    answer = subprocess.run(command, input=history, cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout == "holds\n"
