"""JSON documents where one object a line is read: what they are, and which jq makes lines of them."""

import json
import re
from typing import Final

START_BYTES: Final = 8192
"""Bytes from which a document is told."""
_METRIC_DATA: Final = (
    "[.MetricDataResults[] | .Id as $id | [.Timestamps, .Values] | transpose[] "
    "| {id: $id, time: .[0], value: .[1]}] | sort_by(.time)[]"
)
_OF_CLOUDWATCH: Final = {
    b"MetricDataResults": ("get-metric-data", _METRIC_DATA),
    b"Datapoints": ("get-metric-statistics", ".Datapoints | sort_by(.Timestamp)[]"),
}
"""Key of a document -> the command of `aws cloudwatch` that prints it, and the filter of jq, sorted by time."""
_ON_ONE_LINE: Final = re.compile(rb'\{\s*("Label"\s*:\s*"[^"]*"\s*,\s*)?"(Datapoints|MetricDataResults)"\s*:\s*\[')

_LIST: Final = re.compile(rb"\[\s*\{")


def document_problem(start: bytes) -> str:
    """Why what begins so is no JSON lines, and what makes them of it; empty when it may be."""
    text = start.lstrip()
    if not _is_document(text):
        return ""
    what, jq = ("one JSON array", ".[]") if text.startswith(b"[") else ("JSON over many lines", ".")
    for key, (command, lines) in _OF_CLOUDWATCH.items():
        if text.startswith(b"{") and re.search(rb'"%b"\s*:\s*\[' % key, text):
            what, jq = f"what `aws cloudwatch {command}` prints", lines
    return f"is {what}; a record is one object a line: `jq -c '{jq}' FILE` makes them"


def _is_document(text: bytes) -> bool:
    if _ON_ONE_LINE.match(text):
        return True
    first, *others = [line.strip() for line in text.split(b"\n") if line.strip()][:2] or [b""]
    if first == b"[" or (_LIST.match(first) and not others):
        return True
    return bool(first == b"{" or (_LIST.match(first) and not _is_json(first))) and not any(map(_is_json, others))


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict | list)
    except (ValueError, RecursionError):
        return False
