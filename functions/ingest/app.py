"""ingest: a batch of stream records into the buffer, bad ones into quarantine.

A bad record never fails a batch. A TransientError does, as a whole: Lambda brings all of it again, and what was written
is found to be there.
"""

import os
import time
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from tidegate.aws.buffer import DynamoBuffer
from tidegate.aws.clients import dynamodb_client, s3_client
from tidegate.aws.kinesis_event import stream_records
from tidegate.aws.metrics import add_counts, sent
from tidegate.aws.quarantine import S3Quarantine
from tidegate.config import DetectorConfig
from tidegate.contracts.schedule import scheduled_time
from tidegate.ingest.process import BatchReport, Ingest

logger = Logger(service="ingest")


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the handler works with; a test gives others."""

    detector_name: str
    ingest: Ingest


@cache
def dependencies() -> Dependencies:
    """Made at the first invocation and kept; `dependencies.cache_clear()` makes them anew."""
    config = DetectorConfig.from_env()
    buffer = DynamoBuffer(dynamodb_client(), os.environ["BUFFER_TABLE"], config.detector_name)
    quarantine = S3Quarantine(s3_client(), os.environ["OPERATIONS_BUCKET"])
    return Dependencies(config.detector_name, Ingest(config, buffer, quarantine))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[object]]:
    """Store the event's records; raises TransientError when all of them must come again."""
    use = dependencies()
    # An event of Lambda's brings no time; in a replay the simulated clock's stands beside its records.
    now = scheduled_time(event) if "time" in event else time.time()
    report = use.ingest.process(stream_records(event), now)
    _emit(report, use.detector_name)
    logger.info("ingested", **asdict(report))
    return {"batchItemFailures": []}


def _emit(report: BatchReport, detector_name: str) -> None:
    """Only what a chart or an alarm shows; the log line has the whole report.

    Records that a delivery before left in quarantine, and then failed, count when they come again: nobody has been
    told of them.
    """
    counts = {"RecordsQuarantined": sum(report.reasons.values())}
    with sent(detector_name) as metrics:
        metrics.add_metric(name="RecordsStored", unit=MetricUnit.Count, value=report.stored)
        add_counts(metrics, counts)
