"""The folder that a run writes to: what an earlier run wrote is replaced as a whole at the end, all else is kept."""

from pathlib import Path

import pytest

from local.output import output_folder
from tidegate.contracts.errors import InputError

NAMES = ("s3", "ledger.json", "failed.jsonl")


def write(folder: Path, files: dict[str, str]) -> None:
    """A whole run."""
    with output_folder(folder, NAMES).appearing_whole() as making:
        for name, text in files.items():
            (making / name).parent.mkdir(parents=True, exist_ok=True)
            (making / name).write_text(text)


def write_and_stop(folder: Path) -> None:
    with output_folder(folder, NAMES).appearing_whole() as making:
        (making / "ledger.json").write_text("2")
        raise KeyboardInterrupt


def content(folder: Path) -> dict[str, str]:
    """What people see of a folder."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_text() for path in found}


def refusal(folder: Path, inputs: tuple[Path, ...] = ()) -> str:
    with pytest.raises(InputError) as refused:
        output_folder(folder, NAMES, inputs)
    return str(refused.value)


def test_a_later_run_replaces_all_of_an_earlier_one_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write(tmp_path, {"s3/old/a.csv": "1", "ledger.json": "1", "failed.jsonl": "1"})
    write(tmp_path, {"s3/new/b.csv": "2", "ledger.json": "2"})
    assert content(tmp_path) == {"notes.txt": "mine", "s3/new/b.csv": "2", "ledger.json": "2"}
    write(tmp_path, {"s3/c.csv": "3", "ledger.json": "3"})
    assert content(tmp_path) == {"notes.txt": "mine", "s3/c.csv": "3", "ledger.json": "3"}


@pytest.mark.parametrize("name", ["s3/mydata/keep.txt", "ledger.json"])
@pytest.mark.parametrize("is_there_first", [True, False])
def test_what_no_run_wrote_is_never_replaced(name: str, is_there_first: bool, tmp_path: Path) -> None:
    if not is_there_first:
        write(tmp_path, {"s3/a.csv": "1"})
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("precious")
    assert f"--output {tmp_path}: {tmp_path / name} would be replaced, and no earlier run" in refusal(tmp_path)
    assert (tmp_path / name).read_text() == "precious"


def test_a_link_in_the_place_of_results_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "s3").symlink_to(tmp_path / "elsewhere")
    assert "out/s3 would be replaced" in refusal(tmp_path / "out")


def test_a_run_that_is_stopped_leaves_the_results_before_it(tmp_path: Path) -> None:
    write(tmp_path, {"s3/a.csv": "1", "ledger.json": "1"})
    with pytest.raises(KeyboardInterrupt):
        write_and_stop(tmp_path)
    assert content(tmp_path) == {"s3/a.csv": "1", "ledger.json": "1"}
    write(tmp_path, {"ledger.json": "3"})
    assert content(tmp_path) == {"ledger.json": "3"}


def test_runs_of_other_commands_to_the_same_folder_stay_known(tmp_path: Path) -> None:
    with output_folder(tmp_path, ("scores.csv",)).appearing_whole() as making:
        (making / "scores.csv").write_text("0")
    write(tmp_path, {"ledger.json": "1"})
    with output_folder(tmp_path, ("scores.csv",)).appearing_whole() as making:
        (making / "scores.csv").write_text("2")
    write(tmp_path, {"ledger.json": "3"})
    assert content(tmp_path) == {"scores.csv": "2", "ledger.json": "3"}


def test_an_input_is_never_replaced_even_if_a_run_wrote_it(tmp_path: Path) -> None:
    write(tmp_path, {"s3/a.csv": "1"})
    assert "s3/a.csv would be replaced" in refusal(tmp_path, (tmp_path / "s3" / "a.csv",))
