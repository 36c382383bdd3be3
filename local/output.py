"""The folder that a command writes to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tidegate.contracts.errors import InputError


def output_folder(path: Path) -> Path:
    """Make the folder if need be. Raises InputError naming --output when that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--output {path}", f"cannot be made a folder: {error.strerror}; name another") from None
    return path


@contextmanager
def appearing_whole(folder: Path) -> Iterator[Path]:
    """A folder to write into: what is in it comes to `folder` as a whole when all is done, and not at all otherwise.

    Files take the place of those of the same name; a folder needs a name that is free.

    Whatever stops the block, Ctrl-C too, `folder` then holds what it held before. Raises InputError naming --output
    when nothing can be written there.
    """
    try:
        making = TemporaryDirectory(dir=folder, prefix=".unfinished-")
    except OSError as error:
        raise InputError(f"--output {folder}", f"cannot be written to: {error.strerror}; name another") from None
    with making as name:
        yield Path(name)
        for file in sorted(Path(name).iterdir()):
            file.replace(folder / file.name)
