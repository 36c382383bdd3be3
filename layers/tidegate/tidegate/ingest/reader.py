"""What reads a record of one format; `JsonReader` and `CsvReader` do."""

from collections.abc import Sequence
from typing import Protocol

from tidegate.config import DetectorConfig, RecordFormat
from tidegate.ingest.csv_reader import CsvReader
from tidegate.ingest.json_reader import JsonReader
from tidegate.ingest.select import Columns, Values


class Reader(Protocol):
    """Payloads to values. A payload is what is left of a record when aggregation and gzip are taken off."""

    def glance(self, payload: bytes) -> Values | None:
        """The values of a payload that is plainly one good record (or FILTERED); None: take the long way.

        Quick, and never of another opinion than the long way: `split`, then `read`.
        """

    def columns(self, payloads: Sequence[bytes]) -> Columns:
        """What a glance at each of many payloads gives, by column."""

    def split(self, payload: bytes) -> list[bytes]:
        """The records that a payload with something in it holds, in order."""

    def read(self, piece: bytes) -> Values:
        """The values of one record, or FILTERED. Raises BadRecord with the exact reason."""


def reader_of(config: DetectorConfig) -> Reader:
    """The reader of the configured record format."""
    return CsvReader(config) if config.record_format is RecordFormat.CSV else JsonReader(config)
