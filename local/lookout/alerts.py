"""The alerts of a detector: a stack has one threshold, one topic, one set of filters."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from local.lookout.fields import Fields

_TOPIC: Final = ("Action", "SNSConfiguration", "SnsTopicArn")
_FORMAT: Final = ("Action", "SNSConfiguration", "SnsFormat")
_FUNCTION: Final = ("Action", "LambdaConfiguration", "LambdaArn")


def carry_alerts(alerts: Sequence[Fields], detector: Fields) -> Iterator[str]:
    """Carry what one alert says, of several the lowest threshold; yields remarks."""
    if len(alerts) == 1:
        yield from _one(alerts[0])
    elif alerts:
        yield from _several(alerts, detector)


def _one(alert: Fields) -> Iterator[str]:
    alert.carry_text("AlertThreshold", "AlertSensitivityThreshold")
    alert.carry("AlertMeasures", "AlertFilters.MetricList", ",".join(alert.names("AlertFilters", "MetricList")))
    alert.carry("AlertDimensionFilters", "AlertFilters.DimensionFilterList", ";".join(_filters(alert)))
    alert.carry_text("AlertTopicArn", *_TOPIC)
    if alert.node(*_TOPIC) is not None:
        given = alert.plain(*_FORMAT)
        alert.carry("AlertFormat", "SnsFormat", given or "JSON", given or "not given, which was JSON")
    yield from _function(alert)


def _several(alerts: Sequence[Fields], detector: Fields) -> Iterator[str]:
    """Several filters do not add up to one: all anomalies pass, and rules of the event bus tell them apart."""
    thresholds = sorted(alert.number("AlertSensitivityThreshold") for alert in alerts)
    given = ", ".join(f"{threshold:g}" for threshold in thresholds)
    detector.carry("AlertThreshold", "AlertSensitivityThreshold", f"{thresholds[0]:g}", given)
    yield (
        f"There were {len(alerts)} alerts, and a stack has one: the lowest threshold is taken, filters and topics are "
        "not. DeployEventBus=true sends every anomaly as an event, and rules on it can filter for several receivers "
        "(docs/alerts.md)."
    )
    for alert in alerts:
        yield from _function(alert)


def _filters(alert: Fields) -> Iterator[str]:
    path = ("AlertFilters", "DimensionFilterList")
    for at in alert.places(*path):
        name = alert.needed(*path, at, "DimensionName")
        yield f"{name}={','.join(alert.names(*path, at, 'DimensionValueList'))}"


def _function(alert: Fields) -> Iterator[str]:
    if alert.node(*_FUNCTION) is None:
        return
    arn = alert.node(*_FUNCTION)
    found = re.search(r":([^:{}]+)$", arn) if isinstance(arn, str) else None
    name = found[1] if found else "a function"
    alert.carry("DeployEventBus", ".".join(_FUNCTION[1:]), "true", name)
    yield f"{name} was called with the event: a rule on the event bus gives it the same as `detail` (docs/alerts.md)."
