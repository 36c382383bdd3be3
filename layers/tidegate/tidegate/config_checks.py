"""What a configuration must be beyond the types of its fields."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfoNotFoundError

from tidegate.contracts.columns import check_columns
from tidegate.contracts.errors import ConfigurationError
from tidegate.contracts.interval import DAY_MINUTES, DAY_SECONDS, zone_named
from tidegate.contracts.timestamps import TimestampCodec
from tidegate.measure_rules import check_measures

if TYPE_CHECKING:
    from tidegate.config import DetectorConfig

MAX_DIMENSIONS: Final = 10
MAX_MEASURES: Final = 10
_RANGES: Final = (
    ("OffsetSeconds", "offset_seconds", 0, 432_000),
    ("MaxCloseDelaySeconds", "max_close_delay_seconds", 0, DAY_SECONDS),
    ("BatchingWindowSeconds", "batching_window_seconds", 0, 300),
    ("MaxFutureSeconds", "max_future_seconds", 0, DAY_SECONDS),
    ("BufferRetentionHours", "buffer_retention_hours", 24, 8_760),
    ("BufferShards", "buffer_shards", 1, 100),
    ("AlertThreshold", "alert_threshold", 0, 100),
    ("AnomalyRetentionDays", "anomaly_retention_days", 1, 3_650),
)


def check(config: "DetectorConfig") -> None:
    """The rules that the types cannot say. Raises ConfigurationError, which names parameter, value and rule."""
    if not 1 <= config.interval_minutes <= DAY_MINUTES or DAY_MINUTES % config.interval_minutes:
        raise ConfigurationError(
            "IntervalMinutes", config.interval_minutes, "must divide a day: 1, 5, 10, 60, 1440 ..."
        )
    for parameter, name, low, high in _RANGES:
        if not low <= getattr(config, name) <= high:
            raise ConfigurationError(parameter, getattr(config, name), f"must be from {low} to {high}")
    _check_times(config)
    if not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9-]{0,127}", config.detector_name):
        raise ConfigurationError("DetectorName", config.detector_name, "must be letters, digits and hyphens")
    _check_columns(config)
    _check_filters(config)
    try:
        zone_named(config.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigurationError("Timezone", config.timezone, "must be an IANA name such as Europe/Berlin") from None
    TimestampCodec(config.timestamp_format, config.timezone)


def _check_times(config: "DetectorConfig") -> None:
    window = config.batching_window_seconds
    if config.max_close_delay_seconds < window:
        rule = f"must be at least BatchingWindowSeconds, which is {window}: intervals would close, incomplete, before"
        raise ConfigurationError(
            "MaxCloseDelaySeconds", config.max_close_delay_seconds, f"{rule} Lambda brings their last records"
        )
    longest = config.offset_seconds + config.max_close_delay_seconds
    if longest >= config.retention_seconds:
        rule = (
            f"must be more than OffsetSeconds and MaxCloseDelaySeconds, together {longest} s: open intervals' records"
        )
        raise ConfigurationError("BufferRetentionHours", config.buffer_retention_hours, f"{rule} would be too late")


def _check_columns(config: "DetectorConfig") -> None:
    if not 1 <= len(config.measures) <= MAX_MEASURES:
        raise ConfigurationError("Measures", _shown(config.measure_columns), f"must be 1 to {MAX_MEASURES} measures")
    if len(set(config.measures)) < len(config.measures):
        raise ConfigurationError("Measures", _shown(config.measure_columns), "names one column:FUNCTION twice")
    if len(config.dimensions) > MAX_DIMENSIONS:
        raise ConfigurationError("Dimensions", _shown(config.dimensions), f"must be at most {MAX_DIMENSIONS}")
    if len(set(config.dimensions)) < len(config.dimensions):
        raise ConfigurationError("Dimensions", _shown(config.dimensions), "names a column twice")
    check_columns(
        ("TimestampColumn", (config.timestamp_column,)),
        ("Dimensions", config.dimensions),
        ("Measures", config.measure_columns),
    )
    if len(set(config.aggregate_columns)) < len(config.aggregate_columns):
        raise ConfigurationError("Measures", _shown(config.measure_names), "give two output columns of one name")


def _check_filters(config: "DetectorConfig") -> None:
    filters = (
        ("DimensionFilters", config.dimension_filters),
        ("AlertDimensionFilters", config.alert_dimension_filters),
    )
    for parameter, filter_dimensions in filters:
        for dimension in filter_dimensions:
            if dimension not in config.dimensions:
                raise ConfigurationError(parameter, dimension, f"is not in Dimensions ({_shown(config.dimensions)})")
    for measure in config.alert_measures:
        if measure not in config.measure_names:
            raise ConfigurationError("AlertMeasures", measure, f"is not a measure ({_shown(config.measure_names)})")
    check_measures(config.measure_rules, config.measure_names)


def check_csv_columns(config: "DetectorConfig") -> None:
    """CsvColumns must name every column that is read. Raises ConfigurationError."""
    missing = [name for name in config.record_columns if name not in config.csv_columns]
    if missing:
        parameter = "TimestampColumn" if missing[0] == config.timestamp_column else "Dimensions or Measures"
        rule = (
            f"lacks {_shown(missing)}, named in {parameter}; RecordFormat csv needs the name of every column in order"
        )
        raise ConfigurationError("CsvColumns", _shown(config.csv_columns), rule)
    if len(set(config.csv_columns)) < len(config.csv_columns):
        raise ConfigurationError("CsvColumns", _shown(config.csv_columns), "names a column twice")


def _shown(names: Iterable[str]) -> str:
    return ",".join(names)
