"""What a backtest's report shows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from local.arguments import interval_text
from local.backtest.run import Judged
from local.history.absence import unseen_silence
from local.history.aggregate import History
from local.history.spans import skipped_spans
from local.report import ReportData, drawn_keys
from local.report.words import duration, moment_in_zone
from tidegate.calendar_entries import calendar_text
from tidegate.config import DetectorConfig
from tidegate.contracts.anomaly import AnomalyGroup
from tidegate.contracts.series import SeriesKey
from tidegate.detect.pace import Pace
from tidegate.measure_rules import rules_text


def report_data(
    paths: Sequence[Path], history: History, config: DetectorConfig, judged: Judged, groups: Sequence[AnomalyGroup]
) -> ReportData:
    """The page's content. The lines of series without an anomaly are those with the most points."""
    drawn, ordinary = drawn_keys(groups, _longest_first(history))
    needed = Pace(config.interval_minutes).learning_points
    return ReportData(
        title=" and ".join(config.measure_names) + (f" by {', '.join(config.dimensions)}" if config.dimensions else ""),
        facts=[
            ("Files", ", ".join(path.name for path in paths)),
            ("From", moment_in_zone(int(history.starts[0]), config)),
            ("To", moment_in_zone(int(history.starts[-1]) + history.grid.step, config)),
            ("Interval", interval_text(config.interval_minutes)),
            ("Measures", ", ".join(f"{measure.column}:{measure.function}" for measure in config.measures)),
            ("Dimensions", ", ".join(config.dimensions) or "none"),
            ("Series", f"{len(np.unique(history.series)):,}{_learning(judged)}"),
            ("Alert threshold", f"{config.alert_threshold:g}"),
            *([("Measure rules", rules_text(config.measure_rules))] if config.measure_rules else []),
            *([("Calendar", calendar_text(config.calendar))] if config.calendar else []),
        ],
        dimensions=config.dimensions,
        step=history.grid.step,
        threshold=config.alert_threshold,
        anomalies=groups,
        lines=judged.kept.lines([*drawn, *ordinary]),
        quality=_quality(history, judged),
        zone=config.grid.zone,
        note=f"Each series is judged once {needed} points of it are learned. "
        f"Listed are anomalies from {moment_in_zone(judged.judged_from, config)} on. "
        f"{unseen_silence(history, config)}".rstrip(),
    )


def _learning(judged: Judged) -> str:
    return f", {judged.learning:,} still learning" if judged.learning else ""


def _longest_first(history: History) -> list[SeriesKey]:
    points = np.bincount(history.series, minlength=len(history.keys))
    return [history.keys[at] for at in np.argsort(-points, kind="stable") if points[at]]


def _quality(history: History, judged: Judged) -> list[tuple[str, str]]:
    skipped = skipped_spans(history)
    together = duration(sum(end - start for start, end in skipped))
    series, outside = len(np.unique(history.series)), history.published.outside
    complete = 100 * len(history.values) / (series * len(history.starts))
    return [
        ("Rows read", f"{history.rows:,}"),
        ("Rows without any value", f"{history.valueless:,}"),
        *([("Rows outside the interval of their folder, not counted", f"{outside:,}")] if outside else []),
        ("Intervals judged", judged.share()),
        ("Intervals without any row", f"{judged.intervals - len(history.starts):,}"),
        ("Spans without data, skipped", f"{len(skipped)}, together {together}" if skipped else "none"),
        ("Values there, of all series in all intervals with rows", f"{complete:.1f} %"),
    ]
