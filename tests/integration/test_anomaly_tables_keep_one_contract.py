"""The same expectations of the anomalies in memory and of those in DynamoDB (moto, table from template.yaml)."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.alert_events import document, ours
from tests.tables import make_table
from tidegate.alert.record import AnomalyRecord, Feedback, Notice, step_name
from tidegate.alert.stores import Anomalies, Claim, Claimed
from tidegate.aws.anomalies import DynamoAnomalies
from tidegate.aws.feedback import DynamoVerdicts
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.errors import Conflict
from tidegate.contracts.feedback import Verdict
from tidegate.contracts.incident_facts import IncidentState
from tidegate.memory.anomalies import MemoryAnomalies
from tidegate.memory.feedback import MemoryVerdicts

RECORD = AnomalyRecord.of(ours())
STARTED, ENDED = Notice
EXPIRES = 1_900_000_000
NAMES = iter(range(10**6))


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with mock_aws():
        yield boto3.Session("test", "test", region_name="us-east-1").client("dynamodb")


@pytest.fixture(params=["memory", "dynamodb"])
def anomalies(request: pytest.FixtureRequest) -> Anomalies:
    if request.param == "memory":
        return MemoryAnomalies()
    return dynamo_anomalies(request.getfixturevalue("client"))


def dynamo_anomalies(client: Any) -> DynamoAnomalies:
    name = f"anomalies-{next(NAMES)}"
    make_table(client, name, "AnomalyTable")
    return DynamoAnomalies(client, name)


def stored(anomalies: Anomalies) -> AnomalyRecord | None:
    return anomalies.get(RECORD.detector, RECORD.event_id)


@pytest.mark.parametrize("name", ["alert-lookout-2021", "alert-lookout-2022", "alert-tidegate"])
def test_a_record_comes_back_as_it_was_put(anomalies: Anomalies, name: str) -> None:
    record = AnomalyRecord.of(AlertEvent.parse(document(name)))
    assert anomalies.get(record.detector, record.event_id) is None
    anomalies.put(record, EXPIRES)
    assert anomalies.get(record.detector, record.event_id) == record
    assert list(anomalies.everything()) == [record]
    assert anomalies.get("another", record.event_id) is None


def test_a_record_that_has_ended_comes_back_too(anomalies: Anomalies) -> None:
    record = RECORD.merged(ours(IncidentState.CONTINUING, 1, 96.5)).merged(ours(IncidentState.ENDED, 1))
    assert (record.version, record.state) == (3, IncidentState.ENDED)
    anomalies.put(RECORD, EXPIRES)
    anomalies.put(RECORD.merged(ours(IncidentState.CONTINUING, 1, 96.5)), EXPIRES)
    anomalies.put(record, EXPIRES)
    assert stored(anomalies) == record


def test_a_record_that_is_not_the_next_is_a_conflict(anomalies: Anomalies) -> None:
    second = RECORD.merged(ours(IncidentState.CONTINUING, 1))
    with pytest.raises(Conflict):
        anomalies.put(second, EXPIRES)
    anomalies.put(RECORD, EXPIRES)
    with pytest.raises(Conflict):
        anomalies.put(RECORD, EXPIRES)
    anomalies.put(second, EXPIRES)
    with pytest.raises(Conflict):
        anomalies.put(second, EXPIRES)


def test_a_notice_is_claimed_by_one_until_its_time_is_over(anomalies: Anomalies) -> None:
    anomalies.put(RECORD, EXPIRES)
    assert anomalies.claim(RECORD, STARTED, Claim("one", 100, 160)) is Claimed.MINE
    assert anomalies.claim(RECORD, STARTED, Claim("one", 100, 160)) is Claimed.MINE
    assert anomalies.claim(RECORD, STARTED, Claim("two", 159.9, 220)) is Claimed.HELD
    assert anomalies.claim(RECORD, ENDED, Claim("two", 101, 161)) is Claimed.MINE
    assert anomalies.claim(RECORD, STARTED, Claim("two", 160, 220)) is Claimed.MINE
    assert anomalies.claim(RECORD, STARTED, Claim("one", 161, 221)) is Claimed.HELD


def test_a_notice_that_is_confirmed_is_told_for_good(anomalies: Anomalies) -> None:
    anomalies.put(RECORD, EXPIRES)
    anomalies.claim(RECORD, STARTED, Claim("one", 100, 160))
    assert anomalies.confirm(RECORD, STARTED, 101).told == {STARTED}
    assert anomalies.claim(RECORD, STARTED, Claim("two", 10_000, 10_060)) is Claimed.TOLD
    anomalies.put(RECORD.merged(ours(IncidentState.ENDED, 1)), EXPIRES)
    ended = stored(anomalies)
    assert ended
    assert ended.told == {STARTED}
    anomalies.claim(RECORD, ENDED, Claim("one", 200, 260))
    assert anomalies.confirm(RECORD, ENDED, 201) == stored(anomalies)


def test_a_claim_that_is_released_is_free_and_one_that_is_lost_is_not(anomalies: Anomalies) -> None:
    anomalies.put(RECORD, EXPIRES)
    one, two = Claim("one", 100, 160), Claim("two", 101, 161)
    anomalies.claim(RECORD, STARTED, one)
    anomalies.release(RECORD, STARTED, one)
    assert anomalies.claim(RECORD, STARTED, two) is Claimed.MINE
    anomalies.release(RECORD, STARTED, one)
    assert anomalies.claim(RECORD, STARTED, one) is Claimed.HELD


def test_steps_of_actions_are_claimed_and_confirmed_by_themselves(anomalies: Anomalies) -> None:
    anomalies.put(RECORD, EXPIRES)
    bus = step_name(STARTED, "event_bus")
    assert anomalies.claim(RECORD, STARTED, Claim("one", 100, 160)) is Claimed.MINE
    assert anomalies.claim(RECORD, bus, Claim("two", 100, 160)) is Claimed.MINE
    assert anomalies.confirm(RECORD, bus, 101).told == {bus}
    assert anomalies.claim(RECORD, bus, Claim("one", 102, 162)) is Claimed.TOLD


def test_feedback_is_kept_through_merges_and_can_be_turned_round(anomalies: Anomalies) -> None:
    with pytest.raises(Conflict):
        anomalies.give_feedback(RECORD, Feedback.NO, ())
    assert list(anomalies.everything()) == []
    anomalies.put(RECORD, EXPIRES)
    anomalies.give_feedback(RECORD, Feedback.NO, ())
    anomalies.put(RECORD.merged(ours(IncidentState.CONTINUING, 1)), EXPIRES)
    assert [record.feedback for record in anomalies.everything()] == [Feedback.NO]
    anomalies.give_feedback(RECORD, Feedback.YES, ())
    assert [record.feedback for record in anomalies.everything()] == [Feedback.YES]


def test_records_are_found_by_the_last_time_that_they_went_on(anomalies: Anomalies) -> None:
    anomalies.put(RECORD, EXPIRES)
    for since in (0, float("-inf"), RECORD.latest):
        assert [record.event_id for record in anomalies.everything(since)] == [RECORD.event_id]
    assert list(anomalies.everything(RECORD.latest + 1)) == []


def verdicts_of(anomalies: Anomalies, detector: str) -> set[Verdict]:
    if isinstance(anomalies, MemoryAnomalies):
        return set(MemoryVerdicts(anomalies, detector).all())
    assert isinstance(anomalies, DynamoAnomalies)
    return set(DynamoVerdicts(anomalies._client, anomalies._table, detector).all())


def test_the_detector_reads_what_was_said_of_each_series_last(anomalies: Anomalies) -> None:
    assert verdicts_of(anomalies, RECORD.detector) == set()
    anomalies.put(RECORD, EXPIRES)
    first = RECORD.verdicts(Feedback.NO, 100)
    assert len(first) == len(RECORD.event.series) > 1
    anomalies.give_feedback(RECORD, Feedback.NO, first)
    assert verdicts_of(anomalies, RECORD.detector) == set(first)
    assert verdicts_of(anomalies, "another") == set()
    one = RECORD.verdicts(Feedback.YES, 200, first[0].peak.dimensions)
    anomalies.give_feedback(RECORD, None, one)
    assert verdicts_of(anomalies, RECORD.detector) == {*one, *first[1:]}
    assert [record.feedback for record in anomalies.everything()] == [Feedback.NO]


def test_feedback_on_a_series_of_a_record_that_is_gone_is_a_conflict(anomalies: Anomalies) -> None:
    with pytest.raises(Conflict):
        anomalies.give_feedback(RECORD, None, RECORD.verdicts(Feedback.NO, 100))


def test_items_are_as_documented(client: Any) -> None:
    anomalies = dynamo_anomalies(client)
    anomalies.put(RECORD, EXPIRES)
    anomalies.claim(RECORD, STARTED, Claim("one", 100, 160))
    anomalies.confirm(RECORD, STARTED, 101.5)
    (item,) = client.scan(TableName=anomalies._table)["Items"]
    assert item["pk"] == {"S": "anomaly#ecommerce"}
    assert item["sk"] == {"S": RECORD.event_id}
    assert item["measure"] == {"S": "revenue"}
    assert item["kind"] == {"S": "dip"}
    assert item["severity"] == {"N": "93.46"}
    assert item["state"] == {"S": "started"}
    assert item["expires"] == {"N": str(EXPIRES)}
    assert item["started_told"] == {"N": "101.5"}
    assert "started_owner" not in item
    assert "ended_at" not in item
