"""Everything that a deployed stack is, in one process: functions, stream, mapping, queue, and the embedded AWS."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

from local.answers import Answers
from local.clock import SimulatedClock
from local.embedded import access, create_resources
from local.event_source import EventSource, Target
from local.functions import LocalFunction, local_functions
from local.in_process import ENDPOINT, InProcessAws
from local.invocation_record import FailedBatch
from local.kinesis_api import KinesisApi
from local.kinesis_event import Event
from local.lambda_api import AsyncQueue, LambdaApi
from local.local_response import answer_locally
from local.observer import Observer
from local.parameters import Deployment
from local.shard_poller import MappingSettings
from local.stream import MEBIBYTE, Stream
from local.template import Template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

MAX_RECORD_BYTES: Final = 10 * MEBIBYTE
_NO_ENGINE: Final = "tcp://127.0.0.1:9"
"""The stream takes the largest records that Kinesis can be set to."""


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A deployed stack. queue: asynchronous invocations; observer: what the functions ask of AWS."""

    template: Template
    clock: SimulatedClock
    stream: Stream
    event_source: EventSource
    functions: Mapping[str, LocalFunction]
    queue: AsyncQueue
    observer: Observer
    s3: "S3Client"
    dynamodb: "DynamoDBClient"

    def objects(self, logical_bucket: str, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        """Key and bytes of every object of one of the template's buckets, by key."""
        bucket = self.template.name(logical_bucket)
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for key in sorted(item["Key"] for page in pages for item in page.get("Contents", ())):
            yield key, self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def items(self, logical_table: str, prefix: str = "") -> Iterator[Mapping[str, Any]]:
        """Every item of one of the template's tables whose partition key begins so."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.template.name(logical_table),
            FilterExpression="begins_with(pk, :prefix)",
            ExpressionAttributeValues={":prefix": {"S": prefix}},
        )
        for page in pages:
            yield from page["Items"]


@contextmanager
def local_stack(deployment: Deployment, start: float, shards: int = 1) -> Iterator[LocalStack]:
    """Set a stack up at the simulated instant `start` (seconds since 1970 UTC), and take it down at the end.

    A process has one at a time: boto3's default session and the environment are the stack's meanwhile.
    """
    with embedded_session() as (session, aws):
        template = Template(deployment.stack_name, deployment.parameters)
        clock, queue = SimulatedClock(start), AsyncQueue()
        stream = Stream(template.name("Stream"), clock, shards, max_record_bytes=MAX_RECORD_BYTES)
        functions = local_functions(template, is_quiet=deployment.is_quiet)
        answers = Answers(KinesisApi(stream), LambdaApi(functions, queue, clock), aws)
        answer_locally(session.events, "before-send", answers)
        create_resources(session, template)
        s3, dynamodb = session.client("s3"), session.client("dynamodb")
        observer = Observer(session.events, template.name("DataBucket"), template.name("BufferTable"))

        def keep(failed: FailedBatch) -> None:
            s3.put_object(Bucket=template.name("OperationsBucket"), Key=failed.key, Body=failed.body())

        ingest = functions["ingest"]
        target = ingest_target(ingest, clock, keep)
        event_source = EventSource(stream, template.arn("Stream"), target, mapping_settings(ingest))
        yield LocalStack(template, clock, stream, event_source, functions, queue, observer, s3, dynamodb)


def ingest_target(ingest: LocalFunction, clock: SimulatedClock, keep: Callable[[FailedBatch], None]) -> Target:
    """Ingest behind its mapping: each event says what time it is, which Lambda's own do not.

    keep: takes the batches that were given up.
    """

    def invoke(event: Event) -> object:
        return ingest.invoke({**event, "time": datetime.fromtimestamp(clock.now, UTC).isoformat()})

    return Target(ingest.arn, ingest.role_arn, invoke, keep)


def mapping_settings(function: LocalFunction) -> MappingSettings:
    """The settings of the function's Kinesis event, as the template gives them."""
    (event,) = (event["Properties"] for event in function.events.values() if event["Type"] == "Kinesis")
    return MappingSettings(
        batch_size=int(event["BatchSize"]),
        maximum_batching_window_in_seconds=int(event["MaximumBatchingWindowInSeconds"]),
        maximum_retry_attempts=int(event["MaximumRetryAttempts"]),
        maximum_record_age_in_seconds=int(event["MaximumRecordAgeInSeconds"]),
        bisect_batch_on_function_error=bool(event["BisectBatchOnFunctionError"]),
        report_batch_item_failures="ReportBatchItemFailures" in event["FunctionResponseTypes"],
        starting_position=str(event["StartingPosition"]),
    )


@contextmanager
def embedded_session() -> Iterator[tuple[boto3.Session, InProcessAws]]:
    """boto3's default session made anew for an empty embedded AWS, and its environment, while the block runs.

    Nothing answers its requests yet: register what shall before a client is made.
    """
    before, environment = boto3.DEFAULT_SESSION, dict(os.environ)
    # MiniStack looks for a container engine whenever it starts anew: what runs in the user's is none of its business.
    os.environ.update(access(ENDPOINT), DOCKER_HOST=_NO_ENGINE)
    os.environ.pop("AWS_PROFILE", None)
    core = botocore.session.Session()
    # Signatures, which nobody checks here, take as long as the rest of a call; the other two take a tenth each.
    config = Config(signature_version=UNSIGNED, user_agent="tidegate", parameter_validation=False)
    core.set_default_client_config(config)
    boto3.setup_default_session(botocore_session=core)
    session = boto3.DEFAULT_SESSION
    assert session is not None
    aws = InProcessAws()
    aws.reset()
    try:
        yield session, aws
    finally:
        aws.close()
        boto3.DEFAULT_SESSION = before
        os.environ.clear()
        os.environ.update(environment)
