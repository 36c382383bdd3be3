"""The report of a replay or a demo: what was alerted, drawn over the values that were published."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from local.arguments import interval_text
from local.backtest.kept import KeptScores
from local.report import Planted, ReportData, drawn_keys
from local.report.words import moment_in_zone
from local.results import Results
from tidegate.config import DetectorConfig
from tidegate.contracts.anomaly import AnomalyGroup
from tidegate.contracts.errors import InputError
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import IntervalValues, SeriesKey
from tidegate.detect.detector import Detector
from tidegate.detect.values import read_values


@dataclass(slots=True)
class _Scored:
    """The published intervals as the detector scores them. learned, needed: points, after the last interval."""

    kept: KeptScores = field(default_factory=KeptScores)
    series: dict[SeriesKey, None] = field(default_factory=dict)
    learned: int = 0
    needed: int = 0


def report_data(
    title: str,
    config: DetectorConfig,
    results: Results,
    groups: Sequence[AnomalyGroup],
    planted: Sequence[Planted] = (),
    *,
    unexplained: int = 0,
) -> ReportData:
    """The page's content. The bands are the same detector's over the published objects as they are now."""
    scored = _score(results.objects, config)
    drawn, ordinary = drawn_keys(groups, scored.series)
    learning = f"The model is still learning: {scored.learned} of {scored.needed} points."
    return ReportData(
        title=title,
        facts=_facts(config, results, len(scored.series)),
        dimensions=config.dimensions,
        step=config.grid.step,
        threshold=config.alert_threshold,
        anomalies=groups,
        lines=scored.kept.lines([*drawn, *ordinary]),
        quality=[(f"Quarantined: {reason}", f"{count:,}") for reason, count in results.reasons.most_common()],
        zone=config.grid.zone,
        ledger=results.ledger,
        planted=planted,
        unexplained=unexplained,
        note=learning if scored.learned < scored.needed else "",
    )


def _score(objects: Mapping[str, bytes], config: DetectorConfig) -> _Scored:
    scored, detector = _Scored(), Detector(config)
    for values in _published(objects, config):
        scores = detector.observe(values)
        scored.kept.add(scores)
        scored.series.update(dict.fromkeys(scores.series))
        scored.learned, scored.needed = scores.learned, scores.needed
    return scored


def _published(objects: Mapping[str, bytes], config: DetectorConfig) -> Iterator[IntervalValues]:
    """Every published interval by time; one that cannot be read is left out, as detect leaves it out."""
    found: dict[Interval, tuple[str, bytes]] = {}
    for key, body in objects.items():
        interval = config.grid.from_key(key)
        if interval is not None:
            found[interval] = key, body
    for interval in sorted(found):
        try:
            yield read_values(interval, [found[interval]], config)
        except InputError:
            continue


def _facts(config: DetectorConfig, results: Results, series: int) -> list[tuple[str, str]]:
    facts = [
        ("Interval", interval_text(config.interval_minutes)),
        ("Measures", ", ".join(f"{measure.column}:{measure.function}" for measure in config.measures)),
        ("Dimensions", ", ".join(config.dimensions) or "none"),
        ("Series", f"{series:,}"),
        ("Alert threshold", f"{config.alert_threshold:g}"),
    ]
    if results.ledger:
        first, last = results.ledger[0].interval.start, results.ledger[-1].interval.end
        facts[:0] = [("From", moment_in_zone(first, config)), ("To", moment_in_zone(last, config))]
    return facts
