"""The ingest events of events/ through the ingest stage: what becomes of each record."""

import json
from collections import defaultdict
from datetime import UTC, datetime

from events.regenerate import FOLDER, GOOD, instant
from tidegate.aws.kinesis_event import stream_records
from tidegate.config import DetectorConfig
from tidegate.contracts.chunk import split_rows
from tidegate.ingest.process import BatchReport, Ingest
from tidegate.memory.buffer import MemoryBuffer
from tidegate.memory.quarantine import MemoryQuarantine

ECOMMERCE = {"Measures": "views:SUM,revenue:SUM", "Dimensions": "platform,marketplace"}
TRAFFIC = {"Measures": "person:COUNT,car:COUNT", "Dimensions": "camera", "TimestampFormat": "UNIX"}


class Ingested:
    """An event after ingest: the report, the rows of each interval by the hour and minute of its start, quarantine."""

    def __init__(self, name: str, parameters: dict[str, str], start: str) -> None:
        event = json.loads((FOLDER / name).read_text())
        self.records = list(stream_records(event))
        buffer, self.quarantine = MemoryBuffer(), MemoryQuarantine()
        config = DetectorConfig.from_parameters(parameters)
        self.report: BatchReport = Ingest(config, buffer, self.quarantine).process(self.records, instant(start))
        self.rows: dict[str, list[str]] = defaultdict(list)
        for interval in range(instant(start), instant(start) + 1200, 300):
            for stored in buffer.chunks(interval, range(config.buffer_shards)):
                rows = split_rows(stored.chunk.rows, len(stored.chunk.identities))
                self.rows[f"{datetime.fromtimestamp(interval, UTC):%H%M}"] += [row.strip() for row in rows]


def test_ecommerce_falls_into_the_intervals_in_which_it_happened() -> None:
    found = Ingested("ingest-ecommerce.json", ECOMMERCE, "2021-05-24T19:10:00Z")
    assert {hhmm: len(rows) for hhmm, rows in found.rows.items()} == {"1915": 22, "1920": 1}
    assert "2021-05-24 19:18:28,pc_web,us,64,15.6" in found.rows["1915"]
    assert found.rows["1920"] == ["2021-05-24 19:21:15,pc_web,us,58,15.6"]
    assert found.quarantine.records() == []


def test_traffic_messages_keep_what_was_seen_and_when() -> None:
    found = Ingested("ingest-traffic.json", TRAFFIC, "2026-06-01T07:50:00Z")
    rows = [row.split(",") for row in found.rows["0755"] + found.rows["0800"]]
    assert len(rows) == len(found.records) == found.report.stored
    sent = [json.loads(record.data) for record in found.records]
    assert sorted(int(row[0]) for row in rows) == sorted(message["event_time"] for message in sent)
    for place, kind in ((2, "person"), (3, "car")):
        assert sum(bool(row[place]) for row in rows) == sum(kind in message for message in sent) > 0


def test_aggregated_zipped_and_joined_records_come_apart() -> None:
    found = Ingested("ingest-kpl.json", ECOMMERCE, "2026-06-01T09:00:00Z")
    views = {hhmm: [int(row.split(",")[3]) for row in rows] for hhmm, rows in found.rows.items()}
    assert views == {"0900": [10, 11, 12, 13, 14], "0905": [21, 21, 31, 31, 32, 41]}
    assert found.quarantine.records() == []


def test_each_bad_record_is_quarantined_for_its_reason_and_its_neighbours_are_kept() -> None:
    found = Ingested("ingest-bad-records.json", ECOMMERCE, "2026-06-01T09:00:00Z")
    bad = [record for record in found.records if record.partition_key != GOOD]
    quarantined = found.quarantine.records()
    assert [(one.reason, one.identity.sequence) for one in quarantined] == [
        (record.partition_key, record.sequence) for record in bad
    ]
    assert [one.data for one in quarantined] == [record.data for record in bad]
    assert [int(row.split(",")[3]) for row in found.rows["0900"]] == list(range(len(bad) + 1))
    assert found.report.received == len(found.records) == found.report.stored + found.report.quarantined
