"""What a configuration makes of a sample: counts, the first lines of each fault, and what to do about it."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Final

from local.validation import Validation, Verdict
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import Reason

_LINES: Final = 5

_ADVICE: Final = {
    Reason.EMPTY: "the producer sends nothing or blanks",
    Reason.NOT_UTF8: "let the producer write UTF-8",
    Reason.NOT_JSON: "if these are CSV lines, RecordFormat=csv with CsvColumns; else one JSON object a line",
    Reason.NOT_AN_OBJECT: "a record is a JSON object; wrap values as {{...}}, write one object a line",
    Reason.BROKEN_GZIP: "the bytes were cut off or changed on their way",
    Reason.BROKEN_KPL: "the bytes were cut off or changed on their way",
    Reason.WRONG_WIDTH: "CsvColumns must name every column, in order (it has {width})",
    Reason.NO_TIMESTAMP: "is TimestampColumn={column} the right name? each record needs its time",
    Reason.BAD_TIMESTAMP: "TimestampFormat={format} does not read it; `tidegate detect-config` proposes one",
    Reason.TOO_FAR_IN_FUTURE: "a producer's clock is ahead; MaxFutureSeconds={future} is the limit",
    Reason.TOO_LATE: "raise BufferRetentionHours ({retention})",
    Reason.NO_MEASURE: "are the names in Measures right? a record needs one of {measures}",
    Reason.NOT_A_NUMBER: "a measure that is no number can be counted: column:COUNT",
    Reason.BAD_DIMENSION: "a dimension is text, number, true or false; lists and objects cannot be one",
    Reason.TOO_LARGE: "a record has at most 256 KB, a dimension's value 1,024 characters",
}


class Findings:
    """Counts of verdicts. records: all; bad: those that cannot be used; filtered: those that the filters keep out."""

    def __init__(self, config: DetectorConfig) -> None:
        self.config: Final = config
        self.validation: Final = Validation(config)
        self.records = self.bad = self.filtered = 0
        self.reasons: Final[Counter[Reason]] = Counter()
        self.lines: Final[defaultdict[Reason, list[int]]] = defaultdict(list)
        self.details: Final[dict[Reason, str]] = {}
        self.present: Final[Counter[str]] = Counter(dict.fromkeys(config.record_columns, 0))
        self.series: Final[set[tuple[object, ...]]] = set()
        self.first, self.last = float("inf"), float("-inf")

    def add(self, number: int, verdict: Verdict) -> None:
        """Count a record. number: of the line that it stands on."""
        self.records += 1
        if verdict.bad is not None:
            self._add_bad(number, verdict.bad.reason, verdict.bad.detail)
        elif not verdict.values:
            self.filtered += 1
        else:
            self.first, self.last = min(self.first, verdict.instant), max(self.last, verdict.instant)
            self.series.add(verdict.values[1 : 1 + len(self.config.dimensions)])
            for name, cell in zip(self.config.record_columns, verdict.values, strict=True):
                self.present[name] += cell is not None

    def _add_bad(self, number: int, reason: Reason, detail: str) -> None:
        self.bad += 1
        self.reasons[reason] += 1
        self.details.setdefault(reason, detail)
        if len(self.lines[reason]) < _LINES and number not in self.lines[reason]:
            self.lines[reason].append(number)

    @property
    def good(self) -> int:
        return self.records - self.bad - self.filtered

    def places(self, reason: Reason) -> str:
        """The first lines with this fault."""
        lines = self.lines[reason]
        more = " ..." if self.reasons[reason] > len(lines) else ""
        return ", ".join(map(str, lines)) + more

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


def advice(reason: Reason, config: DetectorConfig) -> str:
    """What to do about records that are bad for this reason."""
    return _ADVICE[reason].format(
        column=config.timestamp_column,
        format=config.timestamp_format,
        width=len(config.csv_columns),
        future=config.max_future_seconds,
        retention=config.buffer_retention_hours,
        measures=", ".join(config.measure_columns),
    )
