"""Files that a command reads more than once: what gives its bytes only once, as a pipe does, is copied first."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from local.history.files import STANDARD_INPUT
from local.opened import CopiedPath
from tidegate.contracts.errors import InputError


@contextmanager
def readable_again(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """The same files, to be read as often as need be while the block runs; messages name them as they were given.

    Raises InputError for a pipe that cannot be read or copied.
    """
    with ExitStack() as copies:
        yield [_copied(path, copies) if gives_once(path) else path for path in paths]


def gives_once(path: Path) -> bool:
    """Is it standard input, a pipe or another device?"""
    return path == STANDARD_INPUT or (path.exists() and not path.is_file())


def _copied(path: Path, copies: ExitStack) -> CopiedPath:
    folder = copies.enter_context(TemporaryDirectory(prefix="tidegate-"))
    copy = Path(folder, "copy")
    try:
        with path.open("rb") as once, copy.open("wb") as file:
            shutil.copyfileobj(once, file)
    except OSError as error:
        raise InputError(str(path), f"cannot be copied to {folder}: {error.strerror}") from None
    return CopiedPath(path, copy)
