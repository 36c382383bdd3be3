"""The event source mapping: batches that fill 6 MB, retries that end while the stream still has the records."""

from typing import Any

from local.template import Template
from tests.template import functions, parameters, resources

HOUR = 3600
FULL_BATCH_SECONDS = 60


def mapping() -> dict[str, Any]:
    (event,) = functions()["ingest"]["Events"].values()
    assert event["Type"] == "Kinesis"
    properties: dict[str, Any] = event["Properties"]
    return properties


def test_neither_the_count_of_records_nor_a_short_window_ends_a_batch_before_it_is_full() -> None:
    assert mapping()["BatchSize"] == 10_000
    window = parameters()[mapping()["MaximumBatchingWindowInSeconds"]["Ref"]]
    assert (window["Default"], window["MaxValue"]) == (FULL_BATCH_SECONDS, 300)


def test_a_shard_is_read_in_order_from_its_beginning() -> None:
    assert (mapping()["StartingPosition"], mapping()["ParallelizationFactor"]) == ("TRIM_HORIZON", 1)


def record_age(stream_arn: str) -> int:
    """MaximumRecordAgeInSeconds with this StreamArn."""
    template = Template("shop", {"Measures": "views:SUM", "StreamArn": stream_arn})
    functions = template.resources("AWS::Serverless::Function")
    return int(functions["IngestFunction"]["Events"]["Records"]["Properties"]["MaximumRecordAgeInSeconds"])


def test_a_failing_batch_is_split_and_given_up() -> None:
    assert mapping()["BisectBatchOnFunctionError"] is True
    assert mapping()["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 10 <= mapping()["MaximumRetryAttempts"] <= 1_000


def test_records_that_cannot_be_sent_are_kept_before_the_stacks_stream_forgets_them() -> None:
    stream = resources("AWS::Kinesis::Stream")["Stream"]
    assert 12 * HOUR <= record_age("") <= (stream["RetentionPeriodHours"] - 2) * HOUR


def test_nothing_that_a_given_stream_still_has_is_too_old() -> None:
    """Its retention is up to a year, and its history is read first; Lambda's limit would be a week at most."""
    assert record_age("arn:aws:kinesis:eu-central-1:123456789012:stream/clicks") == -1


def test_what_is_given_up_is_kept_with_its_records() -> None:
    """S3 is the only destination that gets the records; Lambda writes there with ingest's role."""
    destination = mapping()["DestinationConfig"]["OnFailure"]
    assert destination == {"Type": "S3", "Destination": {"Fn::GetAtt": ["OperationsBucket", "Arn"]}}
    statements = resources("AWS::IAM::Role")["IngestRole"]["Policies"][0]["PolicyDocument"]["Statement"]
    by_sid = {statement["Sid"]: statement for statement in statements if "Sid" in statement}
    assert by_sid["KeepFailedBatches"]["Action"] == "s3:PutObject"
    assert by_sid["KeepFailedBatches"]["Resource"] == {"Fn::Sub": "${OperationsBucket.Arn}/aws/lambda/*"}
    assert by_sid["FindFailedBatches"]["Action"] == "s3:ListBucket"


def test_no_function_reserves_concurrency() -> None:
    """A new account has ten in all; runs side by side are harmless."""
    assert not [name for name, one in functions().items() if "ReservedConcurrentExecutions" in one]
