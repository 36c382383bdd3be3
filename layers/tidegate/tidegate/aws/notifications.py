"""Notifications on an SNS topic."""

import json
from typing import TYPE_CHECKING

from tidegate.alert.notification import Attributes, Notification
from tidegate.aws.errors import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef


class SnsNotifications:
    """`Notifications` on one topic. Phones get the short text, all other subscribers the text."""

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self._client = client
        self._topic = topic_arn

    def publish(self, notification: Notification) -> None:
        with aws_errors():
            self._client.publish(
                TopicArn=self._topic,
                Subject=notification.subject,
                Message=json.dumps({"default": notification.text, "sms": notification.short}, ensure_ascii=False),
                MessageStructure="json",
                MessageAttributes=_attributes(notification.attributes),
            )


def _attributes(attributes: Attributes) -> dict[str, "MessageAttributeValueTypeDef"]:
    return {name: _attribute(value) for name, value in attributes.items()}


def _attribute(value: float | str | tuple[str, ...]) -> "MessageAttributeValueTypeDef":
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    if isinstance(value, tuple):
        return {"DataType": "String.Array", "StringValue": json.dumps(value, ensure_ascii=False)}
    return {"DataType": "Number", "StringValue": f"{value:.2f}"}
