"""alert: one Lookout alert event, bare, from our detector or any other: recorded, and told once.

Called asynchronously. What is raised brings the event again, twice; then it goes to the failure queue with its reason.
"""

import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from uuid import uuid4

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from tidegate.alert.run import Surroundings, run
from tidegate.alert.stores import Claim
from tidegate.aws.anomalies import DynamoAnomalies
from tidegate.aws.clients import dynamodb_client, sns_client
from tidegate.aws.notifications import SnsNotifications
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import MalformedAlert

MARGIN_SECONDS: Final = 5
"""After this invocation's last moment a claim that it left may be taken over."""

logger = Logger(service="alert")
metrics = Metrics(namespace="Tidegate")


@cache
def dependencies() -> Surroundings:
    """Made at the first invocation and kept; `dependencies.cache_clear()` makes them anew."""
    environment = os.environ
    return Surroundings(
        config=DetectorConfig.from_env(environment),
        anomalies=DynamoAnomalies(dynamodb_client(), environment["ANOMALY_TABLE"]),
        notifications=SnsNotifications(sns_client(), environment["ALERT_TOPIC_ARN"]),
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Take one event. Raises MalformedAlert, TransientError, and what SNS answers when only a person can mend it."""
    around = dependencies()
    now = time.time()
    claim = Claim(uuid4().hex, now, now + context.get_remaining_time_in_millis() / 1000 + MARGIN_SECONDS)
    try:
        report = run(event, claim, around)
    except MalformedAlert as error:
        counts = {"AlertsMalformed": 1}
        _emit(counts, around)
        logger.error("malformed alert event", place=error.place, problem=error.problem)
        raise
    except Exception:
        counts = {"AlertsFailed": 1}
        _emit(counts, around)
        raise
    counts = {"AlertsTaken": 1, "AnomaliesRecorded": int(report.is_new), "NotificationsSent": len(report.notices)}
    _emit(counts, around)
    summary: dict[str, object] = {
        "alertEventId": report.record.event_id,
        "state": report.record.state.value,
        "notified": [notice.value for notice in report.notices],
    }
    logger.info("alert taken", extra=summary)
    return summary


def _emit(counts: Mapping[str, int], around: Surroundings) -> None:
    metrics.add_dimension(name="DetectorName", value=around.config.detector_name)
    for name, value in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    metrics.flush_metrics()
