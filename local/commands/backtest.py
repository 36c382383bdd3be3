"""`tidegate backtest`: the detector alone over history, from files to scores, anomalies and a report."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from local.arguments import interval_minutes, severity, share
from local.backtest.anomalies_file import write_anomalies
from local.backtest.report import report_data
from local.backtest.run import Judged, judge
from local.backtest.scores_file import ScoresFile
from local.exit_codes import DONE
from local.history.absence import unseen_silence
from local.history.aggregate import History, read_history
from local.history.files import history_files
from local.history.spans import check_interval, interval_count
from local.output import output_folder
from local.progress import progress
from local.record_files import column_names
from local.report import write_report
from local.summary import print_summary
from tidegate.config import DEFAULT_TIMESTAMP_FORMAT, DetectorConfig, MissingSeries
from tidegate.contracts.anomaly import AnomalyGroup
from tidegate.contracts.columns import COLUMN_NAME
from tidegate.contracts.errors import ConfigurationError, InputError
from tidegate.detect.pace import Pace
from tidegate.detect.registry import MAX_SERIES

TRAIN_SHARE: Final = 0.15
_NAMES: Final = ("scores.csv", "anomalies.json", "report.html")
_OPTIONS: Final = {
    "Measures": "--measure",
    "IntervalMinutes": "--interval",
    "TimestampColumn": "--timestamp-column",
    "TimestampFormat": "--timestamp-format",
    "Timezone": "--timezone",
    "Dimensions": "--dimension",
    "MeasureRules": "--measure-rules",
    "Calendar": "--calendar",
    "AlertThreshold": "--threshold",
}
_OF_COLUMNS: Final = ("Measures", "TimestampColumn", "Dimensions")
"""Parameters whose values are names of columns."""
_EXAMPLE: Final = """
Rows of one interval and the same dimension values add up, of all files: give none twice, nor files that overlap.
Feedback given to a deployed detector is not read.
In folders of the form intvl_date=YYYY-MM-DD/intvl_hhmm=HHMM/ only rows of their own interval count, and an interval
without an object is passed over, as the deployed detector does; an object of its header alone is an interval in which
nothing happened.

examples:
  tidegate backtest orders.csv.gz --interval 5m --timestamp-column event_time \\
      --measure orders:SUM --dimension platform --dimension marketplace --output backtest
  tidegate backtest export/ --interval 1h --timestamp-column time --timestamp-format UNIX --measure load:AVG \\
      --output backtest
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `tidegate backtest`."""
    parser.epilog = _EXAMPLE
    add = parser.add_argument
    help_files = "CSV with a header, or JSON lines; either may be gzip; a folder of them, or - for standard input"
    add("files", nargs="+", type=Path, metavar="FILE", help=help_files)
    add("--interval", type=interval_minutes, required=True, metavar="LENGTH", help="5m, 1h, 1d: any that divides a day")
    add("--timestamp-column", required=True, metavar="COLUMN", help="when the row's event happened")
    help_format = "ISO8601, UNIX or a pattern of yyyy MM dd HH hh mm ss SSS a (default: %(default)s)"
    add("--timestamp-format", default=DEFAULT_TIMESTAMP_FORMAT, metavar="FORMAT", help=help_format)
    help_zone = "IANA name, of timestamps without an offset and of days and hours (default: %(default)s)"
    add("--timezone", default="UTC", metavar="ZONE", help=help_zone)
    help_measure = "what to watch: FUNCTION is SUM, AVG, COUNT, MIN or MAX; may be repeated"
    add("--measure", action="append", required=True, metavar="COLUMN:FUNCTION", help=help_measure)
    help_dimension = "a series for each of its values; may be repeated"
    add("--dimension", action="append", default=[], metavar="COLUMN", help=help_dimension)
    help_missing = "what an absent series means: nothing is known or, of sums and counts, zero (default: %(default)s)"
    add(
        "--missing-series", choices=list(map(str, MissingSeries)), default=str(MissingSeries.MISSING), help=help_missing
    )
    help_rules = "per measure the direction, least deviation and range that count (docs/configuration.md)"
    add("--measure-rules", default="", metavar="RULES", help=help_rules)
    help_calendar = "planned times, in which nothing is listed as alerting (docs/configuration.md)"
    add("--calendar", default="", metavar="ENTRIES", help=help_calendar)
    help_threshold = "severity from which on an anomaly is listed, 0 to 100 (default: %(default)g)"
    add("--threshold", type=severity, default=70.0, metavar="SEVERITY", help=help_threshold)
    help_train = "the first part of the intervals, only learned and scored, not listed (default: %(default)s)"
    add("--train", type=share, default=TRAIN_SHARE, metavar="SHARE", help=help_train)
    add("--output", type=Path, required=True, metavar="DIR", help="gets scores.csv, anomalies.json and report.html")


def run(options: argparse.Namespace) -> int:
    """Read, score, write; print what was done."""
    config = _config(options)
    files = history_files(options.files)
    folder = output_folder(options.output, _NAMES, files)
    with progress("reading", None, "rows") as advance:
        history = read_history(files, config, advance)
    _check(history, ", ".join(map(str, options.files)))
    with folder.appearing_whole() as unfinished:
        with (
            progress("scoring", interval_count(history), "intervals") as advance,
            (unfinished / "scores.csv").open("w", encoding="utf-8", newline="") as file,
        ):
            judged = judge(history, config, options.train, ScoresFile(file, config), advance)
        groups = judged.incidents.groups()
        write_anomalies(unfinished / "anomalies.json", groups, config)
        write_report(unfinished / "report.html", report_data(options.files, history, config, judged, groups))
    _summarise(history, judged, groups, config, folder.path)
    return DONE


def _config(options: argparse.Namespace) -> DetectorConfig:
    parameters = {
        "Measures": ",".join(options.measure),
        "IntervalMinutes": str(options.interval),
        "TimestampColumn": options.timestamp_column,
        "TimestampFormat": options.timestamp_format,
        "Timezone": options.timezone,
        "Dimensions": ",".join(options.dimension),
        "MissingSeries": options.missing_series,
        "MeasureRules": options.measure_rules,
        "Calendar": options.calendar,
        "AlertThreshold": str(options.threshold),
    }
    try:
        return DetectorConfig.from_parameters(parameters)
    except ConfigurationError as error:
        option = _OPTIONS.get(error.parameter, error.parameter)
        called = _called(str(error.value)) if error.parameter in _OF_COLUMNS else ""
        raise InputError(f"{option} {error.value}".rstrip(), f"{error.rule}{called}") from None


def _called(value: str) -> str:
    """How a column that no parameter can name is named."""
    name = column_names([value])[0]
    is_header = " " in value and COLUMN_NAME.fullmatch(name)
    return f"; a header's {value!r} is called {name}" if is_header else ""


def _check(history: History, place: str) -> None:
    """Raise InputError for a history that cannot be judged."""
    points = np.bincount(history.series) if len(history.series) else np.zeros(1, np.int64)
    series, longest = np.count_nonzero(points), int(points.max())
    if not longest:
        raise InputError(place, "has no value in any measure column")
    if series > MAX_SERIES:
        raise InputError(place, f"has {series:,} series; the limit is {MAX_SERIES:,}: give fewer --dimension")
    check_interval(history, place)
    needed = Pace(history.grid.minutes).learning_points
    if longest <= needed:
        problem = f"has at most {longest} points a series, and the model learns from the first {needed}"
        raise InputError(place, f"{problem}: give more history or a shorter --interval")


def _summarise(
    history: History, judged: Judged, groups: Sequence[AnomalyGroup], config: DetectorConfig, folder: Path
) -> None:
    suppressed = sum(group.suppressed is not None for group in groups)
    needed = Pace(config.interval_minutes).learning_points
    rows = [
        ("rows", f"{history.rows:,}"),
        ("intervals judged", judged.share()),
        ("series", f"{len(np.unique(history.series)):,}"),
        *([(f"series still learning their {needed} points", f"{judged.learning:,}")] if judged.learning else []),
        (f"anomalies of severity {config.alert_threshold:g} or more", f"{len(groups) - suppressed:,}"),
        *([("more that rules or calendar kept from alerting", f"{suppressed:,}")] if suppressed else []),
        ("scores of every series and interval", str(folder / "scores.csv")),
        ("anomalies with series and contributions", str(folder / "anomalies.json")),
        ("report, to open in a browser", str(folder / "report.html")),
    ]
    print_summary("Backtest", rows)
    if 2 * judged.judged < judged.intervals:
        print(
            f"Warning: most of the history was only learned, and {judged.judged:,} intervals judged: give more of it."
        )
    for remark in filter(None, (*history.published.remarks(), unseen_silence(history, config))):
        print(f"Warning: {remark}")
