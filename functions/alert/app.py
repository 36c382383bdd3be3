"""alert: one Lookout alert event, bare, from our detector or any other: recorded, and told once.

Called asynchronously. What is raised brings the event again, twice; then it goes to the failure queue with its reason.
"""

import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from uuid import uuid4

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from tidegate.alert.actions import EVENT_BUS, SHADOW, WEBHOOK
from tidegate.alert.run import Surroundings, run
from tidegate.alert.stores import Action, Claim
from tidegate.aws.anomalies import DynamoAnomalies
from tidegate.aws.clients import dynamodb_client, events_client, iot_data_client, secrets_client, sns_client
from tidegate.aws.event_bus import EventBus
from tidegate.aws.metrics import add_counts, sent
from tidegate.aws.notifications import SnsNotifications
from tidegate.aws.shadow import Shadow
from tidegate.aws.webhook import Webhook
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import MalformedAlert

MARGIN_SECONDS: Final = 5
"""After this invocation's last moment a claim that it left may be taken over."""

logger = Logger(service="alert")


@cache
def dependencies() -> Surroundings:
    """Made at the first invocation and kept; `dependencies.cache_clear()` makes them anew."""
    environment = os.environ
    return Surroundings(
        config=DetectorConfig.from_env(environment),
        anomalies=DynamoAnomalies(dynamodb_client(), environment["ANOMALY_TABLE"]),
        notifications=SnsNotifications(sns_client(), environment["ALERT_TOPIC_ARN"]),
        actions=_actions(environment),
        stack=environment.get("STACK_NAME", ""),
    )


def _actions(environment: Mapping[str, str]) -> dict[str, Action]:
    """Those whose variable is set. The webhook is last: it alone waits for somebody else's server."""
    actions: dict[str, Action] = {}
    if bus := environment.get("EVENT_BUS_NAME"):
        actions[EVENT_BUS] = EventBus(events_client(), bus)
    if thing := environment.get("SHADOW_THING_NAME"):
        actions[SHADOW] = Shadow(iot_data_client(), thing)
    if secret := environment.get("WEBHOOK_SECRET_ARN"):
        actions[WEBHOOK] = Webhook(secrets_client(), secret, environment.get("STACK_NAME", ""))
    return actions


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Take one event. Raises MalformedAlert, TransientError, and what only a person can mend; of several failures an
    ExceptionGroup."""
    around = dependencies()
    now = time.time()  # nobody else knows it: claims hold against invocations that run beside this one
    claim = Claim(uuid4().hex, now, now + context.get_remaining_time_in_millis() / 1000 + MARGIN_SECONDS)
    try:
        report = run(event, claim, around)
    except MalformedAlert as error:
        logger.error("malformed alert event", place=error.place, problem=error.problem)
        raise
    counts = {"NotificationsSent": len(report.notices)}  # failures are Lambda's own metrics
    with sent(around.config.detector_name) as metrics:
        add_counts(metrics, counts)
    summary: dict[str, object] = {
        "alertEventId": report.record.event_id,
        "state": report.record.state.value,
        "notified": [notice.value for notice in report.notices],
        "actions": list(report.actions),
    }
    for failed in report.failures:
        logger.error("step failed", step=failed.step, problem=str(failed.error), alertEventId=report.record.event_id)
    report.raise_failures()
    logger.info("alert taken", extra=summary)
    return summary
