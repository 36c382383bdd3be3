"""A detector of Lookout for Metrics to the parameters of a stack, and what is left for a person to decide."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from local.lookout.alerts import carry_alerts
from local.lookout.documents import Described
from local.lookout.fields import Fields
from local.lookout.sources import remarks_on_source
from local.parameters import Deployment
from local.sam_deploy import proposed
from tidegate.contracts.errors import ConfigurationError, InputError

_MINUTES: Final = {"PT5M": 5, "PT10M": 10, "PT1H": 60, "P1D": 1440}
_NEEDED: Final = ("Measures", "Dimensions", "IntervalMinutes", "TimestampColumn")


@dataclass(frozen=True, slots=True)
class Translation:
    """carried: of each field that became a parameter its name, its value there, and the parameter with its value.
    remarks: what did not, and what to know about what did.
    """

    deployment: Deployment
    carried: Sequence[tuple[str, str, str]]
    remarks: Sequence[str]


def translate(described: Described) -> Translation:
    """Raises InputError for names that the description does not give, or that no detector can have."""
    fields = Fields(described.dataset)
    detector = Fields(described.detector) if described.detector else None
    fields.carry("Measures", "MetricList", ",".join(_measures(fields)))
    fields.carry("Dimensions", "DimensionList", ",".join(fields.names("DimensionList")))
    _interval(fields, detector)
    fields.carry_text("TimestampColumn", "TimestampColumn", "ColumnName")
    fields.carry_text("TimestampFormat", "TimestampColumn", "ColumnFormat")
    fields.carry_text("Timezone", "Timezone")
    fields.carry_text("OffsetSeconds", "Offset")
    fields.carry("DimensionFilters", "DimensionFilterList", ";".join(_filters(fields)))
    if detector:
        detector.carry_text("KmsKeyArn", "KmsKeyArn")
    alerts = [Fields(alert) for alert in described.alerts]
    remarks = [*remarks_on_source(fields), *carry_alerts(alerts, fields)]
    parts = [fields, *([detector] if detector else []), *alerts]
    parameters = {name: text for part in parts for name, text in part.parameters.items()}
    deployment, refused = _allowed(described, _name(described, detector), parameters)
    carried = [row for part in parts for row in part.carried]
    return Translation(deployment, carried, [*refused, *(line for part in parts for line in part.remarks), *remarks])


def _measures(fields: Fields) -> Iterator[str]:
    for at in fields.places("MetricList"):
        name = fields.needed("MetricList", at, "MetricName")
        yield f"{name}:{fields.needed('MetricList', at, 'AggregationFunction')}"


def _interval(fields: Fields, detector: Fields | None) -> None:
    source, path = fields, tuple[str, ...](("MetricSetFrequency",))
    if fields.node(*path) is None and detector:
        source, path = detector, ("AnomalyDetectorConfig", "AnomalyDetectorFrequency")
    if source.node(*path) is None:
        problem = "says no MetricSetFrequency: give what describe-anomaly-detector printed as well, it has the interval"
        raise InputError(source.place, problem)
    given = source.needed(*path)
    if given not in _MINUTES:
        raise InputError(source.place, f"{path[-1]} is {given!r}: must be one of {', '.join(_MINUTES)}")
    fields.carry("IntervalMinutes", path[-1], str(_MINUTES[given]), given)


def _filters(fields: Fields) -> Iterator[str]:
    for at in fields.places("DimensionFilterList"):
        values = (
            fields.needed("DimensionFilterList", at, "FilterList", inner, "DimensionValue")
            for inner in fields.places("DimensionFilterList", at, "FilterList")
        )
        yield f"{fields.needed('DimensionFilterList', at, 'Name')}={','.join(values)}"


def _name(described: Described, detector: Fields | None) -> str:
    dataset = Fields(described.dataset).plain("MetricSetName")
    detector_name = (detector.plain("AnomalyDetectorName") if detector else "") or described.dataset.key or ""
    return f"{detector_name} {dataset}" if described.is_one_of_several else detector_name or dataset


def _allowed(described: Described, name: str, parameters: dict[str, str]) -> tuple[Deployment, list[str]]:
    """What the template and the functions take, and a remark on each that they refuse."""
    refused: list[str] = []
    while True:
        deployment = proposed(name, parameters)
        try:
            deployment.config()
        except ConfigurationError as error:
            if error.parameter in _NEEDED or error.parameter not in parameters:
                raise InputError(described.dataset.place, str(error)) from None
            refused.append(f"{error}; left out, give another.")
            del parameters[error.parameter]
        else:
            return deployment, refused
