"""alert: one Lookout alert event, bare, from our detector or any other: recorded, and told once.

Called asynchronously. What is raised brings the event again, twice; then it goes to the failure queue with its reason.
"""

import os
import time
from functools import cache
from typing import Any, Final
from uuid import uuid4

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from tidegate.alert.run import AlertReport, Surroundings, run
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


@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Take one event. Raises MalformedAlert, TransientError, and what SNS answers when only a person can mend it."""
    around = dependencies()
    metrics.add_dimension(name="DetectorName", value=around.config.detector_name)
    now = time.time()
    claim = Claim(uuid4().hex, now, now + context.get_remaining_time_in_millis() / 1000 + MARGIN_SECONDS)
    try:
        report = run(event, claim, around)
    except MalformedAlert as error:
        metrics.add_metric(name="AlertsMalformed", unit=MetricUnit.Count, value=1)
        logger.error("malformed alert event", place=error.place, problem=error.problem)
        raise
    except Exception:
        metrics.add_metric(name="AlertsFailed", unit=MetricUnit.Count, value=1)
        raise
    _measure(report)
    record = report.record
    summary: dict[str, object] = {
        "alertEventId": record.event_id,
        "state": record.state.value,
        "notified": [notice.value for notice in report.notices],
    }
    logger.info("alert taken", extra=summary)
    return summary


def _measure(report: AlertReport) -> None:
    metrics.add_metric(name="AlertsTaken", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="AnomaliesRecorded", unit=MetricUnit.Count, value=int(report.is_new))
    metrics.add_metric(name="NotificationsSent", unit=MetricUnit.Count, value=len(report.notices))
