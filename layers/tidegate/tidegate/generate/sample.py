"""A generated record, on its way to a stream or a file."""

import json
from typing import NamedTuple


class Sample(NamedTuple):
    """One record: when it happened (seconds since 1970 UTC), its partition key, and its fields."""

    instant: float
    partition_key: str
    fields: dict[str, str | int | float]

    @property
    def text(self) -> str:
        """The record as one line of JSON."""
        return json.dumps(self.fields, separators=(",", ":"))
