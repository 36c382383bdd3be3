"""Which of the DimensionFilters keeps everything out, when together they do."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from local.record_files import read_lines
from local.tabular import shown
from local.validation import Validation
from tidegate.config import DetectorConfig
from tidegate.ingest.reader import reader_of

_VALUES: Final = 5
"""Values of a dimension that are shown."""
_CHARACTERS: Final = 24


def what_filters(paths: Sequence[Path], config: DetectorConfig) -> str:
    """What to tell of files of which the filters keep out every record, as a sentence. Raises InputError."""
    found = _values(paths, config)
    for name, allowed in config.dimension_filters.items():
        if not found[name] & set(allowed):
            values = [shown(value, _CHARACTERS) or "null" for value in sorted(found[name])]
            more = ", ..." if len(values) > _VALUES else ""
            there = f"{', '.join(values[:_VALUES])}{more}"
            return f"DimensionFilters {name}={','.join(sorted(allowed))} keeps out every record; {name} is {there}"
    together = ";".join(f"{name}={','.join(sorted(allowed))}" for name, allowed in config.dimension_filters.items())
    return f"DimensionFilters {together} keeps out every record: none has all of it"


def _values(paths: Sequence[Path], config: DetectorConfig) -> dict[str, set[str]]:
    """The values that the records have in each filtered dimension, null as an empty text."""
    unfiltered = replace(config, dimension_filters={})
    validation, found = Validation(unfiltered), {name: set[str]() for name in config.dimension_filters}
    places = [(1 + config.dimensions.index(name), values) for name, values in found.items()]
    for line in read_lines(paths, config.csv_columns, reader_of(unfiltered)):
        for verdict in validation.payload(line.data):
            for place, values in places if verdict.values else ():
                cell = verdict.values[place]
                values.add("" if cell is None else str(cell))
    return found
