"""The ingest stage on its twins in memory, for tests: records in, chunks and quarantine out."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from tidegate.config import DetectorConfig
from tidegate.contracts.buffer import Cursor, Watermark
from tidegate.contracts.chunk import Chunk, split_rows
from tidegate.contracts.errors import BadRecord
from tidegate.contracts.record import Rejected, StreamRecord
from tidegate.ingest.process import BatchReport, Ingest
from tidegate.memory.buffer import MemoryBuffer
from tidegate.memory.quarantine import MemoryQuarantine

SHARD: Final = "orders/shardId-000000000000"
NOON: Final = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp())
HOUR: Final = 3600
DAY: Final = 24 * HOUR
PARAMETERS: Final = {"Measures": "views:SUM,revenue:SUM", "Dimensions": "platform,marketplace"}


def line(instant: float = NOON, /, **fields: str | None) -> bytes:
    """A good record as JSON; the fields are JSON texts, so that a test can put anything there; None: no such field."""
    cells = {"platform": '"pc_web"', "marketplace": '"us"', "views": "12", "revenue": "15.6"} | fields
    moment = f'"{datetime.fromtimestamp(instant, UTC):%Y-%m-%d %H:%M:%S}"'
    texts = [f'"{name}":{text}' for name, text in ({"event_time": moment} | cells).items() if text is not None]
    return ("{" + ",".join(texts) + "}").encode()


def record(data: bytes, sequence: int = 1, arrival: float = NOON, shard: str = SHARD) -> StreamRecord:
    """A Kinesis record; its partition key is `key`."""
    return StreamRecord(shard, sequence, "key", arrival, data)


def refusal(call: Callable[[], object]) -> str | None:
    """The reason for which a call refuses a record; None when it does not."""
    try:
        call()
    except BadRecord as bad:
        return bad.reason
    return None


class RecordingBuffer(MemoryBuffer):
    """Remembers the calls that change something or decide something, in order, and the chunks."""

    def __init__(self, calls: list[str]) -> None:
        super().__init__()
        self.calls = calls
        self.put_chunks: list[tuple[Chunk, int, int]] = []

    def claim_bucket(self, shard: str, bucket: int) -> int:
        self.calls.append("claim")
        return super().claim_bucket(shard, bucket)

    def put_chunk(self, chunk: Chunk, bucket: int, expires: int) -> bool:
        self.calls.append("chunk")
        self.put_chunks.append((chunk, bucket, expires))
        return super().put_chunk(chunk, bucket, expires)

    def watermark(self) -> Watermark | None:
        self.calls.append("watermark")
        return super().watermark()

    def mark_late(self, interval_start: int, has_records: bool) -> None:
        self.calls.append("mark")
        super().mark_late(interval_start, has_records)

    def advance(self, cursor: Cursor) -> None:
        self.calls.append("cursor")
        super().advance(cursor)


class RecordingQuarantine(MemoryQuarantine):
    """Remembers its calls beside the buffer's."""

    def __init__(self, calls: list[str]) -> None:
        super().__init__()
        self.calls = calls

    def put(self, rejected: Sequence[Rejected]) -> None:
        self.calls.append("quarantine")
        super().put(rejected)


class Ingesting:
    """One detector's ingest. Parameters are the template's, added to those of the e-commerce scenario."""

    def __init__(self, **parameters: str) -> None:
        self.config = DetectorConfig.from_parameters(PARAMETERS | parameters)
        self.calls: list[str] = []
        self.buffer = RecordingBuffer(self.calls)
        self.quarantine = RecordingQuarantine(self.calls)
        self.ingest = Ingest(self.config, self.buffer, self.quarantine)

    def put(self, *datas: bytes, arrival: float = NOON) -> BatchReport:
        """One delivery of Kinesis records with these data, numbered from 1."""
        return self.process([record(data, sequence, arrival) for sequence, data in enumerate(datas, start=1)])

    def process(self, records: Sequence[StreamRecord], now: float | None = None) -> BatchReport:
        """One delivery, at its newest arrival unless another time is given; the books must balance."""
        newest = max((record.arrival for record in records), default=NOON)
        report = self.ingest.process(records, newest if now is None else now)
        assert report.received == report.stored + report.quarantined + report.filtered + report.duplicates
        return report

    @property
    def chunks(self) -> list[Chunk]:
        return [chunk for chunk, _, _ in self.buffer.put_chunks]

    @property
    def rows(self) -> list[list[str]]:
        """The cells of all rows, in the order in which they were written."""
        return [
            row
            for chunk in self.chunks
            for text in split_rows(chunk.rows, len(chunk.identities))
            for row in csv.reader(io.StringIO(text, newline=""))
        ]

    @property
    def reasons(self) -> list[str]:
        return [str(one.reason) for one in self.quarantine.records()]
