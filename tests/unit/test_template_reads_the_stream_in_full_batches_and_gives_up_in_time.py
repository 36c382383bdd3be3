"""The event source mapping: batches that fill 6 MB, retries that end while the stream still has the records."""

from typing import Any

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


def test_a_failing_batch_is_split_and_given_up_before_the_stream_forgets_it() -> None:
    stream = resources("AWS::Kinesis::Stream")["Stream"]
    assert mapping()["BisectBatchOnFunctionError"] is True
    assert mapping()["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 10 <= mapping()["MaximumRetryAttempts"] <= 1_000
    assert 12 * HOUR <= mapping()["MaximumRecordAgeInSeconds"] <= (stream["RetentionPeriodHours"] - 2) * HOUR


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
