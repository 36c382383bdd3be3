"""`tidegate anomalies` as people type it: the same on a stack (moto) and on a replay's folder."""

import json
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local import cli
from local.account import Stack
from local.anomalies import places
from local.commands import anomalies
from local.history.files import history_files
from local.local_response import answer_locally, json_response
from local.own_files import LIST_NAME
from tests.alert_events import changed, document, ours
from tests.tables import make_table
from tidegate.alert.run import Surroundings, run
from tidegate.alert.stores import Claim
from tidegate.aws.anomalies import DynamoAnomalies
from tidegate.aws.feedback import DynamoVerdicts
from tidegate.aws.model_store import AwsModelStore
from tidegate.config import DetectorConfig
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.incident_facts import IncidentState
from tidegate.contracts.interval import Interval
from tidegate.detect.feedback import Tolerance
from tidegate.detect.stores import DetectCursor
from tidegate.memory.notifications import MemoryNotifications

PARAMETERS = {
    "DetectorName": "ecommerce",
    "Measures": "views:SUM,revenue:SUM",
    "Dimensions": "platform,marketplace",
    "IntervalMinutes": "5",
}
CONFIG = DetectorConfig.from_parameters(PARAMETERS)
GROUP = "5554f647-8e96-516b-a22c-ace4dd2321d2"
STACK = Stack(
    "shop",
    "arn:aws:cloudformation:us-east-1:123456789012:stack/shop/1",
    {
        "AnomalyTableName": "anomalies",
        "BufferTableName": "buffer",
        "DataBucketName": "data",
        "OperationsBucketName": "operations",
        "AlertFunctionName": "alert",
    },
)
EVENTS = [
    document("alert-lookout-2021"),
    ours().to_document(),
    ours(IncidentState.CONTINUING, 2).to_document(),
    ours(IncidentState.ENDED, 2).to_document(),
]


def objects() -> Iterator[tuple[str, bytes]]:
    """The published intervals around our incident: 400, and 60 while it goes on; one of them cannot be read."""
    interval = CONFIG.grid.containing(AlertEvent.parse(EVENTS[1]).time.instant - 10 * 300)
    for number in range(14):
        value = 60 if 10 <= number < 13 else 400
        clock = f"{CONFIG.grid.local_start(interval):%Y-%m-%d %H:%M:%S}"
        body = f"event_time,platform,marketplace,views,revenue\n{clock},mobile_app,it,1,{value}\n"
        yield CONFIG.grid.key("intervals", interval), b"broken" if number == 5 else body.encode()
        interval = CONFIG.grid.after(Interval(interval.start, interval.end))


@dataclass
class Typed:
    """The command line, pointed at a place."""

    where: list[str]
    capsys: pytest.CaptureFixture[str]

    def __call__(self, part: str, *words: str, code: int = 0) -> str:
        self.capsys.readouterr()
        assert cli.main(["anomalies", part, *words, *self.where]) == code
        output = self.capsys.readouterr()
        return output.err if code else output.out


@pytest.fixture(params=["stack", "folder"])
def typed(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Typed]:
    if request.param == "folder":
        (tmp_path / "alerts.jsonl").write_text("".join(json.dumps(event) + "\n" for event in EVENTS))
        for key, body in objects():
            path = tmp_path / "s3" / key
            path.parent.mkdir(parents=True)
            path.write_bytes(body)
        (tmp_path / "report.html").touch()
        yield Typed(["--local", str(tmp_path)], capsys)
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        session = boto3.Session()
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
        answer_locally(
            session.events,
            "before-send.lambda.GetFunctionConfiguration",
            lambda request, **_: json_response(request, {"Environment": {"Variables": PARAMETERS}}),
        )
        monkeypatch.setattr(anomalies, "find_stack", lambda name: STACK)
        make_table(session.client("dynamodb"), "anomalies", "AnomalyTable")
        make_table(session.client("dynamodb"), "buffer", "BufferTable")
        client = session.client("s3")
        for bucket in ("data", "lake"):
            client.create_bucket(Bucket=bucket)
        for key, body in objects():
            client.put_object(Bucket="data", Key=key, Body=body)
        table = DynamoAnomalies(session.client("dynamodb"), "anomalies")
        for number, event in enumerate(EVENTS):
            around = Surroundings(CONFIG, table, MemoryNotifications())
            run(event, Claim(str(number), number, number + 1), around).raise_failures()
        yield Typed(["--stack-name", "shop"], capsys)


def test_a_list_has_a_line_an_anomaly_and_can_be_narrowed(typed: Typed) -> None:
    whole = typed("list")
    assert whole.index("7d9c2f4e") < whole.index("5554f647")
    assert "2 anomalies" in whole
    assert "2026-06-01 09:15 UTC" in whole
    assert "15 min" in whole
    assert "real?" not in whole
    assert "1 anomaly\n" in typed("list", "--since", "2026-01-01T00:00:00")
    assert "7d9c2f4e" in typed("list", "--until", "2026-01-01", "--measure", "orders", "--dimension", "country=se")
    assert typed("list", "--severity", "99") == "No anomalies.\n"


def test_a_list_cuts_no_word_on_a_narrow_terminal(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.tabular.line_width", lambda: 80)
    found = typed("list")
    assert "it · mobile_app" in found
    assert len(found.splitlines()) <= 2 + 2 * 2


def test_an_anomaly_is_shown_with_its_worst_series_drawn(typed: Typed) -> None:
    words = [] if "--stack-name" in typed.where else [f"--set={name}={value}" for name, value in PARAMETERS.items()]
    shown = typed("show", "5554f647", *words)
    assert shown.startswith("revenue in marketplace it (3 series) is at worst 61.4, 85 % below the expected 402.5")
    assert "  platform: mobile_app 51 %, pc_web 38 %, mobile_web 11 %" in shown
    assert ", since 2026-06-01 09:30 UTC.\n" in shown
    before = " " * 26 + "\u2588" * 5 + " " + "\u2588" * 4
    assert f"400 |{before}   \u2588" in shown
    assert f"     {' ' * 36}^^^\n" in shown
    assert "2026-06-01 06:15 UTC to 2026-06-01 10:00 UTC, ^ the incident" in shown


def test_a_stacks_parameters_are_its_own(typed: Typed) -> None:
    if "--stack-name" in typed.where:
        assert "--set: is for --local" in typed("show", GROUP, "--set", "IntervalMinutes=10", code=2)
    else:
        assert "With --config-env or --set" in typed("show", GROUP)


@pytest.mark.parametrize("setting", ["Measures=views:SUM", "Dimensions=platform"])
def test_parameters_of_another_stack_are_told(setting: str, typed: Typed) -> None:
    if "--local" in typed.where:
        words = [f"--set={name}={value}" for name, value in PARAMETERS.items()]
        shown = typed("show", GROUP, *words, f"--set={setting}")
        assert "Nothing is drawn: these parameters have no revenue by marketplace, platform, but " in shown


def test_a_folder_lists_its_feedback_as_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "alerts.jsonl").write_text(json.dumps(EVENTS[1]) + "\n")
    (tmp_path / LIST_NAME).write_text("alerts.jsonl\n")
    (tmp_path / "mine.jsonl").write_text("{}\n")
    for answer in ("yes", "no"):
        Typed(["--local", str(tmp_path)], capsys)("feedback", GROUP, answer)
    assert history_files([tmp_path]) == [tmp_path / "mine.jsonl"]
    assert (tmp_path / LIST_NAME).read_text() == "alerts.jsonl\nfeedback.json\n"


def test_feedback_is_shown_and_can_be_turned_round(typed: Typed) -> None:
    assert typed("feedback", "5554f647", "no") == f"{GROUP} is not an anomaly.\n"
    assert "Feedback: not an anomaly" in typed("show", GROUP)
    assert typed("feedback", GROUP, "yes") == f"{GROUP} is an anomaly.\n"
    assert "Feedback: an anomaly" in typed("show", GROUP)
    assert "yes" in typed("list", "--severity", "90")


def test_what_feedback_does_is_shown_by_series(typed: Typed) -> None:
    words = ("--dimension", "platform=mobile_app")
    if "--local" in typed.where:
        assert "--dimension: is for a stack" in typed("feedback", GROUP, "no", *words, code=2)
        return
    assert "no series of this anomaly" in typed("feedback", GROUP, "no", "--dimension", "platform=tv", code=2)
    assert typed("feedback", GROUP, "no", *words) == f"{GROUP} is not an anomaly in platform mobile_app.\n"
    line = "  marketplace it, platform mobile_app, below the expected value: "
    assert f"{line}not an anomaly; holds from the interval behind the next\n" in typed("show", GROUP)
    client = boto3.client("dynamodb")
    europe: Any = {"LocationConstraint": "eu-central-1"}
    boto3.client("s3").create_bucket(Bucket="operations", CreateBucketConfiguration=europe)
    verdicts = DynamoVerdicts(client, "anomalies", "ecommerce").all()
    held = tuple(Tolerance(verdict, spared=2, latest=1_780_300_800) for verdict in verdicts)
    store = AwsModelStore(client, "buffer", boto3.client("s3"), "operations", detector_name="ecommerce")
    store.advance(DetectCursor(CONFIG.grid.containing(1_780_300_800), "", (), "", (), 1, held))
    shown = typed("show", GROUP)
    assert f"{line}scores like it (up to " in shown
    assert "; kept 2 intervals from alerting, the latest 2026-06-01 08:00 UTC\n" in shown
    typed("feedback", GROUP, "yes", *words)
    assert f"{line}an anomaly\n" in typed("show", GROUP)


def test_what_is_wrong_is_said(typed: Typed) -> None:
    assert "nobody: is no anomaly here" in typed("show", "nobody", code=2)
    assert "yes|no: invalid choice: 'perhaps' (choose from 'yes', 'no')" in typed("feedback", GROUP, "perhaps", code=2)
    assert "'platform' is not NAME=VALUE" in typed("list", "--dimension", "platform", code=2)


def test_an_export_has_all_or_what_is_chosen(typed: Typed, tmp_path: Path) -> None:
    path = tmp_path / "anomalies.jsonl"
    assert typed("export", "--output", str(path)) == f"2 anomalies written to {path}\n"
    assert [json.loads(line)["measure"] for line in path.read_text().splitlines()] == ["orders", "revenue"]
    typed("export", "--output", str(path), "--measure", "revenue")
    assert [json.loads(line)["state"] for line in path.read_text().splitlines()] == ["ended"]
    if "--stack-name" in typed.where:
        typed("export", "--output", "s3://lake/tidegate/")
        client: Any = boto3.client("s3")
        keys = [item["Key"] for item in client.list_objects_v2(Bucket="lake")["Contents"]]
        assert keys == ["tidegate/csv/anomalies.csv", "tidegate/jsonl/anomalies.jsonl"]
        assert "NoSuchBucket" in typed("export", "--output", "s3://nobodys/x/", code=2)


def test_open_shows_the_page_that_belongs_to_it(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    typed("show", GROUP, "--open")
    (url,) = opened
    assert url.startswith("https://eu-central-1.console") if "--stack-name" in typed.where else url.endswith(".html")


@pytest.mark.parametrize(
    ("text", "message"),
    [("{}", "alerts.jsonl, line 1: "), ("nonsense", "alerts.jsonl, line 1: "), (None, "alerts.jsonl cannot be read")],
)
def test_a_folder_without_readable_alerts_is_named(
    text: str | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / "alerts.jsonl").write_text(text)
    assert message in Typed(["--local", str(tmp_path)], capsys)("list", code=2)


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0c", "\x1e"])
def test_a_value_with_what_unicode_takes_for_the_end_of_a_line_is_read(
    mark: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event = changed(EVENTS[0], "impactedMetric.relevantTimeSeries.0.dimensions.0.dimensionValue", f"a{mark}b")
    lines = [json.dumps(event, ensure_ascii=False), json.dumps(EVENTS[1], ensure_ascii=False)]
    (tmp_path / "alerts.jsonl").write_text("".join(f"{line}\n" for line in lines))
    assert "a b" in Typed(["--local", str(tmp_path)], capsys)("show", "7d9c")


def test_a_folder_of_a_backtest_is_told_from_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "anomalies.json").write_text("[]")
    assert "see its anomalies.json and report.html" in Typed(["--local", str(tmp_path)], capsys)("list", code=2)


def test_feedback_that_somebody_broke_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "alerts.jsonl").write_text(json.dumps(EVENTS[0]) + "\n")
    (tmp_path / places.FEEDBACK_FILE).write_text('{"x": "perhaps"}')
    assert "is no feedback that this command wrote" in Typed(["--local", str(tmp_path)], capsys)("list", code=2)


def test_without_a_place_there_is_nothing_to_ask(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--stack-name: is missing" in Typed([], capsys)("list", code=2)


def test_a_terminal_gets_no_control_characters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event = changed(EVENTS[0], "impactedMetric.metricName", "x\x1b[31m\u202ey")
    (tmp_path / "alerts.jsonl").write_text(json.dumps(event) + "\n")
    typed = Typed(["--local", str(tmp_path)], capsys)
    for output in (typed("list"), typed("show", "7d9c")):
        assert "\x1b" not in output
        assert "\u202e" not in output
