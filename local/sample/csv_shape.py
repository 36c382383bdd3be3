"""The shape of a CSV whose columns nobody has named yet: header or none, how many cells, and so where its rows end."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from tidegate.config import DetectorConfig, Function, Measure, RecordFormat
from tidegate.ingest.reader import Reader, reader_of

COMPARED_LINES: Final = 50
"""Lines from which the shape is told."""
_DIGITS: Final = re.compile(r"[-+]?[.]?[0-9]+([-+.:/ TZ0-9]|e[-+]?[0-9])*", re.IGNORECASE)
"""A number or a time."""
LINES: Final = reader_of(DetectorConfig((Measure("any", Function.COUNT),)))
"""Takes every line as a record."""


def first_rows(lines: Sequence[bytes]) -> list[list[str]]:
    """The rows that these lines begin with, without those that are blank, up to what is no CSV."""
    rows = list[list[str]]()
    try:
        for row in csv.reader((f"{line.decode(errors='replace')}\n" for line in lines), strict=True):
            rows += [[cell.strip() for cell in row]] if row else []
    except csv.Error:
        pass
    return rows


def begins_with_header(rows: Sequence[Sequence[str]]) -> bool:
    """Is the first row a header? Where a column below holds numbers or times, its first cell is then none.

    Without such a column, a header has a name in every cell, and none twice.
    """
    if not rows or len({*rows[0]}) < len(rows[0]):
        return False
    names, below = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    told = [place for place in range(len(names)) if below and all(_DIGITS.fullmatch(row[place]) for row in below)]
    return all(names) if not told else not any(_DIGITS.fullmatch(names[place]) for place in told)


def placeholders(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Names for the columns of rows without a header: as many as most rows have cells."""
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 1
    return tuple(f"column{place}" for place in range(1, width + 1))


def rows_reader(columns: Sequence[str]) -> Reader:
    """Tells rows of so many cells apart as ingest would; their values are not looked at.

    One column is no time and measure, so each of its lines stands for itself.
    """
    if len(columns) == 1:
        return LINES
    counted = (Measure(columns[1], Function.COUNT),)
    return reader_of(
        DetectorConfig(counted, timestamp_column=columns[0], record_format=RecordFormat.CSV, csv_columns=tuple(columns))
    )
