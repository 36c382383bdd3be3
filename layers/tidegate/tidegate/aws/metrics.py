"""Metrics of the namespace Tidegate, as log lines of which CloudWatch makes them (embedded metric format)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit


@contextmanager
def sent(detector_name: str) -> Iterator[Metrics]:
    """Send what is added in this block, by detector; nothing when nothing is."""
    metrics = Metrics(namespace="Tidegate")
    # First of all: a metric that comes to a hundred values is published at once, with the dimensions given by then.
    metrics.add_dimension(name="DetectorName", value=detector_name)
    yield metrics
    if metrics.metric_set:
        metrics.flush_metrics()
    metrics.clear_metrics()


def add_counts(metrics: Metrics, counts: Mapping[str, int]) -> None:
    """Add the counts that are not 0: a metric costs nothing in hours in which none is sent."""
    for name, value in counts.items():
        if value:
            metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
