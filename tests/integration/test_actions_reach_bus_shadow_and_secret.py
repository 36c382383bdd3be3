"""The actions on moto: a rule on the bus, a thing's shadow, the webhook's secret; and the alert function with them."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.alert import app
from tests.alert_account import account, context
from tests.alert_events import changed, document, ours
from tests.function_output import logged, metrics
from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.aws.event_bus import EventBus
from tidegate.aws.shadow import ATTEMPTS, Shadow
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.errors import ActionRefused, TransientError
from tidegate.contracts.incident_facts import IncidentState

RECORD = AnomalyRecord.of(ours())


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with mock_aws():
        yield boto3.Session("test", "test", region_name="us-east-1")


def subscribed_bus(session: boto3.Session) -> str:
    """A bus whose anomalies of severity 90 and more go to a queue; the queue's URL."""
    events, sqs = session.client("events"), session.client("sqs")
    events.create_event_bus(Name="shop")
    url = sqs.create_queue(QueueName="rule")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"detail-type": ["Tidegate Anomaly"], "detail": {"anomalyScore": [{"numeric": [">=", 90]}]}}
    events.put_rule(Name="severe", EventBusName="shop", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="severe", EventBusName="shop", Targets=[{"Id": "queue", "Arn": arn}])
    return url


def received(session: boto3.Session, url: str) -> list[dict[str, Any]]:
    messages = session.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def test_a_rule_gets_the_alert_event_as_detail(session: boto3.Session) -> None:
    url = subscribed_bus(session)
    bus = EventBus(session.client("events"), "shop")
    bus.act(RECORD, Notice.STARTED)
    bus.act(AnomalyRecord.of(ours(score=80)), Notice.STARTED)
    (event,) = received(session, url)
    assert (event["source"], event["detail-type"]) == ("tidegate", "Tidegate Anomaly")
    assert event["time"] == "2026-06-01T09:15:00Z"
    assert event["detail"] == RECORD.event.to_document()


@pytest.mark.parametrize(("code", "error"), [("ThrottlingException", TransientError), ("Malformed", ActionRefused)])
def test_an_entry_that_the_bus_did_not_take_is_an_error(code: str, error: type[Exception]) -> None:
    class Client:
        def put_events(self, **_: object) -> dict[str, Any]:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "no"}]}

    client: Any = Client()
    with pytest.raises(error, match=f"{code}: no"):
        EventBus(client, "shop").act(RECORD, Notice.STARTED)


def desired(session: boto3.Session) -> dict[str, Any]:
    payload = session.client("iot-data").get_thing_shadow(thingName="sign")["payload"].read()
    found: dict[str, Any] = json.loads(payload)["state"]["desired"]
    return found


def test_a_device_is_told_and_told_again_when_it_is_over(session: boto3.Session) -> None:
    session.client("iot").create_thing(thingName="sign")
    client = session.client("iot-data")
    shadow = Shadow(client, "sign")
    shadow.act(RECORD, Notice.STARTED)
    client.update_thing_shadow(thingName="sign", payload=b'{"state": {"desired": {"light": "red"}}}')
    told = desired(session)
    assert told["tidegate"]["state"] == "anomalous"
    assert told["tidegate"]["incidents"][RECORD.event.group]["dimensions"]["marketplace"] == "it"
    shadow.act(RECORD, Notice.ENDED)
    told = desired(session)
    assert told["light"] == "red"
    assert told["tidegate"]["state"] == "normal"
    assert not told["tidegate"].get("incidents")


def test_an_incident_that_nobody_ends_does_not_touch_the_shadow(session: boto3.Session) -> None:
    shadow = Shadow(session.client("iot-data"), "sign")
    shadow.act(AnomalyRecord.of(AlertEvent.parse(document("alert-lookout-2022"))), Notice.STARTED)


class Contended:
    """The shadow of which somebody else writes another version before each of the first writes."""

    def __init__(self, client: Any, times: int) -> None:
        self._client, self._times = client, times
        self.exceptions, self.get_thing_shadow = client.exceptions, client.get_thing_shadow

    def update_thing_shadow(self, **given: Any) -> Any:
        if self._times:
            self._times -= 1
            raise ClientError({"Error": {"Code": "ConflictException", "Message": "version"}}, "UpdateThingShadow")
        return self._client.update_thing_shadow(**given)


def test_a_conflict_is_read_again_and_written_again(session: boto3.Session) -> None:
    session.client("iot").create_thing(thingName="sign")
    client = session.client("iot-data")
    client.update_thing_shadow(thingName="sign", payload=b'{"state": {"desired": {}}}')
    contended: Any = Contended(client, ATTEMPTS - 1)
    Shadow(contended, "sign").act(RECORD, Notice.STARTED)
    assert desired(session)["tidegate"]["state"] == "anomalous"
    contended = Contended(client, ATTEMPTS)
    with pytest.raises(TransientError, match="other writers came first"):
        Shadow(contended, "sign").act(RECORD, Notice.ENDED)


def test_thousands_of_series_and_names_of_every_sort_reach_the_bus(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = '"q"\n<b>\U0001f4a5\u202e\u05e9'
    dimensions = [{"dimensionName": "d", "dimensionValue": name}]
    series = [{"timeSeriesId": "0" * 128, "dimensions": dimensions, "metricValue": place} for place in range(5000)]
    event = changed(document("alert-lookout-2022"), "impactedMetric.relevantTimeSeries", series)
    event = changed(event, "impactedMetric.metricName", name)
    with account(monkeypatch, app.dependencies.cache_clear) as made:
        monkeypatch.setenv("EVENT_BUS_NAME", "shop")
        url = subscribed_bus(made.session)
        answer = app.handler(event | {"anomalyScore": 95}, context(60_000))
        assert answer["actions"] == ["started_event_bus"]
        (told,) = received(made.session, url)
        assert told["detail"]["impactedMetric"]["metricName"] == name
        assert told["detail"]["seriesOmitted"] == 5000 - len(told["detail"]["impactedMetric"]["relevantTimeSeries"])


def test_a_missing_secret_and_thing_hold_up_neither_mail_nor_bus(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:hook-AbCdEf"
    variables = {"EVENT_BUS_NAME": "shop", "SHADOW_THING_NAME": "gone", "WEBHOOK_SECRET_ARN": arn}
    with account(monkeypatch, app.dependencies.cache_clear) as made:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        url = subscribed_bus(made.session)
        capsys.readouterr()
        with logged(app.logger) as log, pytest.raises(ExceptionGroup) as raised:
            app.handler(ours().to_document(), context(60_000))
        assert len(raised.value.exceptions) == 2
        (measured,) = metrics(capsys.readouterr().out)
        assert measured["NotificationsSent"] == [1]
        steps = [json.loads(line) for line in log.getvalue().splitlines()]
        assert [(line["message"], line["step"]) for line in steps] == [
            ("step failed", "started_shadow"),
            ("step failed", "started_webhook"),
        ]

        made.session.client("iot").create_thing(thingName="gone")
        with pytest.raises(ClientError, match="ResourceNotFound"):
            app.handler(ours().to_document(), context(60_000))
        monkeypatch.setenv("WEBHOOK_SECRET_ARN", "")
        app.dependencies.cache_clear()
        answer = app.handler(ours(IncidentState.ENDED, 2).to_document(), context(60_000))
        assert answer["actions"] == ["ended_event_bus", "ended_shadow"]
        assert len(made.messages()) == 2
        assert len(received(made.session, url)) == 2
