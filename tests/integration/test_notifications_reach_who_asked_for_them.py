"""What subscribers of the topic get (moto): text, short text, attributes that a filter policy picks by."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.alert_events import changed, document
from tidegate.alert.messages import notification
from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.aws.notifications import SnsNotifications
from tidegate.config import AlertFormat
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.event_size import fitted

RECORD = AnomalyRecord.of(AlertEvent.parse(document("alert-tidegate")))
MEGABYTE_QUARTER = 262_144


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with mock_aws():
        yield boto3.Session("test", "test", region_name="us-east-1")


def topic_with_queue(session: boto3.Session, policy: object = None) -> tuple[str, Any]:
    """A topic and the messages of a queue that is subscribed to it, with a filter policy or none."""
    sns, sqs = session.client("sns"), session.client("sqs")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    attributes = {"FilterPolicy": json.dumps(policy)} if policy else {}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)

    def messages() -> list[dict[str, Any]]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in found]

    return topic, messages


@pytest.mark.parametrize("form", AlertFormat)
def test_a_subscriber_gets_the_text_in_the_configured_format(session: boto3.Session, form: AlertFormat) -> None:
    topic, messages = topic_with_queue(session)
    given = notification(RECORD, Notice.STARTED, form)
    SnsNotifications(session.client("sns"), topic).publish(given)
    (message,) = messages()
    assert message["Message"] == given.text
    assert message["Subject"] == given.subject
    assert message["MessageAttributes"]["severity"] == {"Type": "Number", "Value": "93.46"}
    assert json.loads(message["MessageAttributes"]["platform"]["Value"]) == ["mobile_app", "pc_web", "mobile_web"]


@pytest.mark.parametrize(
    ("policy", "is_delivered"),
    [
        ({"severity": [{"numeric": [">=", 90]}]}, True),
        ({"severity": [{"numeric": [">=", 94]}]}, False),
        ({"measure": ["revenue"], "marketplace": ["it", "fr"]}, True),
        ({"marketplace": ["us"]}, False),
        ({"platform": ["pc_web"], "state": ["started"]}, True),
        ({"state": ["ended"]}, False),
    ],
)
def test_a_filter_policy_picks_by_attributes(session: boto3.Session, policy: object, is_delivered: bool) -> None:
    topic, messages = topic_with_queue(session, policy)
    SnsNotifications(session.client("sns"), topic).publish(notification(RECORD, Notice.STARTED, AlertFormat.LONG_TEXT))
    assert bool(messages()) == is_delivered


def test_the_largest_event_fits_into_a_message() -> None:
    sizes: list[int] = []

    class Weighed:
        def publish(self, **message: Any) -> None:
            attributes = [attribute["StringValue"] for attribute in message["MessageAttributes"].values()]
            sizes.append(len((message["Message"] + "".join(attributes)).encode()))

    series = [{"timeSeriesId": '"' * 120, "metricValue": 1}] * 5000
    event = fitted(AlertEvent.parse(changed(document("alert-tidegate"), "impactedMetric.relevantTimeSeries", series)))
    published = notification(AnomalyRecord.of(event), Notice.STARTED, AlertFormat.JSON)
    SnsNotifications(Weighed(), "topic").publish(published)  # type: ignore[arg-type]  # only what is published counts
    assert MEGABYTE_QUARTER / 2 < sizes[0] < MEGABYTE_QUARTER
