"""What ingest would make of records under a configuration, asked of ingest's own reader, without a stream."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from tidegate.config import DetectorConfig
from tidegate.contracts.errors import BadRecord
from tidegate.contracts.record import Rejected, StreamRecord
from tidegate.contracts.timestamps import TimestampCodec
from tidegate.ingest.decode import UserRecord, user_records
from tidegate.ingest.placing import Placing
from tidegate.ingest.reader import reader_of
from tidegate.ingest.select import FILTERED, Values


class Verdict(NamedTuple):
    """Of one record: its values (FILTERED: kept out by the filters), and its time in seconds since 1970 UTC; or why it
    is bad.
    """

    values: Values = FILTERED
    instant: float = 0.0
    bad: BadRecord | None = None


class Validation:
    """Judges records as the ingest function of this configuration would."""

    def __init__(self, config: DetectorConfig) -> None:
        self._config: Final = config
        self._reader: Final = reader_of(config)
        self._codec: Final = TimestampCodec(config.timestamp_format, config.timezone)

    def payload(self, data: bytes) -> Iterator[Verdict]:
        """Verdicts on everything that a producer's bytes hold. Arrival is unknown: none is too late or too early."""
        values = self._reader.glance(data)
        if values is not None:
            yield self._timed(values)
            return
        try:
            found = user_records(StreamRecord("", 0, "", 0.0, data), self._reader.split)
        except BadRecord as bad:
            yield Verdict(bad=bad)
            return
        for user_record in found:
            yield self._one(user_record)

    def rejected(self, record: Rejected) -> Verdict:
        """The verdict on a quarantined record that comes again, with its own arrival."""
        verdict = self._one(UserRecord(record.partition_key, record.data))
        if verdict.bad or not verdict.values:
            return verdict
        try:
            placing = Placing(self._config, self._codec, record.arrival, lambda _: None)
            placing.of_event(verdict.values[0], record.arrival)
        except BadRecord as bad:
            return Verdict(bad=bad)
        return verdict

    def _one(self, user_record: UserRecord) -> Verdict:
        try:
            if user_record.bad is not None:
                raise user_record.bad
            values = self._reader.glance(user_record.data)
            return self._timed(self._reader.read(user_record.data) if values is None else values)
        except BadRecord as bad:
            return Verdict(bad=bad)

    def _timed(self, values: Values) -> Verdict:
        if not values:
            return Verdict()
        try:
            return Verdict(values, self._codec.parse(values[0]))
        except BadRecord as bad:
            return Verdict(bad=bad)
