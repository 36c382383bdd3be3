"""Environment, handler and schedule of each function, as its app.py expects them."""

import ast
import json

import pytest

from tests.template import ROOT, environment, functions, parameters

FUNCTIONS = sorted(folder.name for folder in (ROOT / "functions").iterdir() if (folder / "app.py").is_file())
SCHEDULED = ["detect", "flush", "generate"]
NAMES_OF_ENVIRONMENTS = {"environ", "environment"}


def variables_read(function: str) -> set[str]:
    """The names that an app.py looks up in its environment."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / "functions" / function / "app.py").read_text())):
        match node:
            case ast.Subscript(value=place, slice=ast.Constant(value=str(name))):
                pass
            case ast.Call(func=ast.Attribute(value=place, attr="get"), args=[ast.Constant(value=str(name)), *_]):
                pass
            case _:
                continue
        if ast.unparse(place).rpartition(".")[2] in NAMES_OF_ENVIRONMENTS:
            found.add(name)
    return found


def test_the_template_has_the_functions_of_the_repository() -> None:
    assert sorted(functions()) == FUNCTIONS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_variable_that_a_handler_reads_is_set(function: str) -> None:
    read = variables_read(function)
    assert read
    assert read <= environment(function).keys()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_variable_that_is_set_for_one_function_is_read_by_it(function: str) -> None:
    own = {name for name in functions()[function]["Environment"]["Variables"] if name.isupper()}
    assert own <= variables_read(function)


@pytest.mark.parametrize("function", SCHEDULED)
def test_a_schedule_passes_its_own_time(function: str) -> None:
    (schedule,) = functions()[function]["Events"].values()
    assert schedule["Type"] == "ScheduleV2"
    assert schedule["Properties"]["ScheduleExpression"] == "rate(1 minute)"
    assert json.loads(schedule["Properties"]["Input"]) == {"time": "<aws.scheduler.scheduled-time>"}


@pytest.mark.parametrize("function", ["flush", "detect"])
def test_a_run_that_missed_its_minute_is_left_to_the_next_one(function: str) -> None:
    """The least age that Lambda takes; ticks that waited would otherwise all start at once."""
    assert functions()[function]["EventInvokeConfig"] == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}


def test_service_names_do_not_become_a_dimension_of_metrics() -> None:
    for function in FUNCTIONS:
        assert "POWERTOOLS_SERVICE_NAME" not in environment(function)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_log_level_is_set_where_lambda_and_powertools_obey_it(function: str) -> None:
    """With JSON logs Lambda sets AWS_LAMBDA_LOG_LEVEL, which Powertools prefers to a variable of its own.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    """
    config = functions()[function]["LoggingConfig"]
    assert (config["LogFormat"], config["ApplicationLogLevel"]) == ("JSON", {"Ref": "LogLevel"})
    assert "POWERTOOLS_LOG_LEVEL" not in environment(function)


def test_no_log_level_filters_metrics() -> None:
    """Metrics are printed without a level, which Lambda takes for INFO and leaves out above it."""
    assert parameters()["LogLevel"]["AllowedValues"] == ["DEBUG", "INFO"]


LAMBDA_VARIABLES = 4096
"""Bytes of names and values of one function's variables.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
LONGEST_NAME_OF_A_RESOURCE = 128


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_longest_rules_and_calendar_fit_beside_the_other_variables(function: str) -> None:
    sizes = {name: len(name) + _length(value) for name, value in environment(function).items()}
    longest = sum(parameters()[name]["MaxLength"] for name in ("MeasureRules", "Calendar"))
    assert sum(sizes.values()) + longest < LAMBDA_VARIABLES - 300, "what Measures, Dimensions and filters may take"


def _length(value: object) -> int:
    declared = parameters().get(str(value.get("Ref"))) if isinstance(value, dict) else {"Default": value}
    return len(str(declared.get("Default", ""))) if declared else LONGEST_NAME_OF_A_RESOURCE
