"""What a function prints: its log lines and its metrics, both JSON."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Logger


@contextmanager
def logged(logger: Logger) -> Iterator[io.StringIO]:
    """Gather the log lines of a function's logger."""
    (handler,) = logger.handlers
    assert isinstance(handler, logging.StreamHandler)
    gathered = io.StringIO()
    before = handler.setStream(gathered)
    yield gathered
    handler.setStream(before or gathered)


def metrics(printed: str) -> list[dict[str, Any]]:
    """The metrics of each invocation by name, with their dimensions."""
    documents = [json.loads(line) for line in printed.splitlines() if "CloudWatchMetrics" in line]
    return [{name: value for name, value in found.items() if name != "_aws"} for found in documents]
