"""The generate function: which minute, from which parameters, and what it says when the stream does not take it."""

import json

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.generate import app
from tests.function_output import logged
from tidegate.contracts.errors import ConfigurationError, InputError, TransientError
from tidegate.generate.generator import Generator, entry_of
from tidegate.generate.settings import generator_from
from tidegate.memory.stream import MemoryProducer

MINUTE = 1_780_304_400
"""2026-06-01T09:00:00Z."""


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> MemoryProducer:
    producer = MemoryProducer()
    made = app.Dependencies(Generator.named("ecommerce", 7), producer, lambda _: None)
    monkeypatch.setattr(app, "dependencies", lambda: made)
    return producer


@pytest.mark.parametrize("time", ["2026-06-01T09:01:00Z", "2026-06-01T09:01:59Z", "2026-06-01T11:01:30+02:00"])
def test_it_puts_the_records_of_the_last_full_minute(time: str, producer: MemoryProducer) -> None:
    assert app.handler({"time": time}, LambdaContext()) == {"minute": MINUTE, "generated": 21}
    assert producer.taken == [entry_of(sample) for sample in Generator.named("ecommerce", 7).minute(MINUTE)]


def test_records_that_the_stream_does_not_take_fail_the_invocation_and_are_counted(producer: MemoryProducer) -> None:
    producer.refuses = lambda call, entry: entry.partition_key == "pc_web|us"
    with logged(app.logger) as log, pytest.raises(TransientError, match="did not take 1 of 21 records"):
        app.handler({"time": "2026-06-01T09:01:00Z"}, LambdaContext())
    line = json.loads(log.getvalue())
    assert (line["message"], line["generated"], line["failed"]) == ("generated", 20, 1)


@pytest.mark.parametrize("event", [{}, {"time": None}, {"time": "noon"}])
@pytest.mark.usefixtures("producer")
def test_an_event_without_a_time_is_refused(event: dict[str, object]) -> None:
    with pytest.raises(InputError, match='event: needs a "time"'):
        app.handler(event, LambdaContext())


def test_parameters_choose_scenario_seed_and_quiet_start() -> None:
    given = {"DeployGenerator": "traffic", "GeneratorSeed": "3", "GeneratorStart": "2026-06-01T00:00:00Z"}
    assert generator_from(given) == Generator.named("traffic", 3, 1_780_272_000)
    assert generator_from({}) == Generator.named("ecommerce", 7)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("DeployGenerator", "none"), ("GeneratorSeed", "seven"), ("GeneratorStart", "tomorrow")],
)
def test_a_wrong_parameter_is_named(parameter: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{parameter} is '{value}': must be"):
        generator_from({parameter: value})
