"""Files of people, as they come: gzip or not, with a byte order mark or without."""

import gzip
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tidegate.contracts.compressed import is_gzip
from tidegate.contracts.errors import InputError

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

_ARCHIVES: Final = {
    b"PK\x03\x04": "is a zip archive, as Excel's workbooks are: save the sheet as CSV UTF-8, or unpack it",
    b"PAR1": "is Parquet: write it as CSV or JSON lines",
}
"""First bytes of what holds records in other forms, and what to do about it."""

type OpenedFile = "io.BufferedReader[Any]"


class CopiedPath(Path):
    """A path whose bytes lie in another file, for they come only once. bytes_at: where."""

    def __init__(self, path: Path, bytes_at: Path) -> None:
        super().__init__(path)
        self.bytes_at = bytes_at

    def with_segments(self, *segments: "str | os.PathLike[str]") -> Path:  # type: ignore[override]  # Self there
        """What is derived from it has no copy."""
        return Path(*segments)


@contextmanager
def opened(path: Path) -> Iterator[OpenedFile]:
    """A file's bytes, unpacked, behind the byte order mark. Raises InputError, also for what is read of it later."""
    try:
        with (path.bytes_at if isinstance(path, CopiedPath) else path).open("rb") as raw:
            file: OpenedFile = io.BufferedReader(gzip.GzipFile(fileobj=raw)) if is_gzip(raw.peek(2)) else raw
            if problem := _ARCHIVES.get(file.peek(4)[:4]):
                raise InputError(str(path), problem)
            if file.peek(3)[:3] == _BYTE_ORDER_MARK:
                file.read(3)
            yield file
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(str(path), f"is not a whole gzip file ({error})") from None
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}") from None
