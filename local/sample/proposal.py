"""From a sample to the parameters to deploy with, and what is unsure about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from local.parameters import Deployment
from local.sam_deploy import proposed
from local.sample.columns import Column, Role, column_of
from local.sample.rows import Rows
from local.sample.source import Sample
from local.sample.spacing import interval_of
from local.sample.times import Times, resembles_time, times_of
from local.tabular import shown
from tidegate.config import RecordFormat
from tidegate.config_checks import MAX_DIMENSIONS, MAX_MEASURES
from tidegate.contracts.errors import InputError

_MEASURES: Final = (Role.SUM, Role.AVG, Role.COUNT)
_MANY_SERIES: Final = 10_000
_SHOWN: Final = 32


@dataclass(frozen=True, slots=True)
class Proposal:
    """unsure: what a person should look at."""

    deployment: Deployment
    columns: Sequence[Column]
    unsure: Sequence[str]


def propose(sample: Sample, rows: Rows) -> Proposal:
    """Guess. Raises InputError when there is no time or nothing to measure."""
    unsure: list[str] = []
    time = _time(sample, rows, unsure)
    columns = [column_of(rows, name, name == time.column) for name in rows.columns]
    measures = _measures(sample, columns, unsure)
    counted = {measure.partition(":")[0] for measure in measures}
    dimensions, series = _dimensions(rows, [column for column in columns if column.name not in counted], unsure)
    spacing = interval_of(time.instants, series)
    unsure.append(f"IntervalMinutes={spacing.minutes}: {spacing.why}.")
    if sample.is_renamed:
        unsure.append("CsvColumns: a column's name has letters, digits, - and _ only; the file's were changed to that.")
    if sample.broken or rows.unread:
        unsure.append(f"{sample.broken + rows.unread:,} of the sample's records could not be read: see tidegate check.")
    found = {
        "Measures": ",".join(measures),
        "Dimensions": ",".join(dimensions),
        "IntervalMinutes": str(spacing.minutes),
        "TimestampColumn": time.column,
        "TimestampFormat": time.format,
        "RecordFormat": str(rows.record_format),
        "CsvColumns": ",".join(rows.columns) if rows.record_format is RecordFormat.CSV else "",
        "StreamArn": sample.stream_arn,
    }
    stem = PurePath(sample.place.removeprefix("stream ")).name.split(".")[0]
    return Proposal(proposed(stem, found), columns, unsure)


def _time(sample: Sample, rows: Rows, unsure: list[str]) -> Times:
    values = ((name, [row.get(name) for row in rows.rows]) for name in rows.columns)
    found = sorted(
        (times for name, column in values if (times := times_of(name, column))),
        key=lambda times: times.rank,
        reverse=True,
    )
    if not found:
        raise InputError(sample.place, _no_time(rows))
    time = found[0]
    if len(found) > 1:
        others = ", ".join(other.column for other in found[1:])
        unsure.append(f"TimestampColumn={time.column}: {others} would do too; take the time at which things happened.")
    if time.also:
        unsure.append(f"TimestampFormat: days and months may be the other way round, {time.also}.")
    if not time.has_offset:
        unsure.append(f"Timezone: {time.column} says no offset and is taken as UTC; else give Timezone=Europe/Berlin.")
    if not rows.has_names:
        unsure.append("CsvColumns: the records have no header; give the columns their names, in order.")
    return time


def _no_time(rows: Rows) -> str:
    none = f"has no column with a time that can be read ({', '.join(rows.columns)})"
    for name in rows.columns:
        values = [value for row in rows.rows if (value := row.get(name)) is not None]
        if resembles_time(name, values):
            return (
                f"{none}; {name} is like {shown(values[0], _SHOWN)!r}, and formats are ISO8601, UNIX or patterns of "
                "yyyy MM dd HH hh mm ss SSS a, each with all its digits (03/02/2026 00:00, not 3/2/2026 0:00)"
            )
    return none


def _measures(sample: Sample, columns: Sequence[Column], unsure: list[str]) -> list[str]:
    chosen = [column for column in columns if column.role in _MEASURES]
    if not chosen:
        counted = [column for column in columns if column.role is Role.DIMENSION]
        if not counted:
            reasons = "".join(f"; {column.name}: {column.why}" for column in columns if column.why)
            raise InputError(sample.place, f"has no column with numbers or ids to measure{reasons}")
        most = max(counted, key=lambda column: (column.values, column.distinct))
        unsure.append(f"Measures: there are no numbers; {most.name}:COUNT counts records.")
        return [f"{most.name}:COUNT"]
    if len(chosen) > MAX_MEASURES:
        left_out = ", ".join(column.name for column in chosen[MAX_MEASURES:])
        unsure.append(f"Measures: at most {MAX_MEASURES}; left out: {left_out}.")
    unsure += [f"{column.name}: {column.why}." for column in chosen if column.why]
    if any(column.role in (Role.COUNT, Role.SUM) for column in chosen):
        unsure.append(
            "MissingSeries: where no record comes, a count or sum is 0 if you give MissingSeries=zero, else unknown."
        )
    return [f"{column.name}:{column.role}" for column in chosen[:MAX_MEASURES]]


def _dimensions(rows: Rows, columns: Sequence[Column], unsure: list[str]) -> tuple[list[str], int]:
    """The names, and how many combinations of their values the sample has."""
    able = sorted((column for column in columns if column.role is Role.DIMENSION), key=lambda column: column.distinct)
    names: list[str] = []
    series = 1
    for column in able[:MAX_DIMENSIONS]:
        wider = [*names, column.name]
        count = len({tuple(str(row.get(name)) for name in wider) for row in rows.rows})
        if count > _MANY_SERIES or 2 * count > len(rows.rows):
            unsure.append(
                f"Dimensions: {column.name} is left out, with it {count:,} series would have too few records."
            )
            continue
        names, series = wider, count
    unsure += [f"{column.name}: {column.why}." for column in columns if column.role is Role.NONE]
    unsure += [f"{column.name}: {column.why}." for column in able if column.why]
    order = [column.name for column in columns if column.name in names]
    return order, series
