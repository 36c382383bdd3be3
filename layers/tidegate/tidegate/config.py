"""The configuration of one detector: the template's parameters, validated whole, once.

Lambda gets each parameter as an environment variable of the parameter's own name; the command line takes the same
names from samconfig.toml and from `--set Name=Value`. One name everywhere.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self

from tidegate.calendar_entries import CalendarEntry, calendar
from tidegate.config_checks import check, check_csv_columns
from tidegate.contracts.errors import ConfigurationError
from tidegate.contracts.interval import DAY_SECONDS, IntervalGrid, zone_named
from tidegate.contracts.severity import ALARM_LINE
from tidegate.measure_rules import MeasureRules, measure_rules
from tidegate.parameters import Reader, choice, filters, integer, names, number, text_of

UNIX_FORMAT: Final = "UNIX"
ISO_FORMAT: Final = "ISO8601"
DEFAULT_TIMESTAMP_FORMAT: Final = "yyyy-MM-dd HH:mm:ss"


class RecordFormat(StrEnum):
    """What a record's bytes are, after gzip and KPL aggregation are taken off."""

    JSON = "json"
    CSV = "csv"


class Output(StrEnum):
    """What an interval's object holds: one row a record, or one row per dimension values."""

    RECORDS = "records"
    AGGREGATES = "aggregates"


class MissingSeries(StrEnum):
    """What the absence of a known series means: nothing is known, or its value is zero."""

    MISSING = "missing"
    ZERO = "zero"


class AlertFormat(StrEnum):
    """The text of a notification; phones always get SHORT_TEXT."""

    LONG_TEXT = "LONG_TEXT"
    SHORT_TEXT = "SHORT_TEXT"
    JSON = "JSON"


class Function(StrEnum):
    """How a measure's values in one interval become one."""

    SUM = "SUM"
    AVG = "AVG"
    COUNT = "COUNT"
    MIN = "MIN"
    MAX = "MAX"


@dataclass(frozen=True, slots=True)
class Measure:
    """A column and the function that aggregates it."""

    column: str
    function: Function


type DimensionFilters = Mapping[str, frozenset[str]]
"""Dimension -> the values that pass: AND across dimensions, OR within one."""


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """One detector's parameters; the defaults are the template's.

    The fields stand for the parameters of the same names in CamelCase. Seconds are whole seconds.
    """

    measures: tuple[Measure, ...]
    detector_name: str = "tidegate"
    record_format: RecordFormat = RecordFormat.JSON
    csv_columns: tuple[str, ...] = ()
    interval_minutes: int = 5
    timestamp_column: str = "event_time"
    timestamp_format: str = DEFAULT_TIMESTAMP_FORMAT
    timezone: str = "UTC"
    dimensions: tuple[str, ...] = ()
    dimension_filters: DimensionFilters = field(default_factory=dict)
    output: Output = Output.RECORDS
    output_prefix: str = "intervals"
    offset_seconds: int = 60
    max_close_delay_seconds: int = 900
    batching_window_seconds: int = 60
    max_future_seconds: int = 3600
    buffer_retention_hours: int = 48
    buffer_shards: int = 1
    missing_series: MissingSeries = MissingSeries.MISSING
    measure_rules: MeasureRules = field(default_factory=dict)
    calendar: tuple[CalendarEntry, ...] = ()
    alert_threshold: float = ALARM_LINE
    alert_measures: tuple[str, ...] = ()
    alert_dimension_filters: DimensionFilters = field(default_factory=dict)
    alert_format: AlertFormat = AlertFormat.LONG_TEXT
    anomaly_retention_days: int = 365

    def __post_init__(self) -> None:
        check(self)
        if self.record_format is RecordFormat.CSV:
            check_csv_columns(self)

    @property
    def anomaly_threshold(self) -> float:
        """The severity from which an anomaly is recorded: the alarm line, or AlertThreshold where that is lower."""
        return min(self.alert_threshold, ALARM_LINE)

    @property
    def grid(self) -> IntervalGrid:
        return IntervalGrid(self.interval_minutes, zone_named(self.timezone))

    @property
    def measure_columns(self) -> tuple[str, ...]:
        """The measures' source columns, each once, in the order of the measures."""
        return tuple(dict.fromkeys(measure.column for measure in self.measures))

    @property
    def record_columns(self) -> tuple[str, ...]:
        """The header of a `records` object, and the columns of a chunk: timestamp, dimensions, measure columns."""
        return (self.timestamp_column, *self.dimensions, *self.measure_columns)

    @property
    def measure_names(self) -> tuple[str, ...]:
        """One name a measure: its column, or `<column>_<function>` (lower case) where a column is used twice."""
        columns = [measure.column for measure in self.measures]
        return tuple(
            measure.column
            if columns.count(measure.column) == 1
            else f"{measure.column}_{measure.function.value.lower()}"
            for measure in self.measures
        )

    @property
    def aggregate_columns(self) -> tuple[str, ...]:
        """The header of an `aggregates` object: timestamp, dimensions, measure names."""
        return (self.timestamp_column, *self.dimensions, *self.measure_names)

    @property
    def retention_seconds(self) -> int:
        return self.buffer_retention_hours * 3600

    @property
    def chunk_seconds(self) -> int:
        """How long chunks are kept: a week longer than late records are taken, so that none is rendered without the
        others of its interval."""
        return self.retention_seconds + 7 * DAY_SECONDS

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read the parameters from the process environment (or the mapping given, as `--set` does).

        A parameter that is absent or empty has its default. Raises ConfigurationError naming the first wrong one.
        """
        return cls.from_parameters(os.environ if environment is None else environment)

    @classmethod
    def from_parameters(cls, given: Mapping[str, str]) -> Self:
        """Read parameters by their template names; other names are ignored. Raises ConfigurationError."""
        parameters = {name: text.strip() for name, text in given.items() if text.strip()}
        values: dict[str, Any] = {}  # each reader returns its field's type; see _READERS
        for name, read in _READERS.items():
            if name in parameters:
                values[_field(name)] = read(name, parameters[name])
        if "measures" not in values:
            raise ConfigurationError("Measures", given.get("Measures", ""), "at least one column:FUNCTION is required")
        return cls(**values)


def _field(parameter: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", parameter).lower()


def _measures(parameter: str, text: str) -> tuple[Measure, ...]:
    found = []
    for part in names(parameter, text):
        column, colon, function = part.rpartition(":")
        if not colon or function.upper() not in Function.__members__:
            rule = f"{part!r} must be column:FUNCTION, FUNCTION one of {', '.join(Function)}"
            raise ConfigurationError(parameter, text, rule)
        found.append(Measure(column.strip(), Function(function.upper())))
    return tuple(found)


_READERS: Final[dict[str, Reader]] = {
    "Measures": _measures,
    "DetectorName": text_of,
    "RecordFormat": choice(RecordFormat),
    "CsvColumns": names,
    "IntervalMinutes": integer,
    "TimestampColumn": text_of,
    "TimestampFormat": text_of,
    "Timezone": text_of,
    "Dimensions": names,
    "DimensionFilters": filters,
    "Output": choice(Output),
    "OutputPrefix": text_of,
    "OffsetSeconds": integer,
    "MaxCloseDelaySeconds": integer,
    "BatchingWindowSeconds": integer,
    "MaxFutureSeconds": integer,
    "BufferRetentionHours": integer,
    "BufferShards": integer,
    "MissingSeries": choice(MissingSeries),
    "MeasureRules": measure_rules,
    "Calendar": calendar,
    "AlertThreshold": number,
    "AlertMeasures": names,
    "AlertDimensionFilters": filters,
    "AlertFormat": choice(AlertFormat),
    "AnomalyRetentionDays": integer,
}
"""Parameter name -> its reader. Each returns the type of the field of the same name in snake_case."""
