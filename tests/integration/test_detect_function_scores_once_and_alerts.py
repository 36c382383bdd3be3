"""The detect function on moto: intervals in, state and alert events out, the same after a death at any AWS call."""

import json
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.detect import app
from tests.alert_account import (
    ANOMALIES,
    BUFFER,
    DATA,
    DAY,
    FIRST,
    LEARNED,
    OPERATIONS,
    Account,
    account,
    clock,
    context,
)
from tests.function_output import logged, metrics
from tests.mortal import Died
from tidegate.alert.record import AnomalyRecord, Feedback
from tidegate.aws.anomalies import DynamoAnomalies
from tidegate.aws.model_store import AwsModelStore
from tidegate.config import DetectorConfig
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.errors import InputError, TransientError
from tidegate.detect.detector import Detector
from tidegate.detect.stores import DetectCursor


@pytest.fixture(scope="module")
def learned() -> Iterator[tuple[Account, dict[str, object], bytes]]:
    """An account in which the days until LEARNED are scored: its cursor and its state."""
    with pytest.MonkeyPatch.context() as patched, account(patched, app.dependencies.cache_clear) as made:
        for make in ("s3_client", "dynamodb_client", "lambda_client"):  # a new process each time, but not new clients
            patched.setattr(app, make, cache(getattr(app, make)))
        for day in range(LEARNED):
            made.publish(day)
        began = detect(LEARNED)
        assert (began["history"], began["intervals"]) == (LEARNED - 1, 1)
        yield made, made.cursor(), made.state()


@pytest.fixture
def shop(learned: tuple[Account, dict[str, object], bytes]) -> Account:
    """The account as it was then, before a process that has just started."""
    made, cursor, state = learned
    s3, dynamodb = made.session.client("s3"), made.session.client("dynamodb")
    for bucket, prefix in ((OPERATIONS, "state/"), (DATA, "intervals/")):
        for found in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]:
            if bucket == OPERATIONS or found["Key"] > f"intervals/intvl_date={clock(LEARNED)[:10]}":
                s3.delete_object(Bucket=bucket, Key=found["Key"])
    for item in dynamodb.scan(TableName=BUFFER)["Items"]:
        dynamodb.delete_item(TableName=BUFFER, Key={"pk": item["pk"], "sk": item["sk"]})
    s3.put_object(Bucket=OPERATIONS, Key=cursor["snapshot"]["S"], Body=state)  # type: ignore[index]  # DynamoDB's form
    dynamodb.put_item(TableName=BUFFER, Item=cursor)  # type: ignore[arg-type]  # DynamoDB's form
    made.sent.clear()
    start_anew(made)
    return made


def start_anew(made: Account, fatal: int = -1, *, takes_effect: bool = False) -> None:
    """A new process, that dies at the AWS call of this number."""
    app.dependencies.cache_clear()
    made.calls.names.clear()
    made.calls.fatal, made.calls.takes_effect = fatal, takes_effect


def detect(days: int, remaining: int = 300_000) -> dict[str, object]:
    """A run a quarter of an hour after so many days."""
    event = {"time": clock(days).replace("00:00:00", "00:15:00")}
    return app.handler(event, context(remaining))


def told(made: Account) -> list[tuple[str, str, str]]:
    return [(sent["tidegate"]["state"], sent["impactedMetric"]["metricName"], sent["timestamp"]) for sent in made.sent]


def sent(capsys: pytest.CaptureFixture[str]) -> list[dict[str, list[float]]]:
    """The metrics in the order in which they were sent."""
    documents = metrics(capsys.readouterr().out)
    assert {document["DetectorName"] for document in documents} == {"shop"}
    return [{name: value for name, value in found.items() if isinstance(value, list)} for found in documents]


def test_a_minute_in_which_nothing_is_due_takes_one_call(shop: Account) -> None:
    assert detect(LEARNED)["intervals"] == 0
    assert shop.calls.names == ["GetItem"]


def test_an_incident_is_sent_to_the_alert_function_bare(shop: Account, capsys: pytest.CaptureFixture[str]) -> None:
    shop.publish(LEARNED, low=("us", "uk", "de"))
    capsys.readouterr()
    assert detect(LEARNED + 1) == {
        "intervals": 1,
        "history": 0,
        "anomalies": 3,
        "suppressed": {},
        "started": 1,
        "ended": 0,
        "failed": 0,
        "incomplete": 0,
        "behind": False,
        "superseded": False,
    }
    (sent,) = shop.sent
    assert AlertEvent.parse(sent).to_document() == sent
    assert sent["anomalyDetectorArn"] == "arn:aws:tidegate:us-east-1:123456789012:AnomalyDetector:shop"
    assert sent["timestamp"] == f"{clock(LEARNED)[:10]}T00:00Z[UTC]"
    assert sent["impactedMetric"]["metricName"] == "views"
    (contribution,) = sent["impactedMetric"]["dimensionContribution"]
    assert {item["dimensionValue"] for item in contribution["dimensionValueContributions"]} == {"us", "uk", "de"}
    assert sent["tidegate"]["kind"] == "dip"
    assert sent["anomalyScore"] >= 70
    (measured,) = metrics(capsys.readouterr().out)
    assert measured["AnomalySeverity"] == [pytest.approx(sent["anomalyScore"], abs=0.01)]


def test_a_run_after_a_run_changes_nothing(shop: Account) -> None:
    shop.publish(LEARNED, low=("us", "uk", "de"))
    detect(LEARNED + 1)
    cursor, sent = shop.cursor(), list(shop.sent)
    assert detect(LEARNED + 1)["intervals"] == 0
    assert (shop.cursor(), shop.sent) == (cursor, sent)


def test_a_warm_process_reads_no_state_and_comes_to_the_same_as_cold_ones(shop: Account) -> None:
    cursor, state = shop.cursor(), shop.state()
    outcomes = []
    for is_cold in (False, True):
        shop.session.client("dynamodb").put_item(TableName=BUFFER, Item=cursor)
        shop.session.client("s3").put_object(Bucket=OPERATIONS, Key=cursor["snapshot"]["S"], Body=state)
        start_anew(shop)
        for day in range(LEARNED, LEARNED + 3):
            shop.publish(day, low=("us",) if day == LEARNED + 1 else ())
            if is_cold:
                app.dependencies.cache_clear()
            detect(day + 1)
        assert shop.calls.names.count("GetObject") == 3 + (
            3 + 1 if is_cold else 1
        )  # snapshots, and the notes of the open incident
        outcomes.append((shop.state(), list(shop.sent)))
        shop.sent.clear()
    assert outcomes[0] == outcomes[1]


def test_a_bad_interval_is_reported_and_the_next_goes_on(shop: Account, capsys: pytest.CaptureFixture[str]) -> None:
    shop.publish(LEARNED, body=f"event_time,market,views,orders\n{clock(LEARNED)},us,secret,1\n").publish(LEARNED + 1)
    capsys.readouterr()
    with logged(app.logger) as log:
        assert detect(LEARNED + 2)["failed"] == 1
    assert sent(capsys) == [{"DetectFailed": [1]}, {"SeriesScored": [6]}]
    error = json.loads(log.getvalue().splitlines()[0])
    assert (error["level"], error["message"]) == ("ERROR", "interval failed")
    assert error["place"].endswith("interval.csv, line 2, column views")
    assert error["problem"] == "is not a number"
    assert "secret" not in log.getvalue()


def test_an_incomplete_interval_is_a_gap_that_is_told(shop: Account, capsys: pytest.CaptureFixture[str]) -> None:
    shop.publish(LEARNED, low=("us", "uk", "de"), is_incomplete=True).publish(LEARNED + 1)
    capsys.readouterr()
    with logged(app.logger) as log:
        found = detect(LEARNED + 2)
    assert (found["intervals"], found["incomplete"], found["failed"], shop.sent) == (1, 1, 0, [])
    assert sent(capsys) == [{"DetectIncomplete": [1]}, {"SeriesScored": [6]}]
    said = json.loads(log.getvalue().splitlines()[0])
    assert (said["level"], said["message"]) == ("WARNING", "interval not judged")
    assert said["problem"] == "records may be missing: it was closed while a shard lagged"


def test_a_bad_interval_is_reported_although_the_run_fails_later(
    shop: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.publish(LEARNED, body=f"event_time,market,views,orders\n{clock(LEARNED)},us,secret,1\n").publish(LEARNED + 1)
    capsys.readouterr()
    monkeypatch.setattr(Detector, "observe", lambda *_: (_ for _ in ()).throw(TransientError("503")))
    with pytest.raises(TransientError):
        detect(LEARNED + 2)
    assert sent(capsys) == [{"DetectFailed": [1]}]


def test_a_bad_interval_is_reported_before_the_cursor_passes_it(
    shop: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lambda may end the process right behind that."""
    shop.publish(LEARNED, body=f"event_time,market,views,orders\n{clock(LEARNED)},us,secret,1\n")
    advance, said = AwsModelStore.advance, list[tuple[list[dict[str, list[float]]], str]]()

    def ends(store: AwsModelStore, cursor: DetectCursor) -> None:
        said.append((sent(capsys), log.getvalue()))
        advance(store, cursor)

    monkeypatch.setattr(AwsModelStore, "advance", ends)
    capsys.readouterr()
    with logged(app.logger) as log:
        detect(LEARNED + 1)
    ((measured, lines),) = said
    assert measured == [{"DetectFailed": [1]}]
    assert "interval failed" in lines
    assert sent(capsys) == [{"SeriesScored": [0]}]


def test_an_event_that_lambda_refuses_is_reported_and_left_out(
    shop: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.publish(LEARNED, low=("us", "uk", "de"))

    def refuse(**_: object) -> None:
        answer: Any = {"Error": {"Code": "InvalidRequestContentException", "Message": "Could not parse: secret"}}
        raise ClientError(answer, "Invoke")

    monkeypatch.setattr(app, "lambda_client", lambda: SimpleNamespace(invoke=refuse))
    capsys.readouterr()
    with logged(app.logger) as log:
        assert detect(LEARNED + 1)["intervals"] == 1
    problems, rest = metrics(capsys.readouterr().out)
    assert problems["DetectFailed"] == [1]
    assert "DetectFailed" not in rest
    error = json.loads(log.getvalue().splitlines()[0])
    assert (error["level"], error["message"]) == ("ERROR", "alert refused")
    assert error["problem"].startswith("arn:aws:tidegate:us-east-1:123456789012:Alert:shop:event/")
    assert error["problem"].endswith("Lambda refuses it as payload: InvalidRequestContentException")
    assert "secret" not in log.getvalue()
    shop.calls.names.clear()
    detect(LEARNED + 1)
    assert shop.calls.names == ["GetItem"]


def test_with_too_little_time_left_nothing_is_begun(shop: Account) -> None:
    shop.publish(LEARNED)
    assert detect(LEARNED + 1, remaining=app.RESERVE_MILLISECONDS - 1)["behind"]
    assert detect(LEARNED + 1)["intervals"] == 1


def test_what_people_said_is_read_from_the_table_of_anomalies_and_pinned(shop: Account) -> None:
    shop.publish(LEARNED, low=("us", "uk", "de"))
    detect(LEARNED + 1)
    table = DynamoAnomalies(shop.session.client("dynamodb"), ANOMALIES)
    record = AnomalyRecord.of(AlertEvent.parse(shop.sent[0]))
    table.put(record, 10**10)
    pinned = []
    for day, feedback in enumerate((Feedback.NO, Feedback.YES), LEARNED + 1):
        table.give_feedback(record, feedback, record.verdicts(feedback, day))
        shop.publish(day)
        detect(day + 1)
        cursor = app.dependencies(context().invoked_function_arn).store.cursor()
        assert cursor is not None
        said = (tolerance.verdict for tolerance in cursor.tolerated)
        pinned.append({tuple(value for _, value in verdict.peak.dimensions) for verdict in said})
    assert pinned == [{("us",), ("uk",), ("de",)}, set()]


def test_an_event_without_a_time_is_refused(shop: Account) -> None:
    with pytest.raises(InputError, match="time"):
        app.handler({}, context())


def test_a_damaged_state_is_refused_by_its_name_and_learned_again(
    shop: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.publish(LEARNED, low=("us", "uk", "de"))
    detect(LEARNED + 1)
    told_before = told(shop)
    key, cursor = shop.cursor()["snapshot"]["S"], shop.cursor()
    for damaged in [key, *(kept["S"] for kept in cursor["kept"]["L"])]:
        shop.session.client("s3").put_object(Bucket=OPERATIONS, Key=damaged, Body=b"?")
    start_anew(shop)
    shop.publish(LEARNED + 1)
    capsys.readouterr()
    with logged(app.logger) as log:
        assert detect(LEARNED + 2)["intervals"] == 1
    assert sent(capsys)[0] == {"StatesRefused": [3]}
    first, *_, last = (json.loads(line) for line in log.getvalue().splitlines())
    assert (first["level"], first["message"]) == ("ERROR", "state refused")
    assert (last["message"], last["relearned"]) == ("detected", LEARNED + 1)
    assert first["problem"].startswith(f"{key}: the snapshot is damaged")
    assert told(shop) == told_before
    assert Detector.from_bytes(shop.state(), DetectorConfig.from_env()).last_end == FIRST + (LEARNED + 2) * DAY


@pytest.mark.parametrize("takes_effect", [False, True])
def test_any_aws_call_may_be_the_last(shop: Account, takes_effect: bool) -> None:
    shop.publish(LEARNED, low=("us", "uk", "de")).publish(LEARNED + 1, body="")
    cursor, state = shop.cursor(), shop.state()

    def again(fatal: int) -> None:
        shop.session.client("dynamodb").put_item(TableName=BUFFER, Item=cursor)
        shop.session.client("s3").put_object(Bucket=OPERATIONS, Key=cursor["snapshot"]["S"], Body=state)
        shop.sent.clear()
        start_anew(shop, fatal, takes_effect=takes_effect)

    again(-1)
    detect(LEARNED + 2)
    expected = (shop.state(), shop.cursor(), told(shop))
    calls = list(shop.calls.names)
    assert [state for state, _, _ in expected[2]] == ["started"]
    assert set(calls) == {
        *("GetItem", "PutItem", "Query", "GetObject", "PutObject", "DeleteObject", "ListObjectsV2", "Invoke")
    }
    for fatal in range(len(calls)):
        again(fatal)
        with pytest.raises(Died):
            detect(LEARNED + 2)
        start_anew(shop)
        detect(LEARNED + 2)
        assert (shop.state(), shop.cursor()) == expected[:2], f"died at call {fatal}, {calls[fatal]}"
        assert sorted(set(told(shop))) == sorted(expected[2])
