"""Writes the canonical events of this folder anew, the same bytes each time: `python -m events.regenerate`.

Events of other names beside them are written by hand and left alone.
"""

import gzip
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Final

from local.kinesis_event import Event, kinesis_event
from local.kpl_encoder import kpl_aggregate
from local.sequence_numbers import SequenceNumbers
from tidegate.contracts.errors import Reason
from tidegate.contracts.interval import DAY_SECONDS
from tidegate.contracts.record import StreamRecord
from tidegate.generate.generator import Generator
from tidegate.generate.sample import Sample

FOLDER: Final = Path(__file__).parent
SHARD: Final = "shardId-000000000000"
STREAM_ARN: Final = "arn:aws:kinesis:eu-central-1:123456789012:stream/tidegate"
ROLE_ARN: Final = "arn:aws:iam::123456789012:role/tidegate-IngestRole"
SEED: Final = 7
GOOD: Final = "good"

type Put = tuple[str, bytes]
"""Partition key and data."""


def instant(text: str) -> int:
    """Seconds since 1970 UTC of an ISO 8601 time with its offset."""
    return int(datetime.fromisoformat(text).timestamp())


def view(event_time: str, views: object = 12, **more: object) -> dict[str, object]:
    """A record of the e-commerce scenario."""
    return {"platform": "pc_web", "marketplace": "us", "event_time": event_time, "views": views, "revenue": 15.6} | more


def line(record: object) -> bytes:
    """A record as JSON."""
    return json.dumps(record, separators=(",", ":")).encode()


def ingest_event(puts: Iterable[Put], arrival: float) -> Event:
    """Records that arrive a tenth of a second after one another."""
    numbers = SequenceNumbers(0, arrival - DAY_SECONDS, Random(SEED))
    records = []
    for place, (key, data) in enumerate(puts):
        arrived = round(arrival + place / 10, 3)
        records.append(StreamRecord(SHARD, numbers.next(arrived), key, arrived, data))
    return kinesis_event(records, STREAM_ARN, ROLE_ARN)


def ecommerce() -> Event:
    """19:18:28 and 19:21:15 lie in the intervals 19:15 and 19:20; with them, all series of a minute."""
    records = [view("2021-05-24 19:18:28", 64), view("2021-05-24 19:21:15", 58)]
    minute = Generator.named("ecommerce", SEED).minute(instant("2021-05-24T19:19:00Z"))
    puts = [("pc_web|us", line(record)) for record in records]
    return ingest_event(puts[:1] + _puts(minute) + puts[1:], instant("2021-05-24T19:21:16Z"))


def traffic() -> Event:
    """Half a minute around an interval's end; persons and cars alone and together."""
    end = instant("2026-06-01T08:00:00Z")
    minutes = Generator.named("traffic", SEED).span(end - 60, end + 60)
    samples = [sample for minute in minutes for sample in minute if end - 15 <= sample.instant < end + 15]
    return ingest_event(_puts(samples), end + 15)


def kpl() -> Event:
    """A KPL aggregate, a gzipped record of two lines, an aggregate with a record of two lines, a plain record."""
    keys = ("pc_web|us", "pc_web|uk", "pc_web|us", "pc_web|de", "pc_web|us")
    aggregate = [(key, line(view(f"2026-06-01 09:0{place}:30", 10 + place))) for place, key in enumerate(keys)]
    zipped = b"\n".join(line(view(f"2026-06-01 09:06:{second}", 21)) for second in (10, 20)) + b"\n"
    lines = b"\n".join(line(view(f"2026-06-01 09:07:{second}", 31)) for second in (10, 20))
    puts = [
        ("aggregate", kpl_aggregate(aggregate)),
        ("gzip", gzip.compress(zipped, mtime=0)),
        ("aggregate", kpl_aggregate([("pc_web|us", lines), ("pc_web|us", line(view("2026-06-01 09:07:30", 32)))])),
        ("plain", line(view("2026-06-01 09:08:00", 41))),
    ]
    return ingest_event(puts, instant("2026-06-01T09:08:01Z"))


def bad_records() -> Event:
    """Every kind of bad JSON record once, its partition key the reason, each between two good records."""
    good_view = view("2026-06-01 09:00:00")
    whole = kpl_aggregate([(GOOD, line(good_view))])
    bad = [
        (Reason.EMPTY, b""),
        (Reason.NOT_UTF8, b'{"platform":"\xff"}'),
        (Reason.NOT_JSON, line(good_view)[:-9]),
        (Reason.NOT_AN_OBJECT, b"[1,2,3]"),
        (Reason.BROKEN_GZIP, gzip.compress(line(good_view), mtime=0)[:-12]),
        (Reason.BROKEN_KPL, whole[:-1] + bytes([whole[-1] ^ 1])),
        (Reason.NO_TIMESTAMP, line({name: value for name, value in good_view.items() if name != "event_time"})),
        (Reason.BAD_TIMESTAMP, line(view("June 1st, nine o'clock"))),
        (Reason.TOO_FAR_IN_FUTURE, line(view("2026-06-02 09:00:00"))),
        (Reason.NO_MEASURE, line(view("2026-06-01 09:00:00", None, revenue=None))),
        (Reason.NOT_A_NUMBER, line(view("2026-06-01 09:00:00", "a dozen"))),
        (Reason.NOT_A_NUMBER, line(view("2026-06-01 09:00:00", float("nan")))),
        (Reason.NOT_A_NUMBER, line(view("2026-06-01 09:00:00", "Infinity"))),
        (Reason.BAD_DIMENSION, line(view("2026-06-01 09:00:00", marketplace=["us", "uk"]))),
    ]
    puts: list[Put] = [(GOOD, line(view("2026-06-01 09:00:00", 0)))]
    for place, (reason, data) in enumerate(bad, start=1):
        puts += [(reason.value, data), (GOOD, line(view(f"2026-06-01 09:00:{place:02d}", place)))]
    return ingest_event(puts, instant("2026-06-01T09:00:30Z"))


def scheduled(time: str) -> Event:
    """What the schedule gives: its own time."""
    return {"time": time}


def events() -> dict[str, Event]:
    """All events by file name."""
    return {
        "ingest-ecommerce.json": ecommerce(),
        "ingest-traffic.json": traffic(),
        "ingest-kpl.json": kpl(),
        "ingest-bad-records.json": bad_records(),
        "flush-scheduled.json": scheduled("2026-06-01T09:16:00Z"),
        "detect-scheduled.json": scheduled("2026-06-01T09:17:00Z"),
        "generate-scheduled.json": scheduled("2026-06-01T09:01:00Z"),
    }


def _puts(samples: Sequence[Sample]) -> list[Put]:
    return [(sample.partition_key, sample.text.encode()) for sample in samples]


if __name__ == "__main__":
    for name, event in events().items():
        (FOLDER / name).write_text(json.dumps(event, indent=2) + "\n")
