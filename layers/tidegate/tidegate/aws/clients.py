"""boto3 clients as Tidegate uses them. Each call makes a new one: whoever needs it keeps it, and can be given another.

`AWS_ENDPOINT_URL`, region and credentials are read by boto3 itself when a client is made.
"""

from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iot_data import IoTDataPlaneClient
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient

CONFIG: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    connect_timeout=3,
    read_timeout=20,
    tcp_keepalive=True,
)
"""Seconds. Standard mode waits with full jitter between attempts and stops when a whole service is down."""


def dynamodb_client() -> "DynamoDBClient":
    """DynamoDB: the buffer."""
    return boto3.client("dynamodb", config=CONFIG)


def s3_client() -> "S3Client":
    """S3: intervals, quarantine, state."""
    return boto3.client("s3", config=CONFIG)


def kinesis_client() -> "KinesisClient":
    """Kinesis: the stream's shards."""
    return boto3.client("kinesis", config=CONFIG)


def sns_client() -> "SNSClient":
    """SNS: notifications."""
    return boto3.client("sns", config=CONFIG)


def lambda_client() -> "LambdaClient":
    """Lambda: one function calls another."""
    return boto3.client("lambda", config=CONFIG)


def events_client() -> "EventBridgeClient":
    """EventBridge: anomalies on a bus."""
    return boto3.client("events", config=CONFIG)


def iot_data_client() -> "IoTDataPlaneClient":
    """IoT: the shadow of a device."""
    return boto3.client("iot-data", config=CONFIG)


def secrets_client() -> "SecretsManagerClient":
    """Secrets Manager: where the webhook is."""
    return boto3.client("secretsmanager", config=CONFIG)
