"""The folder that a command writes to."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from local.own_files import foreign_file, list_files
from tidegate.contracts.errors import InputError


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """names: of the files and folders that the command writes there; what an earlier run left of them is replaced."""

    path: Path
    names: Collection[str]

    @contextmanager
    def appearing_whole(self) -> Iterator[Path]:
        """A folder to write into: what is in it takes the place of what is there as a whole when all is done.

        Whatever stops the block, Ctrl-C too, `path` then holds what it held before. Raises InputError naming --output
        when nothing can be written there.
        """
        try:
            unfinished = TemporaryDirectory(dir=self.path, prefix=".unfinished-")
        except OSError as error:
            problem = f"cannot be written to: {error.strerror}; name another"
            raise InputError(f"--output {self.path}", problem) from None
        with unfinished as name:
            making, replaced = Path(name, "making"), Path(name, "replaced")
            making.mkdir()
            yield making
            list_files(making, self.path, self.names)
            replaced.mkdir()
            for earlier in (self.path / name for name in self.names):
                if earlier.exists():
                    earlier.replace(replaced / earlier.name)
            for file in sorted(making.iterdir(), reverse=True):  # the list, whose name begins with a dot, comes last
                file.replace(self.path / file.name)


def output_folder(path: Path, names: Collection[str], inputs: Sequence[Path] = ()) -> OutputFolder:
    """Make the folder if need be. names: what the command writes there; inputs: the files that it reads.

    Raises InputError when it cannot be made a folder, and when something would be replaced there that is an input or
    that no earlier run wrote.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--output {path}", f"cannot be made a folder: {error.strerror}; name another") from None
    for given in inputs:
        if any(given.resolve().is_relative_to((path / name).resolve()) for name in names):
            raise InputError(f"--output {path}", f"{given} would be replaced; name another folder")
    if foreign := foreign_file(path, names):
        problem = f"{foreign} would be replaced, and no earlier run wrote it; name another folder, or move it away"
        raise InputError(f"--output {path}", problem)
    return OutputFolder(path, names)
