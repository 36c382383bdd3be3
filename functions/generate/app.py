"""generate: every minute, sample records of the minute that has just ended, onto the stream.

An invocation that is repeated puts its records again, as records of their own: nothing remembers what was put.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from tidegate.aws.clients import kinesis_client
from tidegate.aws.stream import KinesisProducer
from tidegate.contracts.errors import TransientError
from tidegate.contracts.schedule import scheduled_time
from tidegate.generate.generator import Generator, entry_of
from tidegate.generate.put import put_all
from tidegate.generate.settings import generator_from
from tidegate.generate.stores import Producer

MINUTE: Final = 60

logger = Logger(service="generate")


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the handler works with; a test gives others."""

    generator: Generator
    producer: Producer
    sleep: Callable[[float], None]


@cache
def dependencies() -> Dependencies:
    """Made at the first invocation and kept; `dependencies.cache_clear()` makes them anew."""
    environment = os.environ
    producer = KinesisProducer(kinesis_client(), environment["STREAM_NAME"])
    return Dependencies(generator_from(environment), producer, time.sleep)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Put one minute's records; raises TransientError when the stream did not take all of them."""
    use = dependencies()
    minute = scheduled_time(event) // MINUTE * MINUTE - MINUTE
    entries = [entry_of(sample) for sample in use.generator.minute(minute)]
    outcome = put_all(use.producer, entries, use.sleep)
    logger.info("generated", minute=int(minute), generated=outcome.generated, failed=outcome.failed)
    if outcome.failed:
        raise TransientError(f"the stream did not take {outcome.failed} of {len(entries)} records")
    return {"minute": int(minute), "generated": outcome.generated}
