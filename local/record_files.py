"""Files as a producer would put them on the stream: JSON lines or CSV, gzip or not, every line its own record.

Bytes are passed on as they stand, bad lines included. What is taken off: a byte order mark at the beginning, line ends,
blank lines, a CSV's header. The line ends inside a CSV's quoted values do not end a record.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.json_documents import START_BYTES, document_problem
from local.opened import OpenedFile, opened
from local.stream import MEBIBYTE
from tidegate.config import RecordFormat
from tidegate.contracts.errors import InputError
from tidegate.ingest.csv_reader import has_open_quote
from tidegate.ingest.decode import MAX_RECORD_BYTES
from tidegate.ingest.reader import Reader
from tidegate.parameters import choice

PARTITION_KEY: Final = "replay"
MAX_LINE_BYTES: Final = 10 * MEBIBYTE - len(PARTITION_KEY)
NO_RECORDS: Final = "has no records"
MAKE_UTF8: Final = "`iconv -f WINDOWS-1252 -t UTF-8` makes it of Windows' or Latin-1, `-f UTF-16` of UTF-16"
_JSON_SUFFIXES: Final = frozenset({".json", ".jsonl", ".ndjson"})
_CSV_SUFFIXES: Final = frozenset({".csv"})
_record_format: Final = choice(RecordFormat)


@dataclass(frozen=True, slots=True)
class Line:
    """A record as it stands in a file; `number` counts its first line from 1."""

    path: Path
    number: int
    data: bytes


def detect_format(paths: Sequence[Path], given: Mapping[str, str]) -> dict[str, str]:
    """The parameters that files decide: RecordFormat, and CsvColumns from the header; `given` ones stay as they are.

    Raises InputError when a file cannot be read, is empty or is one JSON document, or when files differ, and
    ConfigurationError for a format that is none.
    """
    named = given.get("RecordFormat", "").strip()
    chosen = _record_format("RecordFormat", named) if named else None
    formats = {path: chosen or _format_of(path) for path in paths}
    first = paths[0]
    for path in paths:
        if formats[path] is not formats[first]:
            problem = f"is {formats[path]}, but {first} is {formats[first]}; give them one after the other"
            raise InputError(str(path), problem)
    if formats[first] is RecordFormat.JSON:
        for path in paths:
            _refuse_document(path)
        return {"RecordFormat": RecordFormat.JSON}
    if given.get("CsvColumns"):
        return {"RecordFormat": RecordFormat.CSV}
    headers = {path: _header(path) for path in paths}
    for path in paths:
        if headers[path] != headers[first]:
            problem = f"has the header {','.join(headers[path])}, but {first} has {','.join(headers[first])}"
            raise InputError(f"{path}, line 1", problem)
    return {"RecordFormat": RecordFormat.CSV, "CsvColumns": ",".join(headers[first])}


def read_lines(paths: Sequence[Path], columns: Sequence[str], reader: Reader) -> Iterator[Line]:
    """Every record of the files in order. columns: of CSV files, none for JSON lines. Raises InputError."""
    for path in paths:
        with opened(path) as file:
            numbered = enumerate(_physical_lines(path, file), start=1)
            lines = (Line(path, number, data) for number, data in numbered)
            found = _rows(lines, list(columns), reader) if columns else lines
            yield from (line for line in found if line.data and not line.data.isspace())


def _physical_lines(path: Path, file: OpenedFile) -> Iterator[bytes]:
    for number, line in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES + 2), b""), start=1):
        data = line.removesuffix(b"\n").removesuffix(b"\r")
        if len(data) > MAX_LINE_BYTES:
            raise InputError(f"{path}, line {number}", f"is longer than {MAX_LINE_BYTES} bytes, the most Kinesis takes")
        yield data


def _rows(lines: Iterator[Line], columns: list[str], reader: Reader) -> Iterator[Line]:
    """A CSV's lines as rows. Whether lines belong together is the reader's to say, as it is in the function."""
    left: deque[Line] = deque()
    while (line := _next(left, lines)) is not None:
        if line.number == 1 and (cells := _cells(line.data)) and columns in (cells, column_names(cells)):
            continue
        if not has_open_quote(line.data):
            yield line
            continue
        followers = _up_to_the_closing_quote(left, lines)
        joined = b"\n".join(one.data for one in (line, *followers))
        if followers and reader.split(joined) == [joined]:
            yield Line(line.path, line.number, joined)
        else:
            yield line
            left.extendleft(reversed(followers))


def _up_to_the_closing_quote(left: deque[Line], lines: Iterator[Line]) -> list[Line]:
    """The lines behind one in which a quote has begun; not more than a record holds."""
    followers: list[Line] = []
    size = 0
    while size <= MAX_RECORD_BYTES and (line := _next(left, lines)) is not None:
        followers.append(line)
        size += len(line.data)
        if has_open_quote(line.data):
            break
    return followers


def _next(left: deque[Line], lines: Iterator[Line]) -> Line | None:
    return left.popleft() if left else next(lines, None)


def _format_of(path: Path) -> RecordFormat:
    suffixes = {suffix.lower() for suffix in path.suffixes}
    with opened(path) as file:
        start = file.peek(1024).lstrip()[:1]
        if not start:
            raise InputError(str(path), NO_RECORDS)
    if suffixes & _JSON_SUFFIXES:
        return RecordFormat.JSON
    return RecordFormat.CSV if suffixes & _CSV_SUFFIXES or start not in (b"{", b"[") else RecordFormat.JSON


def _refuse_document(path: Path) -> None:
    with opened(path) as file:
        if problem := document_problem(file.peek(START_BYTES)):
            raise InputError(str(path), problem)


def _header(path: Path) -> list[str]:
    """The names in the first line, as parameters can give them."""
    with opened(path) as file:
        line = next(_physical_lines(path, file))
    if foreign := foreign_text([line]):
        raise InputError(f"{path}, line 1", foreign)
    cells = _cells(line)
    if cells is None:
        raise InputError(f"{path}, line 1", "is no header of column names; give them with --set CsvColumns=a,b,c")
    return column_names(cells)


def column_names(cells: Sequence[str]) -> list[str]:
    """Column names of letters, digits, - and _; one that has nothing else is named for its place."""
    plain = (re.sub(r"[^a-zA-Z0-9_-]+", "_", cell.strip()).strip("_-") for cell in cells)
    return [name or f"column{place}" for place, name in enumerate(plain, start=1)]


def foreign_text(lines: Sequence[bytes]) -> str:
    """Why lines are neither JSON nor CSV as ingest reads them, and what makes them so; empty when they may be."""
    if 10 * sum(not _is_text(line) for line in lines) >= len(lines):
        return f"is no UTF-8 text; {MAKE_UTF8}"
    for mark, name, code in ((b";", "semicolons", ";"), (b"\t", "tabs", "\\t"), (b"|", "bars", "|")):
        if all(line.count(mark) and not line.lstrip().startswith(b"{") for line in lines) and not any(
            line.count(b",") > line.count(mark) for line in lines
        ):
            convert = f'csv.writer(sys.stdout).writerows(csv.reader(sys.stdin, delimiter="{code}"))'
            return (
                f"is CSV with {name}; cells are read between commas: have them written so, or convert them: "
                f"python3 -c 'import csv, sys; {convert}' < FILE > NEW; numbers are written like 1234.5"
            )
    return ""


def _is_text(line: bytes) -> bool:
    try:
        return b"\0" not in line and bool(line.decode() or True)
    except UnicodeDecodeError:
        return False


def _cells(line: bytes) -> list[str] | None:
    try:
        return next(csv.reader([line.decode()], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return None
