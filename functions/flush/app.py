"""flush: every minute, the intervals that are over onto S3, each as one object.

Whatever a run leaves, for want of time or because it died, the next one takes up.
"""

import os
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from tidegate.aws.buffer import DynamoBuffer
from tidegate.aws.clients import dynamodb_client, kinesis_client, s3_client
from tidegate.aws.metrics import add_counts, sent
from tidegate.aws.objects import S3Objects
from tidegate.aws.shards import KinesisShards
from tidegate.config import DetectorConfig
from tidegate.contracts.schedule import scheduled_time
from tidegate.flush.publishing import Publication
from tidegate.flush.report import Deed, FlushReport
from tidegate.flush.run import flush
from tidegate.flush.stores import FlushBuffer, IntervalObjects, Shards

RESERVE_MILLISECONDS: Final = 20_000
"""No interval is begun with less time left: its object and its ledger line have to be written too."""

PATIENCE_SECONDS: Final = 120
"""Beside the batching window, in which Lambda gathers records while their interval is due: ingest's run and flush's."""

logger = Logger(service="flush")


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the handler works with; a test gives others. patience: seconds, as in `flush`."""

    config: DetectorConfig
    buffer: FlushBuffer
    shards: Shards
    objects: IntervalObjects
    patience: float


@cache
def dependencies() -> Dependencies:
    """Made at the first invocation and kept; `dependencies.cache_clear()` makes them anew."""
    environment = os.environ
    config = DetectorConfig.from_env(environment)
    return Dependencies(
        config,
        DynamoBuffer(dynamodb_client(), environment["BUFFER_TABLE"], config.detector_name),
        KinesisShards(kinesis_client(), environment["STREAM_NAME"]),
        S3Objects(s3_client(), environment["DATA_BUCKET"]),
        config.batching_window_seconds + PATIENCE_SECONDS,
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Close what may close at the schedule's time. Raises TransientError, InputError (no time given)."""
    now = scheduled_time(event)
    use = dependencies()
    report, has_ended = FlushReport(), False
    told = _Told(use.config.detector_name, report)
    try:
        flush(
            now,
            use.config,
            use.buffer,
            use.shards,
            use.objects,
            out_of_time=lambda: context.get_remaining_time_in_millis() < RESERVE_MILLISECONDS,
            tell=told.tell,
            patience=use.patience,
            report=report,
        )
        has_ended = True
    finally:  # the next run does not count again what this one did before it failed
        _emit(report, use.config.detector_name, has_ended=has_ended)
    summary: dict[str, Any] = {
        "closed": len(report.closed),
        "revised": len(report.revised),
        "mismatched": len(report.mismatched),
        "waiting": list(report.waiting),
        "next": report.watermark.next if report.watermark else None,
        "overdue": report.overdue,
        "outOfTime": report.out_of_time,
        "conflict": report.conflict,
    }
    logger.info("flushed", **summary)
    return summary


class _Told:
    """Says what comes of each interval; of the shards without which some were closed, each once a run."""

    def __init__(self, detector_name: str, report: FlushReport) -> None:
        self._detector_name = detector_name
        self._report = report
        self._named: set[str] = set()

    def tell(self, deed: Deed, publication: Publication) -> None:
        """What an alarm watches is sent at once, since Lambda may end the process after this."""
        line = publication.line
        if publication.is_written or (deed is Deed.CLOSED and not publication.has_shrunk):
            logger.info(deed.value, **asdict(line))
        for shard in sorted(self._report.unread.keys() - self._named):
            logger.warning("closed without a shard", shard=shard, read_until=self._report.unread[shard])
            self._named.add(shard)
        for chunk in publication.broken:
            logger.error("chunk does not decode", **asdict(chunk))
        if not publication.is_conserved:
            logger.error("records are not conserved", **asdict(line))
        counts = {
            "ConservationMismatch": int(not publication.is_conserved),
            "IntervalsIncomplete": int(deed is Deed.CLOSED and line.incomplete),
        }
        with sent(self._detector_name) as metrics:
            add_counts(metrics, counts)


def _emit(report: FlushReport, detector_name: str, *, has_ended: bool) -> None:
    """What stands in the log's ledger lines too is no metric: only what a chart or an alarm shows is one.

    Only a run that ended says where the sequence stands; FlushSilent notices when none does.
    """
    counts = {"IntervalsRevised": len(report.revised)}
    with sent(detector_name) as metrics:
        if has_ended:
            metrics.add_metric(name="OverdueIntervals", unit=MetricUnit.Count, value=report.overdue)
            metrics.add_metric(name="WatermarkLag", unit=MetricUnit.Seconds, value=report.lag)
        for line in report.closed:
            metrics.add_metric(name="CloseDelay", unit=MetricUnit.Seconds, value=line.close_delay)
        add_counts(metrics, counts)
