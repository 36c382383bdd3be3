"""detect: every minute, the published intervals that are due through the model; anomalies to the alert function."""

import os
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from tidegate.aws.alert_function import AlertFunction
from tidegate.aws.clients import dynamodb_client, lambda_client, s3_client
from tidegate.aws.feedback import DynamoVerdicts
from tidegate.aws.metrics import add_counts, sent
from tidegate.aws.model_store import AwsModelStore
from tidegate.aws.published import S3PublishedIntervals
from tidegate.config import DetectorConfig
from tidegate.contracts.names import DetectorNames
from tidegate.contracts.schedule import scheduled_time
from tidegate.detect.models import Detectors
from tidegate.detect.report import DetectReport
from tidegate.detect.run import Surroundings, run

RESERVE_MILLISECONDS: Final = 20_000
"""No interval is begun, and no alert sent, with less time left: the snapshot has to be written too."""

logger = Logger(service="detect")


@cache
def dependencies(function_arn: str) -> Surroundings:
    """Made at the first invocation and kept, the model with it; `dependencies.cache_clear()` makes them anew."""
    environment = os.environ
    config = DetectorConfig.from_env(environment)
    dynamodb, s3 = dynamodb_client(), s3_client()
    buffer_table, operations_bucket = environment["BUFFER_TABLE"], environment["OPERATIONS_BUCKET"]
    return Surroundings(
        config=config,
        names=DetectorNames.from_function_arn(function_arn, config.detector_name, environment["DASHBOARD_NAME"]),
        models=Detectors(config),
        store=AwsModelStore(dynamodb, buffer_table, s3, operations_bucket, detector_name=config.detector_name),
        published=S3PublishedIntervals(s3, environment["DATA_BUCKET"], config.output_prefix, config.grid),
        alerts=AlertFunction(lambda_client(), environment["ALERT_FUNCTION_NAME"]),
        verdicts=DynamoVerdicts(dynamodb, environment["ANOMALY_TABLE"], config.detector_name),
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Take what is due at the schedule's time. Raises TransientError, InputError (no time given)."""
    now = scheduled_time(event)
    around = dependencies(context.invoked_function_arn)
    report, has_ended = DetectReport(), False
    problems = _Problems(around.config.detector_name)
    try:
        run(
            now,
            around,
            lambda: context.get_remaining_time_in_millis() < RESERVE_MILLISECONDS,
            report,
            tell=problems.tell,
        )
        has_ended = True
    finally:  # what a checkpoint has kept the next run does not count again
        problems.tell(report)
        _measure(report, around.config.detector_name, has_ended=has_ended)
    summary: dict[str, object] = {
        "intervals": report.intervals,
        "history": report.history,
        "anomalies": report.anomalies,
        "suppressed": dict(report.suppressed),
        "started": report.started,
        "ended": report.ended,
        "failed": len(report.failures),
        "incomplete": len(report.incomplete),
        "behind": report.is_behind,
        "superseded": report.is_superseded,
    }
    delay = now - report.last.end if report.last else None
    progress = {
        "learning": report.learning,
        "learned": report.learned,
        "needed": report.needed,
        "relearned": report.relearned,
    }
    logger.info("detected", extra={**summary, **progress, "delay": delay})
    return summary


class _Problems:
    """Says what a run met that an alarm watches, each once: at every checkpoint, and at the end what is left."""

    def __init__(self, detector_name: str) -> None:
        self._detector_name = detector_name
        self._failures = self._incomplete = self._states = self._events = 0

    def tell(self, report: DetectReport) -> None:
        """Say what has been added to the report; its metrics are sent at once."""
        failures, incomplete = report.failures[self._failures :], report.incomplete[self._incomplete :]
        refused_states, refused_events = report.refused_states[self._states :], report.refused_events[self._events :]
        self._failures, self._incomplete = len(report.failures), len(report.incomplete)
        self._states, self._events = len(report.refused_states), len(report.refused_events)
        for failure in failures:
            start = failure.interval.start
            logger.error("interval failed", interval=start, place=failure.place, problem=failure.problem)
        for interval in incomplete:
            problem = "records may be missing: it was closed while a shard lagged"
            logger.warning("interval not judged", interval=interval.start, problem=problem)
        for refused in refused_states:
            logger.error("state refused", problem=refused)
        for refused in refused_events:
            logger.error("alert refused", problem=refused)
        counts = {
            "DetectFailed": len(failures) + len(refused_events),
            "DetectIncomplete": len(incomplete),
            "StatesRefused": len(refused_states),
        }
        with sent(self._detector_name) as metrics:
            add_counts(metrics, counts)


def _measure(report: DetectReport, detector_name: str, *, has_ended: bool) -> None:
    """Only what a chart or an alarm shows; the log line has the rest. A run that failed counts as silent."""
    counts = {
        "SeriesLearning": report.learning,
        "SeriesRefused": report.refused,
        "AnomaliesSuppressed": report.suppressed.total(),
    }
    with sent(detector_name) as metrics:
        if has_ended:
            metrics.add_metric(name="SeriesScored", unit=MetricUnit.Count, value=report.series)
        for severity in report.severities:
            metrics.add_metric(name="AnomalySeverity", unit=MetricUnit.NoUnit, value=severity)
        add_counts(metrics, counts)
