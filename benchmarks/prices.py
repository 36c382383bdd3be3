"""What AWS charges: list prices of us-east-1 in USD without any free tier, and what the published designs cost by them.

DynamoDB's on-demand prices are those since 1 November 2024, when they were halved. The others were the list prices in
the first half of 2026.
"""

from dataclasses import dataclass
from typing import Final

HOURS: Final = 730
"""Hours of a month, as AWS's calculator counts them."""

SECONDS: Final = 3600 * HOURS


@dataclass(frozen=True, slots=True)
class Price:
    """USD for one unit. as_of: the day since when, or the month in which, it was the list price; source: AWS's page."""

    usd: float
    unit: str
    as_of: str
    source: str


_PRICING: Final = "https://aws.amazon.com/{}/pricing/"
_DYNAMODB, _LAMBDA, _S3 = (_PRICING.format(path) for path in ("dynamodb", "lambda", "s3"))
_KINESIS, _CLOUDWATCH = (_PRICING.format(path) for path in ("kinesis/data-streams", "cloudwatch"))
_FLINK, _GLUE = (_PRICING.format(path) for path in ("managed-service-apache-flink", "glue"))

PRICES: Final = {
    "write unit": Price(0.625e-6, "write request unit, on demand", "2024-11-01", _DYNAMODB),
    "read unit": Price(0.125e-6, "read request unit, on demand", "2024-11-01", _DYNAMODB),
    "table": Price(0.25, "GB-month in a table", "2026-06", _DYNAMODB),
    "recovery": Price(0.20, "GB-month of point-in-time recovery", "2026-06", _DYNAMODB),
    "GB-second": Price(0.0000133334, "GB-second, arm64", "2026-06", _LAMBDA),
    "invocation": Price(0.20e-6, "invocation", "2026-06", _LAMBDA),
    "put": Price(0.005e-3, "S3 PUT, LIST", "2026-06", _S3),
    "get": Price(0.0004e-3, "S3 GET", "2026-06", _S3),
    "object": Price(0.023, "GB-month in S3 Standard", "2026-06", _S3),
    "metric": Price(0.30, "custom metric and month", "2026-06", _CLOUDWATCH),
    "alarm": Price(0.10, "alarm and month", "2026-06", _CLOUDWATCH),
    "log": Price(0.50, "GB of logs", "2026-06", _CLOUDWATCH),
    "schedule": Price(1.00e-6, "scheduled invocation", "2026-06", "https://aws.amazon.com/eventbridge/pricing/"),
    "shard": Price(0.015, "shard-hour", "2026-06", _KINESIS),
    "payload": Price(0.014e-6, "PUT payload unit of 25 KB", "2026-06", _KINESIS),
    "DPU": Price(0.44, "Glue DPU-hour", "2026-06", _GLUE),
    "KPU": Price(0.11, "Flink KPU-hour", "2026-06", _FLINK),
    "running storage": Price(0.10, "GB-month of Flink's running storage, 50 GB a KPU", "2026-06", _FLINK),
}


def usd(name: str, units: float) -> float:
    """What so many units cost."""
    return PRICES[name].usd * units


def glue_month() -> float:
    """The first design, without its stream: a streaming job of the least size, 2 DPU, that runs always."""
    return usd("DPU", 2 * HOURS)


def flink_month(workers: int) -> float:
    """The second design, without its first stream: Flink's KPU and the one that orchestrates, storage, a second stream.

    Its Firehose gets aggregates, which cost less than a cent.
    """
    return usd("KPU", (workers + 1) * HOURS) + usd("running storage", 50 * workers) + usd("shard", HOURS)
