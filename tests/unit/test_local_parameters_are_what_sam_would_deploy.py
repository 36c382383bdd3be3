"""Parameters of a local run, and the template resolved with them."""

import pytest

from local.parameters import deployment
from local.template import Template
from tidegate.config import Function, Measure, Output
from tidegate.contracts.errors import ConfigurationError, InputError


def test_an_environment_and_what_is_set_beside_it() -> None:
    given = deployment("traffic", ["IntervalMinutes=10", "Measures=car:COUNT"])
    config = given.config()
    assert given.stack_name == "tidegate-traffic"
    assert config.detector_name == "tidegate-traffic"
    assert config.interval_minutes == 10
    assert config.measures == (Measure("car", Function.COUNT),)
    assert config.output is Output.AGGREGATES
    assert config.timezone == "Europe/Berlin"


def test_functions_get_the_same_names_as_the_configuration() -> None:
    given = deployment("ecommerce", ["Timezone=Europe/Berlin"])
    template = Template(given.stack_name, given.parameters)
    shared = template.shared_by_functions()["Environment"]["Variables"]
    assert shared["DetectorName"] == "tidegate-ecommerce"
    assert shared["Timezone"] == "Europe/Berlin"
    flush = template.resources("AWS::Serverless::Function")["FlushFunction"]["Environment"]["Variables"]
    assert flush["DATA_BUCKET"] == "tidegate-ecommerce-databucket"
    assert flush["STREAM_NAME"] == "tidegate-ecommerce-Stream"


def test_conditions_hold_as_the_parameters_say() -> None:
    with_generator = Template("a", {"Measures": "x:SUM", "DeployGenerator": "ecommerce"})
    without = Template("a", {"Measures": "x:SUM", "StreamShards": "3"})
    assert "GenerateFunction" in with_generator.resources("AWS::Serverless::Function")
    assert "GenerateFunction" not in without.resources("AWS::Serverless::Function")
    assert without.resources("AWS::Kinesis::Stream")["Stream"]["ShardCount"] == "3"
    assert "ShardCount" not in with_generator.resources("AWS::Kinesis::Stream")["Stream"]
    assert without.arn("OperationsBucket") == "arn:aws:s3:::a-operationsbucket"


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("Measures", "must be Name=Value"),
        ("Mesures=x:SUM", "there is no parameter Mesures; is Measures meant?"),
        ("Xyzzy=1", r"there is no parameter Xyzzy; template\.yaml has the list"),
        ("StreamArn=arn:aws:kinesis:eu-central-1:123456789012:stream/x", "the embedded AWS makes its own"),
    ],
)
def test_settings_of_a_wrong_form_are_named(setting: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as refused:
        deployment(None, [setting])
    assert refused.value.place == f"--set {setting}"


def test_an_unknown_environment_is_named() -> None:
    with pytest.raises(InputError, match=r"--config-env shop: samconfig\.toml has ecommerce, traffic"):
        deployment("shop", [])


@pytest.mark.parametrize(
    ("setting", "parameter"),
    [
        ("IntervalMinutes=7", "IntervalMinutes"),
        ("BatchingWindowSeconds=301", "BatchingWindowSeconds"),
        ("BatchingWindowSeconds=soon", "BatchingWindowSeconds"),
        ("LogLevel=LOUD", "LogLevel"),
        ("LogLevel=WARNING", "LogLevel"),
        ("OutputPrefix=/x", "OutputPrefix"),
    ],
)
def test_values_that_cloudformation_would_refuse_are_refused(setting: str, parameter: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        deployment("ecommerce", [setting]).config()
    assert refused.value.parameter == parameter


def test_functions_log_warnings_only_unless_asked() -> None:
    assert deployment(None, []).is_quiet
    assert deployment("ecommerce", ["Timezone=Europe/Berlin"]).with_parameters(DeployGenerator="none").is_quiet
    assert not deployment(None, [], verbose=True).is_quiet
    assert not deployment(None, ["LogLevel=INFO"]).is_quiet
    assert "LogLevel" not in deployment(None, []).parameters
