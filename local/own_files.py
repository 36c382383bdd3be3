"""What runs wrote to a folder, as a list that they leave there: only what is in it may a later run replace."""

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path, PurePath
from typing import Final

LIST_NAME: Final = ".tidegate-written"
"""One path a line, relative to the folder, with slashes."""


def own_files(folder: Path) -> frozenset[Path]:
    """The files that runs wrote to this folder, as far as the list there says."""
    try:
        lines = (folder / LIST_NAME).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return frozenset()
    return frozenset(folder / line for line in lines)


def own_files_below(folder: Path) -> frozenset[Path]:
    """The same of the folder and of all folders in it."""
    return frozenset(path for found in folder.rglob(LIST_NAME) for path in own_files(found.parent))


def foreign_file(folder: Path, names: Iterable[str]) -> Path | None:
    """A file or link under one of the names that no run wrote; None: there is none, so all may be replaced."""
    own = own_files(folder)
    found = (path for name in names for path in _files(folder / name))
    return next((path for path in found if path.is_symlink() or path not in own), None)


def list_files(made: Path, folder: Path, names: Collection[str]) -> None:
    """Write the list into `made`, whose files are to replace those of the names in the folder; of others it stays."""
    kept = (path.relative_to(folder) for path in own_files(folder))
    written = (path.relative_to(made) for path in _files(made))
    _write(made, {*(path for path in kept if path.parts[0] not in names), *written})


def add_to_list(folder: Path, name: str) -> None:
    """List a file that was written into the folder itself."""
    _write(folder, {*(path.relative_to(folder) for path in own_files(folder)), Path(name)})


def _write(folder: Path, paths: Collection[Path]) -> None:
    text = "".join(f"{path}\n" for path in sorted(map(PurePath.as_posix, paths)))
    (folder / LIST_NAME).write_text(text, encoding="utf-8")


def _files(path: Path) -> Iterator[Path]:
    """The path itself, or the files and links below it when it is a folder; nothing when it is not there."""
    if path.is_symlink() or not path.is_dir():
        if os.path.lexists(path):
            yield path
        return
    for folder, folders, files in path.walk():
        yield from (folder / name for name in files)
        yield from (folder / name for name in folders if (folder / name).is_symlink())
