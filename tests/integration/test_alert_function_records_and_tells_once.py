"""The alert function on moto: every form of the event recorded and told once, also after a death at any AWS call."""

import json
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.alert import app
from tests.alert_account import ANOMALIES, Account, account, context
from tests.alert_events import document, ours
from tests.function_output import logged, metrics
from tests.mortal import Died
from tidegate.contracts.errors import MalformedAlert, TransientError
from tidegate.contracts.incident_facts import IncidentState

FORMS = ["alert-lookout-2021", "alert-lookout-2022", "alert-tidegate"]
OVER = -60_000
"""Milliseconds left to an invocation whose claims another may take over."""


@pytest.fixture(scope="module")
def made() -> Iterator[Account]:
    with pytest.MonkeyPatch.context() as patched, account(patched, app.dependencies.cache_clear) as made:
        for make in ("sns_client", "dynamodb_client"):  # a new process each time, but not new clients
            patched.setattr(app, make, cache(getattr(app, make)))
        yield made


@pytest.fixture
def topic(made: Account) -> Account:
    """The account without anomalies, its messages read."""
    table = made.session.client("dynamodb")
    for item in table.scan(TableName=ANOMALIES)["Items"]:
        table.delete_item(TableName=ANOMALIES, Key={"pk": item["pk"], "sk": item["sk"]})
    made.messages()
    start_anew(made)
    return made


def start_anew(made: Account, fatal: int = -1, *, takes_effect: bool = False) -> None:
    """A new process, that dies at the AWS call of this number."""
    app.dependencies.cache_clear()
    made.calls.names.clear()
    made.calls.fatal, made.calls.takes_effect = fatal, takes_effect


def items(made: Account) -> list[dict[str, Any]]:
    return made.session.client("dynamodb").scan(TableName=ANOMALIES)["Items"]


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_recorded_and_told_once(topic: Account, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    event = document(name)
    answer = {"alertEventId": event["alertEventId"], "state": "started"}
    capsys.readouterr()
    assert app.handler(event, context(60_000)) == answer | {"notified": ["started"], "actions": []}
    assert app.handler(event, context(60_000)) == answer | {"notified": [], "actions": []}
    (message,) = topic.messages()
    assert message["Message"].startswith(event["impactedMetric"]["metricName"])
    (item,) = items(topic)
    assert json.loads(item["event"]["S"]) == event
    (measured,) = metrics(capsys.readouterr().out)
    assert measured == measured | {"DetectorName": "shop", "NotificationsSent": [1]}


def test_an_incident_is_told_when_it_starts_and_when_it_ends(topic: Account) -> None:
    states = [IncidentState.STARTED, IncidentState.CONTINUING, IncidentState.ENDED]
    for number, state in enumerate(states):
        app.handler(ours(state, min(number, 1)).to_document(), context(60_000))
    started, ended = topic.messages()
    assert started["Message"].startswith(
        "revenue in marketplace it (3 series) is at worst 61.4, 85 % below the expected 402.5"
    )
    where = "marketplace it (3 series)"
    assert ended["Message"].startswith(f"revenue in {where} is back to normal after 10 minutes")
    (item,) = items(topic)
    assert item["state"] == {"S": "ended"}


def test_a_malformed_event_is_logged_and_raised(topic: Account, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    with logged(app.logger) as log, pytest.raises(MalformedAlert):
        app.handler(document("alert-malformed"), context(60_000))
    line = json.loads(log.getvalue())
    assert (line["level"], line["message"]) == ("ERROR", "malformed alert event")
    assert line["place"] == "impactedMetric.relevantTimeSeries[1].metricValue"
    assert line["problem"] == "must be a number, is a text"
    assert metrics(capsys.readouterr().out) == []
    assert items(topic) == []


def test_a_topic_that_is_gone_is_an_error_for_a_person(topic: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:gone")
    with pytest.raises(ClientError, match="NotFound"):
        app.handler(document("alert-tidegate"), context(60_000))
    monkeypatch.undo()
    (item,) = items(topic)
    assert "started_told" not in item
    assert "started_owner" not in item


def test_a_topic_that_throttles_brings_the_event_again(
    topic: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    def throttled(**_: object) -> None:
        raise ClientError({"Error": {"Code": "Throttled", "Message": "Rate exceeded"}}, "Publish")

    with monkeypatch.context() as patched:
        client = app.dependencies().notifications
        patched.setattr(client, "_client", SimpleNamespace(publish=throttled))
        with pytest.raises(TransientError):
            app.handler(document("alert-tidegate"), context(60_000))
    assert metrics(capsys.readouterr().out) == []
    assert app.handler(document("alert-tidegate"), context(60_000))["notified"] == ["started"]


def test_a_phone_that_opted_out_is_for_a_person_and_not_held_for_sent(
    topic: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opted_out(**_: object) -> None:
        raise ClientError({"Error": {"Code": "OptedOut", "Message": "opted out"}}, "Publish")

    with monkeypatch.context() as patched:
        patched.setattr(app.dependencies().notifications, "_client", SimpleNamespace(publish=opted_out))
        with pytest.raises(ClientError, match="OptedOut"):
            app.handler(document("alert-tidegate"), context(60_000))
    assert app.handler(document("alert-tidegate"), context(60_000))["notified"] == ["started"]


@pytest.mark.parametrize("operation", ["GetItem", "UpdateItem"])
def test_a_table_that_throttles_brings_the_event_again_and_nothing_is_told(
    topic: Account, operation: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def throttled(**_: object) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, operation)

    name = f"before-call.dynamodb.{operation}"
    client: Any = app.dependencies().anomalies
    client._client.meta.events.register(name, throttled)
    capsys.readouterr()
    try:
        with pytest.raises(TransientError):
            app.handler(document("alert-tidegate"), context(60_000))
    finally:
        client._client.meta.events.unregister(name, throttled)
    assert metrics(capsys.readouterr().out) == []
    assert topic.messages() == []
    assert app.handler(document("alert-tidegate"), context(60_000))["notified"] == ["started"]


def test_an_alert_of_a_detector_that_is_not_this_stacks_is_recorded_as_its_own(topic: Account) -> None:
    app.handler(document("alert-lookout-2022"), context(60_000))
    app.handler(document("alert-tidegate"), context(60_000))
    partitions = {item["pk"]["S"] for item in items(topic)}
    arn = document("alert-lookout-2022")["anomalyDetectorArn"]
    assert partitions == {"anomaly#ecommerce", f"anomaly#{arn.rpartition(':')[2]}"}
    assert len(topic.messages()) == 2


@pytest.mark.parametrize("takes_effect", [False, True])
def test_any_aws_call_may_be_the_last(topic: Account, takes_effect: bool) -> None:
    app.handler(document("alert-tidegate"), context(60_000))
    calls = list(topic.calls.names)
    assert calls.count("Publish") == 1
    for fatal, name in enumerate(calls):
        for item in items(topic):
            topic.session.client("dynamodb").delete_item(
                TableName=ANOMALIES, Key={key: item[key] for key in ("pk", "sk")}
            )
        topic.messages()
        start_anew(topic, fatal, takes_effect=takes_effect)
        with pytest.raises(Died):
            app.handler(document("alert-tidegate"), context(OVER))
        start_anew(topic)
        app.handler(document("alert-tidegate"), context(60_000))
        nobody_knows = name == "Publish" if takes_effect else fatal == calls.index("Publish") + 1
        assert len(topic.messages()) == 1 + nobody_knows, f"died at call {fatal}, {name}"
        (item,) = items(topic)
        assert "started_told" in item
