"""The rows of a CSV object, gzip or not: header first, and for each row the line that it ends on."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator

from tidegate.contracts.compressed import is_gzip
from tidegate.contracts.errors import InputError


def read_header(key: str, rows: Iterator[tuple[int, list[str]]]) -> list[str]:
    """The first row's column names; InputError when there is none or a name stands there twice."""
    _, names = next(rows, (0, []))
    header = [name.strip() for name in names]
    if not header:
        raise InputError(key, "is empty; it needs a header line")
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise InputError(f"{key}, line 1", f"names {', '.join(sorted(twice))} twice")
    return header


def column_place(key: str, header: list[str], column: str) -> int:
    """Where a column stands; InputError when it is missing."""
    if column not in header:
        raise InputError(f"{key}, line 1", f"has no column {column}; its columns are {', '.join(header)}")
    return header.index(column)


def csv_rows(key: str, data: bytes) -> Iterator[tuple[int, list[str]]]:
    """(line number, fields) of each row that is not empty; InputError when it is no UTF-8 CSV or no whole gzip."""
    binary: io.BytesIO | gzip.GzipFile = io.BytesIO(data)
    if is_gzip(data):
        binary = gzip.GzipFile(fileobj=binary)
    reader = csv.reader(io.TextIOWrapper(binary, encoding="utf-8-sig", newline=""), strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except UnicodeDecodeError:
            raise InputError(f"{key}, after line {reader.line_num}", "is not UTF-8") from None
        except csv.Error as error:
            raise InputError(f"{key}, line {reader.line_num}", f"is not CSV: {error}") from None
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(key, f"is a broken gzip: {error}") from None
        if row:
            yield reader.line_num, row
