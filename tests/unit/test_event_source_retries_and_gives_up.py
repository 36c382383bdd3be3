"""Failures in the event source mapping: bisect, reported item failures, retries, record age, the on-failure bucket.

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

import json
import re
from itertools import pairwise

import pytest

from local.invocation_record import Condition
from local.kinesis_event import Event
from tests.event_sources import FUNCTION_ARN, STREAM_ARN, Bench, fails_on, reports, text_of

SHARD = "shardId-000000000000"
LONG = 10_000.0


def given_up(bench: Bench) -> list[list[str]]:
    return [[record.data.decode() for record in batch.records] for batch in bench.failed]


def test_a_failing_batch_holds_up_its_shard_and_no_other() -> None:
    bench = Bench(shards=2)
    bench.answer = fails_on("bad")
    bench.put("bad", key="a")
    bench.run()
    bench.put("next", key="a")
    bench.put("other", key="b")
    bench.run(LONG)
    assert ["next"] not in bench.seen
    assert ["other"] in bench.seen
    assert bench.seen.count(["bad"]) > 10
    bench.answer = lambda texts, event: None
    bench.run(60)
    assert bench.seen[-2:] == [["bad"], ["next"]]


def test_retries_are_counted_and_then_the_batch_is_given_up() -> None:
    bench = Bench(maximum_retry_attempts=2)
    bench.answer = fails_on("bad")
    bench.put("1", "bad")
    bench.run(LONG)
    bench.put("2")
    bench.run()
    assert bench.seen == [["1", "bad"]] * 3 + [["2"]]
    assert given_up(bench) == [["1", "bad"]]
    assert bench.failed[0].condition == Condition.RETRY_ATTEMPTS_EXHAUSTED
    assert bench.failed[0].invocations == 3


def test_no_retry_is_possible() -> None:
    bench = Bench(maximum_retry_attempts=0)
    bench.answer = fails_on("bad")
    bench.put("bad")
    bench.run()
    assert bench.seen == [["bad"]]
    assert given_up(bench) == [["bad"]]


def test_pauses_between_retries_grow() -> None:
    bench = Bench()
    times: list[float] = []

    def answer(texts: list[str], event: Event) -> object:
        times.append(bench.clock.now)
        return fails_on("bad")(texts, event)

    bench.answer = answer
    bench.put("bad")
    bench.run(200)
    pauses = [after - before for before, after in pairwise(times)]
    assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_bisecting_isolates_the_bad_record_and_uses_up_no_retry() -> None:
    bench = Bench(bisect_batch_on_function_error=True, maximum_retry_attempts=1)
    bench.answer = fails_on("bad")
    bench.put("1", "2", "3", "bad", "5")
    bench.run(LONG)
    assert bench.seen == [
        ["1", "2", "3", "bad", "5"],
        ["1", "2"],
        ["3", "bad", "5"],
        ["3"],
        ["bad", "5"],
        ["bad"],
        ["bad"],
        ["5"],
    ]
    assert given_up(bench) == [["bad"]]


def test_a_reported_failure_brings_everything_from_the_lowest_one_on_again() -> None:
    bench = Bench(report_batch_item_failures=True, maximum_retry_attempts=1)
    bench.answer = reports("3", "5")
    bench.put("1", "2", "3", "4", "5")
    bench.run()
    assert bench.seen == [["1", "2", "3", "4", "5"]]
    checkpoint = bench.stream.read(SHARD, 0).records[1].sequence
    assert bench.source.checkpoints == {SHARD: checkpoint}
    bench.answer = lambda texts, event: None
    bench.run(LONG)
    assert bench.seen[1:] == [["3", "4", "5"]]
    assert bench.failed == []


def test_the_retries_of_a_batch_that_shrinks_are_not_counted_anew() -> None:
    bench = Bench(report_batch_item_failures=True, maximum_retry_attempts=1)
    bench.answer = lambda texts, event: reports(texts[min(1, len(texts) - 1)])(texts, event)
    bench.put("1", "2", "3")
    bench.run(LONG)
    assert bench.seen == [["1", "2", "3"], ["2", "3"]]
    assert given_up(bench) == [["3"]]


def test_with_bisecting_a_reported_failure_splits_there_at_no_cost() -> None:
    bench = Bench(report_batch_item_failures=True, bisect_batch_on_function_error=True, maximum_retry_attempts=1)
    bench.answer = reports("3")
    bench.put("1", "2", "3", "4")
    bench.run(LONG)
    assert bench.seen == [["1", "2", "3", "4"], ["3", "4"], ["3", "4"]]
    assert given_up(bench) == [["3", "4"]]


def test_a_report_means_nothing_unless_the_mapping_asks_for_it() -> None:
    bench = Bench(report_batch_item_failures=False)
    bench.answer = reports("1")
    bench.put("1")
    bench.run(LONG)
    assert bench.seen == [["1"]]


@pytest.mark.parametrize("response", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_answers_that_are_a_complete_success(response: object) -> None:
    bench = Bench(report_batch_item_failures=True)
    bench.answer = lambda texts, event: response
    bench.put("1", "2")
    bench.run(LONG)
    assert bench.seen == [["1", "2"]]


@pytest.mark.parametrize(
    "failures",
    [
        [{"itemIdentifier": ""}],
        [{"itemIdentifier": None}],
        [{"identifier": "1"}],
        [{"itemIdentifier": "12345"}],
        ["12345"],
    ],
)
def test_answers_that_are_a_complete_failure(failures: object) -> None:
    bench = Bench(report_batch_item_failures=True, maximum_retry_attempts=1)
    bench.answer = lambda texts, event: {"batchItemFailures": failures}
    bench.put("1", "2")
    bench.run(LONG)
    assert bench.seen == [["1", "2"], ["1", "2"]]
    assert given_up(bench) == [["1", "2"]]


def test_records_that_are_too_old_are_given_up_unseen() -> None:
    bench = Bench(maximum_record_age_in_seconds=100)
    bench.put("old")
    bench.clock.advance_to(bench.clock.now + 101)
    bench.put("new")
    bench.run()
    assert bench.seen == [["new"]]
    assert given_up(bench) == [["old"]]
    assert (bench.failed[0].condition, bench.failed[0].invocations) == (Condition.RECORD_AGE_EXPIRED, 0)


def test_a_failing_batch_is_given_up_when_it_has_become_too_old() -> None:
    bench = Bench(maximum_record_age_in_seconds=100)
    bench.answer = fails_on("bad")
    bench.put("bad")
    bench.run(LONG)
    bench.put("next")
    bench.run()
    assert bench.seen[-1] == ["next"]
    assert given_up(bench) == [["bad"]]
    assert bench.failed[0].condition == Condition.RECORD_AGE_EXPIRED
    assert bench.failed[0].invocations == len(bench.seen) - 1


def test_without_a_limit_records_are_retried_until_the_stream_forgets_them() -> None:
    bench = Bench()
    bench.answer = fails_on("bad")
    bench.put("bad")
    bench.run(86_400)
    assert bench.failed == []
    bench.run(120)
    assert given_up(bench) == [["bad"]]


def test_a_restart_brings_the_records_behind_the_checkpoint_again() -> None:
    bench = Bench(report_batch_item_failures=True)
    bench.answer = reports("3")
    bench.put("1", "2", "3", "4")
    bench.run()
    bench.source = bench.mapping(bench.source.checkpoints)
    bench.answer = lambda texts, event: None
    bench.run()
    assert bench.seen == [["1", "2", "3", "4"], ["3", "4"]]


def test_the_invocation_record_is_the_one_that_aws_documents() -> None:
    bench = Bench(maximum_retry_attempts=0, at=1_573_691_886.021)
    bench.answer = fails_on("bad")
    bench.put("1", "bad")
    bench.run()
    (failed,) = bench.failed
    uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
    assert re.fullmatch(rf"aws/lambda/{uuid}/{SHARD}/2019/11/14/2019-11-14T00\.38\.06-{uuid}", failed.key)
    document = json.loads(failed.body())
    event = json.loads(document.pop("payload"))
    assert [text_of(record) for record in event["Records"]] == ["1", "bad"]
    records = bench.stream.read(SHARD, 0).records
    assert document == {
        "requestContext": {
            "requestId": str(failed.request),
            "functionArn": FUNCTION_ARN,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 1,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2019-11-14T00:38:06.021Z",
        "KinesisBatchInfo": {
            "shardId": SHARD,
            "startSequenceNumber": str(records[0].sequence),
            "endSequenceNumber": str(records[1].sequence),
            "approximateArrivalOfFirstRecord": "2019-11-14T00:38:06.021Z",
            "approximateArrivalOfLastRecord": "2019-11-14T00:38:06.021Z",
            "batchSize": 2,
            "streamArn": STREAM_ARN,
        },
    }
