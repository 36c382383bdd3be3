"""A sample's records as rows of named columns."""

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from local.json_documents import document_problem
from local.record_files import foreign_text
from local.sample.source import Sample
from tidegate.config import RecordFormat
from tidegate.contracts.errors import InputError


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a sample. columns: all names, in the order in which they were met. has_names: they are the data's own.

    unread: records that are no row.
    """

    record_format: RecordFormat
    columns: tuple[str, ...]
    rows: Sequence[dict[str, object]]
    has_names: bool
    unread: int


def rows_of(sample: Sample) -> Rows:
    """Read the records as what most of them are. Raises InputError when hardly any can be read."""
    if foreign := foreign_text([*(name.encode() for name in sample.header), *(data for _, data in sample.records)]):
        raise InputError(sample.place, foreign)
    read = _json_rows if sample.record_format is RecordFormat.JSON else _csv_rows
    found = read(sample)
    if 2 * found.unread > len(sample.records):
        raise InputError(sample.place, _refusal(sample))
    return found


def _json_rows(sample: Sample) -> Rows:
    rows: list[dict[str, object]] = []
    for _, data in sample.records:
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            continue
        if isinstance(document, dict):
            rows.append(document)
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    return Rows(RecordFormat.JSON, columns, rows, has_names=True, unread=len(sample.records) - len(rows))


def _csv_rows(sample: Sample) -> Rows:
    cells = [found for _, data in sample.records if (found := _cells(data)) is not None]
    widths = Counter(map(len, cells))
    width = len(sample.header) or (widths.most_common(1)[0][0] if widths else 0)
    columns = sample.header or tuple(f"column{place}" for place in range(1, width + 1))
    rows: list[dict[str, object]] = [
        dict(zip(columns, [cell or None for cell in row], strict=True)) for row in cells if len(row) == width
    ]
    return Rows(RecordFormat.CSV, columns, rows, bool(sample.header), len(sample.records) - len(rows))


def _cells(line: bytes) -> list[str] | None:
    try:
        return next(csv.reader([line.decode()], strict=True), None)
    except (UnicodeDecodeError, csv.Error):
        return None


def _refusal(sample: Sample) -> str:
    if problem := document_problem(b"\n".join(data for _, data in sample.records[:2])):
        return problem
    if sample.record_format is RecordFormat.CSV:
        return "is no CSV whose lines have as many cells as the first (cells end with commas), and no JSON lines"
    return "has hardly a line that is a JSON object"
