"""Anomalies as rows: CSV for spreadsheets, JSON lines for Athena; to a file, or to a prefix on S3.

Names and values come from records, so anyone who can write to the stream chooses them. A text that a spreadsheet would
take for a formula gets an apostrophe before it in the CSV; in JSON it stays as it is.
"""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from local.account import aws_problems
from tidegate.alert.record import AnomalyRecord
from tidegate.aws.clients import s3_client
from tidegate.contracts.alert_time import utc_text
from tidegate.contracts.errors import InputError

type Row = dict[str, object]

COLUMNS: Final = (
    *("anomaly_group", "detector", "measure", "kind", "state", "severity", "started", "latest", "ended"),
    *("series_hit", "value", "expected", "dimensions", "contributions", "feedback", "alert_event_id"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes spreadsheets take a cell for a formula, the full-width forms included."""


def rows(records: Sequence[AnomalyRecord]) -> list[Row]:
    """A row an anomaly; instants are ISO 8601 in UTC, value, expected and dimensions those of the worst series."""
    return [_row(record) for record in records]


def _row(record: AnomalyRecord) -> Row:
    event = record.event
    facts = event.facts
    worst = facts.series[0] if facts and facts.series else None
    value = event.series[0].value if event.series else None
    contributions = {item.name: dict(item.values) for item in event.contributions}
    dimensions = dict(event.series[0].dimensions) if event.series else {}
    cells = (
        *(event.group, record.detector, event.measure, record.kind, record.state.value, round(record.severity, 2)),
        *(utc_text(record.started), utc_text(record.latest)),
        utc_text(record.ended_at) if record.ended_at is not None else None,
        facts.series_hit if facts else len(event.series),
        worst.value if worst else value,
        worst.expected if worst else None,
        *(dimensions, contributions, record.feedback, event.alert_event_id),
    )
    return dict(zip(COLUMNS, cells, strict=True))


def csv_text(found: Sequence[Row]) -> str:
    """With a header; objects are JSON in their cell, null is empty."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row[name]) for name in COLUMNS] for row in found)
    return text.getvalue()


def json_lines(found: Sequence[Row]) -> str:
    """One object a line, null included. dimensions and contributions are objects: maps, for Athena."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found)


def write(found: Sequence[Row], target: str) -> list[str]:
    """Write a file (`.csv`, `.jsonl`), or both below `s3://bucket/prefix/`; returns what was written.

    Below the prefix each form has a folder of its own, as a table of Athena needs it. Raises InputError.
    """
    if target.startswith("s3://"):
        url = urlsplit(target)
        prefix = f"{url.path.strip('/')}/".lstrip("/")
        texts = {f"{prefix}csv/anomalies.csv": csv_text(found), f"{prefix}jsonl/anomalies.jsonl": json_lines(found)}
        with aws_problems(target):
            client = s3_client()
            for key, text in texts.items():
                client.put_object(Bucket=url.netloc, Key=key, Body=text.encode("utf-8", "replace"))
        return [f"s3://{url.netloc}/{key}" for key in texts]
    forms = {".csv": csv_text, ".jsonl": json_lines}
    path = Path(target)
    if path.suffix not in forms:
        raise InputError(f"--output {target}", "must end in .csv or .jsonl, or begin with s3://")
    try:
        path.write_bytes(forms[path.suffix](found).encode("utf-8", "replace"))
    except OSError as error:
        raise InputError(f"--output {target}", f"cannot be written: {error.strerror}") from None
    return [target]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    is_formula = isinstance(value, str) and text.lstrip(" ").startswith(_FORMULA)
    return f"'{text}" if is_formula else text
