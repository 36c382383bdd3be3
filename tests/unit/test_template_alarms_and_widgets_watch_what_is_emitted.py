"""Every alarm and every widget names a metric that something emits, with the dimensions that it is emitted with.

An alarm on a metric with one dimension too many can never fire, and nobody sees it.
"""

import ast
import json
import re
from typing import Any, Final

import pytest

from tests.template import ROOT, resources, template, without_conditions

AWS_METRICS: Final = {
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits"): {"TableName"},
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"): {"TableName"},
    ("AWS/Kinesis", "IncomingBytes"): {"StreamName"},
    ("AWS/Kinesis", "IncomingRecords"): {"StreamName"},
    ("AWS/Kinesis", "WriteProvisionedThroughputExceeded"): {"StreamName"},
    ("AWS/Lambda", "DestinationDeliveryFailures"): {"FunctionName"},
    ("AWS/Lambda", "Duration"): {"FunctionName"},
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "IteratorAge"): {"FunctionName"},
    ("AWS/Lambda", "OnFailureDestinationDeliveredEventCount"): {"EventSourceMappingUUID"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): {"QueueName"},
}
"""What AWS emits, by its documentation of each service's metrics: (namespace, metric) -> dimensions."""


def emitted() -> dict[tuple[str, str], set[str]]:
    """What the handlers emit: names given to add_metric or kept as counts, with the dimensions all of them have."""
    found: dict[tuple[str, str], set[str]] = {}
    for path in (ROOT / "functions").glob("*/app.py"):
        metrics: set[object] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(attr="add_metric"), keywords=keywords):
                    metrics |= {_name(keywords)}
                case ast.Assign(targets=[ast.Name("counts")], value=ast.Dict(keys=keys)):
                    metrics |= {key.value for key in keys if isinstance(key, ast.Constant)}
                case ast.AnnAssign(target=ast.Name("counts"), value=ast.Dict(keys=keys)):
                    metrics |= {key.value for key in keys if isinstance(key, ast.Constant)}
        found |= {("Tidegate", str(metric)): {"DetectorName"} for metric in metrics}
    return found


def _name(keywords: list[ast.keyword]) -> str | None:
    (given,) = (keyword.value for keyword in keywords if keyword.arg == "name")
    return str(given.value) if isinstance(given, ast.Constant) else None


OURS: Final = emitted()
EMITTED: Final = AWS_METRICS | OURS
ALARMS: Final = resources("AWS::CloudWatch::Alarm")
DASHBOARDS: Final = resources("AWS::CloudWatch::Dashboard")


def widgets(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """A dashboard's widgets; names in braces stay as they are."""
    found: list[dict[str, Any]] = json.loads(dashboard["DashboardBody"]["Fn::Sub"][0])["widgets"]
    return found


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_watches_a_metric_that_is_emitted_with_its_dimensions(name: str) -> None:
    alarm = ALARMS[name]
    dimensions = {dimension["Name"] for dimension in alarm["Dimensions"]}
    assert EMITTED[alarm["Namespace"], alarm["MetricName"]] == dimensions


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_tells_the_operator_when_it_begins_and_when_it_ends(name: str) -> None:
    alarm = without_conditions(ALARMS[name])
    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "OperatorTopic"}]
    assert alarm["AlarmDescription"].endswith(".")
    assert alarm["TreatMissingData"] == ("breaching" if name.endswith("Silent") else "notBreaching")


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_widget_shows_metrics_that_are_emitted_with_its_dimensions(name: str) -> None:
    shown = [widget["properties"] for widget in widgets(DASHBOARDS[name]) if widget["type"] == "metric"]
    assert shown
    for properties in shown:
        for namespace, metric, *rest in properties["metrics"]:
            dimensions = [part for part in rest if isinstance(part, str)]
            assert EMITTED[namespace, metric] == set(dimensions[::2])


def test_no_metric_is_emitted_that_nothing_watches() -> None:
    """Each costs 0.30 USD for a month in which it is sent."""
    alarmed = {(alarm["Namespace"], alarm["MetricName"]) for alarm in ALARMS.values()}
    shown = {
        (namespace, metric)
        for dashboard in DASHBOARDS.values()
        for widget in widgets(dashboard)
        for namespace, metric, *_ in widget["properties"].get("metrics", ())
    }
    assert OURS.keys() <= alarmed | shown


def test_no_metric_has_a_dimension_but_the_detector() -> None:
    assert all(dimensions == {"DetectorName"} for dimensions in OURS.values())


def test_dashboards_stay_free() -> None:
    """Three of up to 50 metrics each cost an account nothing."""
    for dashboard in DASHBOARDS.values():
        assert sum(len(widget["properties"].get("metrics", ())) for widget in widgets(dashboard)) <= 50


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_names_what_exists(name: str) -> None:
    body, given = DASHBOARDS[name]["DashboardBody"]["Fn::Sub"]
    resources_and_events = {*template()["Resources"], "IngestFunctionRecords"}
    for used in re.findall(r"\$\{([A-Za-z0-9:.]+)\}", body):
        assert used in given or used.startswith("AWS::") or used.partition(".")[0] in resources_and_events


def test_widgets_do_not_lie_on_each_other() -> None:
    for dashboard in DASHBOARDS.values():
        taken: set[tuple[int, int]] = set()
        for widget in widgets(dashboard):
            columns, rows = range(widget["x"], widget["x"] + widget["width"]), range(widget["y"], widget["y"] + 6)
            cells = {(x, y) for x in columns for y in rows[: widget["height"]]}
            assert not cells & taken
            taken |= cells


def test_thresholds_on_durations_lie_below_the_time_outs() -> None:
    for name in ("Ingest", "Flush", "Detect", "Alert"):
        timeout = resources("AWS::Serverless::Function")[f"{name}Function"]["Timeout"]
        assert 0.8 * timeout <= ALARMS[f"{name}Slow"]["Threshold"] / 1000 < timeout


def test_operations_says_what_to_do_about_each_alarm() -> None:
    section = (ROOT / "docs" / "operations.md").read_text().partition("## Alarms\n")[2].partition("\n## ")[0]
    told = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("|")]
    assert told[2:] == list(ALARMS)


def test_contracts_and_costs_say_what_there_is() -> None:
    contracts = (ROOT / "docs" / "data-contracts.md").read_text().partition("## Metrics\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in contracts.splitlines() if line.startswith("|")]
    assert {name.strip() for row in rows[2:] for name in row.split(",")} == {metric for _, metric in OURS}
    costs = (ROOT / "docs" / "deploy.md").read_text()
    assert f"| CloudWatch, alarms | {len(ALARMS)} x 0.10 | {len(ALARMS) / 10:.2f} |" in costs
