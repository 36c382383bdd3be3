"""What a configuration makes of a sample: counts, the first places and value of each fault, and what to do about it."""

import csv
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from local.no_value import ADVICE as NO_VALUE
from local.no_value import means_no_value
from local.tabular import shown
from local.validation import Validation, Verdict
from tidegate.config import DetectorConfig, RecordFormat
from tidegate.contracts.errors import BadRecord, Reason

_OF_TIME: Final = (Reason.BAD_TIMESTAMP, Reason.TOO_FAR_IN_FUTURE, Reason.TOO_LATE)
_LINES: Final = 5
_VALUE: Final = 24
"""Characters of a value that are shown."""

_ADVICE: Final = {
    Reason.EMPTY: "the producer sends nothing or blanks",
    Reason.NOT_UTF8: "let the producer write UTF-8",
    Reason.NOT_JSON: "if these are CSV lines, RecordFormat=csv with CsvColumns; else one JSON object a line "
    "(`jq -c '.[]'` makes them of one array)",
    Reason.NOT_AN_OBJECT: "a record is a JSON object; wrap values as {{...}}, write one object a line",
    Reason.BROKEN_GZIP: "the bytes were cut off or changed on their way",
    Reason.BROKEN_KPL: "the bytes were cut off or changed on their way",
    Reason.WRONG_WIDTH: "CsvColumns must name every column, in order (it has {width})",
    Reason.NO_TIMESTAMP: "is TimestampColumn={column} the right name? each record needs its time",
    Reason.BAD_TIMESTAMP: "TimestampFormat={format} does not read it; `tidegate detect-config` proposes one",
    Reason.TOO_FAR_IN_FUTURE: "a producer's clock is ahead; MaxFutureSeconds={future} is the limit",
    Reason.TOO_LATE: "raise BufferRetentionHours ({retention})",
    Reason.NO_MEASURE: "are the names in Measures right? a record needs one of {measures}",
    Reason.NOT_A_NUMBER: "write amounts like 1234.5, without unit or comma; other text can be counted: column:COUNT",
    Reason.BAD_DIMENSION: "a dimension is text, number, true or false; lists and objects cannot be one",
    Reason.TOO_LARGE: "a record has at most 256 KB, a dimension's value 1,024 characters",
}


@dataclass(slots=True)
class Fault:
    """Records that are bad for one reason, in one way. value: what the first of them has there.

    lines: where the first of them stand, each line once.
    """

    reason: Reason
    detail: str
    value: str
    records: int = 0
    lines: list[str] = field(default_factory=list)

    def places(self) -> str:
        """The first lines with this fault."""
        return ", ".join(self.lines) + (" ..." if self.records > len(self.lines) else "")


class Findings:
    """Counts of verdicts. records: all; bad: those that cannot be used; filtered: those that the filters keep out."""

    def __init__(self, config: DetectorConfig) -> None:
        self.config: Final = config
        self.validation: Final = Validation(config)
        self.records = self.bad = self.filtered = 0
        self._faults: Final[dict[tuple[Reason, str, bool], Fault]] = {}
        self.present: Final[Counter[str]] = Counter(dict.fromkeys(config.record_columns, 0))
        self.series: Final[set[tuple[object, ...]]] = set()
        self.first, self.last = float("inf"), float("-inf")

    def add(self, place: str, data: bytes, verdict: Verdict) -> None:
        """Count a record. place: of its line, for people; data: the line."""
        self.records += 1
        if verdict.bad is not None:
            self._add_bad(place, data, verdict.bad)
        elif not verdict.values:
            self.filtered += 1
        else:
            self.first, self.last = min(self.first, verdict.instant), max(self.last, verdict.instant)
            self.series.add(verdict.values[1 : 1 + len(self.config.dimensions)])
            for name, cell in zip(self.config.record_columns, verdict.values, strict=True):
                self.present[name] += cell is not None

    def _add_bad(self, place: str, data: bytes, bad: BadRecord) -> None:
        self.bad += 1
        way = re.sub("[0-9]+", "", bad.detail)  # at whatever character it is
        value = bad_value(data, bad, self.config) if bad.reason is Reason.NOT_A_NUMBER else None
        key = bad.reason, way, means_no_value(value)  # for what to do about it is another thing
        fault = self._faults.get(key)
        if fault is None:
            value = bad_value(data, bad, self.config) if value is None else value
            fault = self._faults[key] = Fault(bad.reason, bad.detail, value)
        fault.records += 1
        if len(fault.lines) < _LINES and place not in fault.lines:
            fault.lines.append(place)

    def faults(self) -> list[Fault]:
        """The commonest first."""
        return sorted(self._faults.values(), key=lambda fault: -fault.records)

    @property
    def good(self) -> int:
        return self.records - self.bad - self.filtered

    @property
    def is_all_filtered(self) -> bool:
        """Do the filters keep out everything that could be used?"""
        return bool(self.filtered) and not self.good

    def absent(self) -> list[str]:
        """Configured columns that no record has."""
        return [name for name in self.config.record_columns if self.good and not self.present[name]]

    def span(self) -> str:
        """The time of the good records, in the detector's zone, and how many intervals it touches."""
        zone, step = self.config.grid.zone, self.config.grid.step
        first, last = (datetime.fromtimestamp(instant, zone) for instant in (self.first, self.last))
        start = self.config.grid.containing(self.first).start
        intervals = int(self.last - start) // step + 1
        return f"{first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} {self.config.timezone}, {intervals:,} intervals"


def bad_value(data: bytes, bad: BadRecord, config: DetectorConfig) -> str:
    """What stands in the column that a fault is about, else the beginning of the record; fit to be shown."""
    column = bad.detail.split(maxsplit=1)[0].rstrip(":,")
    if bad.reason in _OF_TIME:
        column = config.timestamp_column
    try:
        if config.record_format is RecordFormat.CSV:
            row: Any = dict(zip(config.csv_columns, next(csv.reader([data.decode()])), strict=True))
        else:
            row = json.loads(data)
        return shown(row[column], _VALUE)
    except (ValueError, LookupError, TypeError, RecursionError, StopIteration, csv.Error):
        return shown(data.decode(errors="replace"), _VALUE)


def advice(reason: Reason, config: DetectorConfig, value: str = "") -> str:
    """What to do about records that are bad for this reason. value: what one of them has there."""
    if reason is Reason.NOT_A_NUMBER and means_no_value(value):
        return NO_VALUE
    return _ADVICE[reason].format(
        column=config.timestamp_column,
        format=config.timestamp_format,
        width=len(config.csv_columns),
        future=config.max_future_seconds,
        retention=config.buffer_retention_hours,
        measures=", ".join(config.measure_columns),
    )
