"""The functions as template.yaml deploys them, on the embedded AWS, under a steady stream: what a month of it uses.

The CPU of generating records, of the simulated stream and of the embedded AWS is not counted.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Final
from unittest.mock import patch

import boto3

from benchmarks.chunks_in_s3 import ChunksInS3, make_bucket
from benchmarks.metering import Meter
from benchmarks.sample import START, record
from benchmarks.sequence_numbers import PublishedNumbers
from local.parameters import deployment
from local.simulation import Simulation
from local.stack import LocalStack, local_stack
from local.template import document
from tidegate.config import DetectorConfig

FUNCTIONS: Final = ("ingest", "flush", "detect")
IDLE_MINUTES: Final = 5


@dataclass(frozen=True, slots=True)
class Used:
    """What a stream of so many records took. units: by function; idle: of a run of flush or detect with nothing to do.

    metrics, alarms: how many there are. memory: of each function in MB.
    """

    records: int
    seconds: int
    intervals: int
    units: Mapping[str, Mapping[str, float]]
    idle: Mapping[str, Mapping[str, float]]
    metrics: int
    alarms: int
    memory: Mapping[str, int]

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / self.seconds


def use(rate: int, seconds: int, chunks_in_s3: bool = False, published_numbers: bool = False) -> Used:
    """Run so many records a second for so long on one shard; to be run in a process of its own.

    published_numbers: sequence numbers as published events show them, instead of the twin's.
    """
    given = deployment("ecommerce", [], verbose=True).with_parameters(DeployGenerator="none")
    config, meter = given.config(), Meter()
    with _design(chunks_in_s3, published_numbers), meter.invocations(), local_stack(given, START) as stack:
        assert boto3.DEFAULT_SESSION is not None
        meter.watch(boto3.DEFAULT_SESSION.events)
        if chunks_in_s3:
            make_bucket()
        _stream(stack, config, rate, seconds)
        units = _counted(meter)
        published = stack.observer.published
        _idle(stack)
        functions = stack.template.resources("AWS::Serverless::Function").values()
        return Used(
            rate * seconds,
            seconds,
            published,
            units,
            _counted(meter, IDLE_MINUTES),
            len(meter.metrics),
            sum(_is_alarm(stack, resource) for resource in document()["Resources"].values()),
            {one["CodeUri"].removeprefix("functions/"): int(one["MemorySize"]) for one in functions},
        )


def _is_alarm(stack: LocalStack, resource: Mapping[str, Any]) -> bool:
    condition = resource.get("Condition")
    return resource["Type"] == "AWS::CloudWatch::Alarm" and (condition is None or stack.template.holds(condition))


def _stream(stack: LocalStack, config: DetectorConfig, rate: int, seconds: int) -> None:
    random, simulation = Random(1), Simulation(stack, config)
    for second in range(START, START + seconds):
        arrivals = [second + place / rate for place in range(rate)]
        simulation.arrive(second, [(arrival, "pc_web|us", record(random, arrival)) for arrival in arrivals])
    simulation.run_out(START + seconds)


def _idle(stack: LocalStack) -> None:
    now = stack.clock.now
    for minute in range(1, IDLE_MINUTES + 1):
        event = {"time": f"{datetime.fromtimestamp(now + minute, UTC):%Y-%m-%dT%H:%M:%SZ}"}
        for name in ("flush", "detect"):
            stack.functions[name].invoke(event)


def _counted(meter: Meter, share: int = 1) -> dict[str, dict[str, float]]:
    """What was metered so far, of which the meter forgets all."""
    found = {name: {unit: value / share for unit, value in meter.units[name].items()} for name in FUNCTIONS}
    meter.units.clear()
    return found


@contextmanager
def _design(chunks_in_s3: bool, published_numbers: bool) -> Iterator[None]:
    """The functions load their modules anew in each stack, and take what is there by the buffer's name."""
    with ExitStack() as patches:
        if chunks_in_s3:
            patches.enter_context(patch("tidegate.aws.buffer.DynamoBuffer", ChunksInS3))
        if published_numbers:
            patches.enter_context(patch("local.stream.SequenceNumbers", PublishedNumbers))
        yield
