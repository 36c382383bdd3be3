"""The folder that a command writes to."""

from pathlib import Path

from tidegate.contracts.errors import InputError


def output_folder(path: Path) -> Path:
    """Make the folder if need be. Raises InputError naming --output when that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--output {path}", f"cannot be made a folder: {error.strerror}; name another") from None
    return path
