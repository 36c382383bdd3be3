"""Which files a history is read from: files as given, those of a folder, or standard input."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from local.own_files import own_files_below
from tidegate.contracts.errors import InputError

STANDARD_INPUT: Final = Path("/dev/stdin")
_SUFFIXES: Final = frozenset({".csv", ".json", ".jsonl", ".ndjson"})
_ENDINGS: Final = ", ".join(sorted(_SUFFIXES))


def history_files(given: Sequence[Path]) -> list[Path]:
    """The files to read, in order: `-` is standard input, a folder stands for all files below it, by name.

    Of a folder, what runs wrote there is left out. Raises InputError for a folder without a file to read, and for a
    file that would be read twice.
    """
    found = [path for each in given for path in _files(each)]
    seen = set[Path]()
    for path in found:
        if (whole := path.resolve()) in seen:
            raise InputError(str(path), "is given twice: its rows would count twice")
        seen.add(whole)
    return found


def _files(given: Path) -> Iterator[Path]:
    if given == Path("-"):
        yield STANDARD_INPUT
    elif given.is_dir():
        there = (path for path in sorted(given.rglob("*")) if _is_history(path.relative_to(given)) and path.is_file())
        written = own_files_below(given)
        below = [path for path in there if path not in written]
        if not below:
            but = ", but for what runs wrote there" if written else ""
            raise InputError(str(given), f"is a folder without any file that ends in {_ENDINGS}{but}")
        yield from below
    else:
        yield given


def _is_history(path: Path) -> bool:
    """By its ending, gzip or not; hidden files and folders are nobody's data."""
    suffix = path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix
    return suffix.lower() in _SUFFIXES and not any(part.startswith(".") for part in path.parts)
