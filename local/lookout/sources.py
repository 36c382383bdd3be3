"""Where a detector read its data, and what has to change there."""

from collections.abc import Iterator
from typing import Final

from local.lookout.fields import Fields

_LAYOUT: Final = "intvl_date={{yyyy-MM-dd}}/intvl_hhmm={{HHmm}}/"
_S3: Final = ("MetricSource", "S3SourceConfig")
_CSV: Final = (*_S3, "FileFormatDescriptor", "CsvFormatDescriptor")
_JSON: Final = (*_S3, "FileFormatDescriptor", "JsonFormatDescriptor")
_OTHER_SOURCES: Final = {
    "CloudWatchConfig": "CloudWatch",
    "RDSSourceConfig": "RDS",
    "RedshiftSourceConfig": "Redshift",
    "AthenaSourceConfig": "Athena",
    "AppFlowConfig": "AppFlow",
}


def remarks_on_source(fields: Fields) -> Iterator[str]:
    """What a person has to see to."""
    for name, service in _OTHER_SOURCES.items():
        if fields.node("MetricSource", name) is not None:
            yield (
                f"{service} was the source: nothing is read from there now. Put records on the stream, or one CSV an "
                "interval into DataBucket (docs/lookout.md)."
            )
    for at in fields.places("MetricList"):
        if namespace := fields.plain("MetricList", at, "Namespace"):
            yield f"{fields.plain('MetricList', at, 'MetricName')} came from CloudWatch's namespace {namespace}."
    if fields.node(*_S3) is not None:
        yield from _objects(fields)


def _objects(fields: Fields) -> Iterator[str]:
    for path in fields.texts(*_S3, "TemplatedPathList"):
        same = path.endswith(_LAYOUT) or path.endswith(_LAYOUT.rstrip("/"))
        change = "the folders stay" if same else f"the folders have to be {_LAYOUT}"
        yield f"{path} was read: objects go to DataBucket below OutputPrefix now, {change} (docs/lookout.md)."
    for path in fields.texts(*_S3, "HistoricalDataPathList"):
        yield f"{path} was the history: copy it and run the backtest below on it."
    if fields.node(*_JSON) is not None:
        yield "The objects were JSON lines: those in DataBucket are CSV. On a stream records can be JSON."
    if fields.node(*_CSV) is not None:
        yield from _csv(fields)


def _csv(fields: Fields) -> Iterator[str]:
    rules = {"Delimiter": ",", "QuoteSymbol": '"', "Charset": "UTF-8"}
    for name, needed in rules.items():
        given = str(fields.node(*_CSV, name) or "")
        if given and given.upper() != needed:
            yield f"{name} was {given!r}: objects in DataBucket have {needed!r}."
    if fields.plain(*_CSV, "ContainsHeader").lower() == "false":
        header = ",".join(fields.texts(*_CSV, "HeaderList"))
        yield f"The objects had no header: those in DataBucket need one{f', {header}' if header else ''}."
