"""Which anomalies are told: the parameters AlertThreshold, AlertMeasures and AlertDimensionFilters.

What they keep back is recorded all the same. As with Lookout, all filtered dimensions must match, each by any of its
values. A series has to match in all of them where the event lists every series that is hit. Lookout listed three, so
for its events each dimension is looked for among the contributions.
"""

from tidegate.config import DetectorConfig, DimensionFilters
from tidegate.contracts.alert_event import AlertEvent


def is_wanted(event: AlertEvent, severity: float, config: DetectorConfig) -> bool:
    """Is an anomaly of this severity, as its event describes it, to be told?"""
    if severity < config.alert_threshold or (config.alert_measures and event.measure not in config.alert_measures):
        return False
    filters = config.alert_dimension_filters
    if _lists_every_series(event):
        return any(_matches(dict(series.dimensions), filters) for series in event.series)
    contributing = {item.name: {value for value, _ in item.values} for item in event.contributions}
    return all(contributing.get(name, set()) & allowed for name, allowed in filters.items())


def _matches(dimensions: dict[str, str], filters: DimensionFilters) -> bool:
    return all(dimensions.get(name) in allowed for name, allowed in filters.items())


def _lists_every_series(event: AlertEvent) -> bool:
    return bool(event.series) and event.facts is not None and event.facts.series_hit <= len(event.series)
