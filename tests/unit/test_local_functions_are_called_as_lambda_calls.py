"""Functions in this process: the template's environment, Lambda's context, errors, retries of asynchronous events."""

import json
import logging
import os
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local import functions
from local.batch_response import FunctionError
from local.clock import SimulatedClock
from local.function_output import OUTPUT
from local.functions import LocalFunction, local_functions
from local.lambda_api import AsyncQueue, LambdaApi
from local.local_response import answer_locally
from local.template import Template

HANDLER = """
import os
from aws_lambda_powertools import Logger

logger = Logger(service="alert")
calls = []

def handler(event, context):
    calls.append(event)
    logger.debug("debug")
    logger.info("info")
    logger.warning("called", event_seen=event)
    if event == {"fails": len(calls)} or event == "always":
        raise ValueError("as told")
    return {
        "calls": len(calls),
        "table": os.environ["ANOMALY_TABLE"],
        "measures": os.environ["Measures"],
        "name": context.function_name,
        "arn": context.invoked_function_arn,
        "left": context.get_remaining_time_in_millis(),
    }
"""


@pytest.fixture
def alert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalFunction:
    folder = tmp_path / "functions" / "alert"
    folder.mkdir(parents=True)
    (folder / "app.py").write_text(HANDLER)
    monkeypatch.setattr(functions, "ROOT", tmp_path)
    return local_functions(Template("shop", {"Measures": "views:SUM"}), is_quiet=True)["alert"]


def test_environment_and_context_are_the_templates(alert: LocalFunction) -> None:
    answer: Any = alert.invoke({})
    assert answer["table"] == "shop-AnomalyTable"
    assert answer["measures"] == "views:SUM"
    assert answer["name"] == "shop-AlertFunction"
    assert answer["arn"] == "arn:aws:lambda:us-east-1:000000000000:function:shop-AlertFunction"
    assert 59_000 < answer["left"] <= 60_000
    assert "ANOMALY_TABLE" not in os.environ


@pytest.mark.parametrize(
    ("given", "is_quiet", "expected"),
    [
        ({}, False, ["info", "called"]),
        ({"LogLevel": "DEBUG"}, False, ["debug", "info", "called"]),
        ({}, True, ["called"]),
    ],
)
@pytest.mark.usefixtures("alert")
def test_a_function_logs_from_the_level_that_lambda_would_tell_it(
    given: dict[str, str], is_quiet: bool, expected: list[str]
) -> None:
    OUTPUT.clear()
    template = Template("shop", {"Measures": "views:SUM", **given})
    local_functions(template, is_quiet=is_quiet)["alert"].invoke({})
    assert [json.loads(line)["message"] for line in OUTPUT.lines] == expected


def test_a_function_stays_loaded_and_another_stack_has_its_own(alert: LocalFunction) -> None:
    answers: list[Any] = [alert.invoke({}), alert.invoke({})]
    assert [answer["calls"] for answer in answers] == [1, 2]
    other: Any = local_functions(Template("other", {"Measures": "x:AVG"}))["alert"].invoke({})
    assert (other["calls"], other["table"]) == (1, "other-AnomalyTable")


def test_what_a_function_logs_is_caught_and_its_logger_is_its_own(alert: LocalFunction) -> None:
    theirs = logging.getLogger("alert")
    OUTPUT.clear()
    alert.invoke({"a": 1})
    (line,) = OUTPUT.lines
    assert json.loads(line)["event_seen"] == {"a": 1}
    assert logging.getLogger("alert") is theirs


def test_what_a_handler_raises_is_a_function_error(alert: LocalFunction) -> None:
    with pytest.raises(FunctionError, match="alert: ValueError: as told"):
        alert.invoke({"fails": 1})


def test_an_answer_that_is_no_json_fails(alert: LocalFunction, tmp_path: Path) -> None:
    (tmp_path / "functions" / "alert" / "app.py").write_text("def handler(event, context): return object()")
    with pytest.raises(FunctionError, match="not JSON serializable"):
        alert.invoke({})


def test_invoke_reaches_the_function_and_asynchronous_events_wait_in_a_queue(alert: LocalFunction) -> None:
    clock, queue = SimulatedClock(1000.0), AsyncQueue()
    session = boto3.Session("none", "none", region_name="us-east-1")
    answer_locally(session.events, "before-send.lambda.Invoke", LambdaApi({"alert": alert}, queue, clock))
    client = session.client("lambda")
    answer = client.invoke(FunctionName=alert.name, Payload=b'{"now": true}')
    assert json.loads(answer["Payload"].read())["calls"] == 1
    failed = client.invoke(FunctionName=alert.arn, Payload=b'"always"')
    assert failed["FunctionError"] == "Unhandled"
    accepted = client.invoke(FunctionName=alert.name, InvocationType="Event", Payload=b'{"later": true}')
    assert accepted["StatusCode"] == 202
    assert [queued.event for queued in queue.sent] == [{"later": True}]
    assert queue.next_due() == 1000.0
    queue.run(1000.0)
    assert queue.next_due() is None
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.invoke(FunctionName="shop-Nothing")


def test_an_asynchronous_event_is_tried_again_after_one_and_two_minutes_and_then_given_up(
    alert: LocalFunction,
) -> None:
    queue = AsyncQueue()
    queue.add(alert, "always", 1000.0)
    queue.add(alert, {"good": 1}, 1000.0)
    queue.run(1000.0)
    assert queue.next_due() == 1060.0
    queue.run(1060.0)
    assert queue.next_due() == 1180.0
    assert queue.failed == []
    queue.run(1180.0)
    assert queue.next_due() is None
    assert [queued.event for queued in queue.failed] == ["always"]


def test_metrics_are_added_up() -> None:
    OUTPUT.clear()
    document = {
        "_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "Rows"}, {"Name": "Delay"}]}]},
        "Rows": [3.0],
        "Delay": [1, 2],
    }
    OUTPUT.write(json.dumps(document) + "\n" + json.dumps(document))
    OUTPUT.write("\n")
    assert OUTPUT.metrics == {"Rows": 6, "Delay": 6}
