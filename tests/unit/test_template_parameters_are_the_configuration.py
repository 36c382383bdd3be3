"""The template's parameters and DetectorConfig say the same: names, defaults, ranges, choices."""

import re
from dataclasses import fields
from enum import StrEnum
from typing import Any

import pytest

from tests.template import environment, functions, parameters, template, walk
from tidegate.config import AlertFormat, DetectorConfig, Function, Measure, MissingSeries, Output, RecordFormat
from tidegate.contracts.errors import ConfigurationError

GIVEN = {"Measures": "views:SUM"}
CONFIGURATION = ["".join(part.capitalize() for part in field.name.split("_")) for field in fields(DetectorConfig)]
NUMBERS = [name for name in CONFIGURATION if "MinValue" in parameters().get(name, {})]


@pytest.mark.parametrize("name", CONFIGURATION)
def test_a_parameter_of_the_configuration_is_one_of_the_template_and_reaches_every_function(name: str) -> None:
    assert name in parameters()
    for function in functions():
        assert name in environment(function)


def test_the_defaults_are_the_same() -> None:
    defaults = {name: str(parameters()[name].get("Default", "")) for name in CONFIGURATION}
    assert DetectorConfig.from_parameters(defaults | GIVEN) == DetectorConfig((Measure("views", Function.SUM),))


def test_only_measures_has_no_default() -> None:
    assert [name for name, declared in parameters().items() if "Default" not in declared] == ["Measures"]


@pytest.mark.parametrize("name", NUMBERS)
def test_the_ranges_are_the_same(name: str) -> None:
    low, high = parameters()[name]["MinValue"], parameters()[name]["MaxValue"]
    given = {**GIVEN, "BufferRetentionHours": "8760", "BatchingWindowSeconds": "0"}
    for inside in (low, high):
        DetectorConfig.from_parameters({**given, name: str(inside)})
    for outside in (low - 1, high + 1):
        with pytest.raises(ConfigurationError, match=name):
            DetectorConfig.from_parameters({**given, name: str(outside)})


def test_the_buffer_must_keep_records_longer_than_their_interval_may_stay_open() -> None:
    given = {**GIVEN, "OffsetSeconds": "431940", "MaxCloseDelaySeconds": "60"}
    DetectorConfig.from_parameters({**given, "BufferRetentionHours": "121"})
    with pytest.raises(ConfigurationError, match=r"BufferRetentionHours is 120: .* together 432000 s"):
        DetectorConfig.from_parameters({**given, "BufferRetentionHours": "120"})


def test_an_interval_waits_at_least_for_the_batch_that_lambda_still_gathers() -> None:
    given = {**GIVEN, "BatchingWindowSeconds": "300"}
    DetectorConfig.from_parameters({**given, "MaxCloseDelaySeconds": "300"})
    rule = r"MaxCloseDelaySeconds is 299: must be at least BatchingWindowSeconds, which is 300: "
    with pytest.raises(ConfigurationError, match=rule):
        DetectorConfig.from_parameters({**given, "MaxCloseDelaySeconds": "299"})


def test_intervals_may_have_every_length_that_divides_a_day() -> None:
    assert parameters()["IntervalMinutes"]["AllowedValues"] == [n for n in range(1, 1441) if 1440 % n == 0]


@pytest.mark.parametrize("choices", [RecordFormat, Output, MissingSeries, AlertFormat])
def test_the_choices_are_the_same(choices: type[StrEnum]) -> None:
    assert parameters()[choices.__name__]["AllowedValues"] == list(choices)


PATTERNS = [
    ("Measures", "views:SUM,revenue:AVG", True),
    ("Measures", "views", False),
    ("Measures", "views:TOTAL", False),
    ("Measures", ",".join(f"m{n}:SUM" for n in range(11)), False),
    ("Dimensions", "platform,marketplace", True),
    ("Dimensions", ",".join(f"d{n}" for n in range(11)), False),
    ("Dimensions", "plat form", False),
    ("DimensionFilters", "marketplace=us,uk;platform=pc_web", True),
    ("DimensionFilters", "marketplace", False),
    ("TimestampColumn", "event time", False),
    ("Timezone", "America/Argentina/Buenos_Aires", True),
    ("Timezone", "Etc/GMT+5", True),
    ("Timezone", "UTC;", False),
    ("OutputPrefix", "lake/intervals", True),
    ("OutputPrefix", "/intervals", False),
    ("DetectorName", "9lives", False),
    ("StreamArn", "arn:aws:kinesis:eu-central-1:123456789012:stream/clicks", True),
    ("StreamArn", "clicks", False),
    ("AlertEmail", "ops@example.org", True),
    ("AlertEmail", "ops", False),
    ("AlertPhone", "+4915112345678", True),
    ("AlertPhone", "015112345678", False),
    ("AlertTopicArn", "arn:aws:sns:eu-central-1:123456789012:alerts", True),
    ("KmsKeyArn", "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", True),
    ("KmsKeyArn", "alias/mine", False),
    ("IotTopic", "roads/+/camera", True),
    ("IotTopic", "roads'; DROP", False),
]


@pytest.mark.parametrize(("name", "value", "accepted"), PATTERNS)
def test_a_pattern_takes_what_is_meant_and_no_more(name: str, value: str, accepted: bool) -> None:
    assert bool(re.fullmatch(parameters()[name]["AllowedPattern"], value)) is accepted


@pytest.mark.parametrize(("name", "declared"), parameters().items())
def test_a_parameter_is_described_and_constrained(name: str, declared: dict[str, Any]) -> None:
    assert declared["Description"].endswith(".")
    constrained = {"AllowedPattern", "AllowedValues", "MinLength", "MinValue"} & declared.keys()
    assert constrained or declared["Type"] == "Number", name
    if "AllowedPattern" in declared:
        assert "ConstraintDescription" in declared
        assert re.fullmatch(declared["AllowedPattern"], declared.get("Default", "views:SUM"))


def test_every_parameter_is_in_one_group_of_the_console_and_does_something() -> None:
    groups = template()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(parameters())
    body = [template()[part] for part in ("Conditions", "Globals", "Resources")]
    used = {node["Ref"] for node in walk(body) if isinstance(node, dict) and isinstance(node.get("Ref"), str)}
    used |= {name for node in walk(body) if isinstance(node, str) for name in re.findall(r"\$\{(\w+)\}", node)}
    assert parameters().keys() <= used
