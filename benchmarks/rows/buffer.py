"""Buffer: bytes and write units a record, as AWS bills them, against an item a record and against the columns alone."""

from collections.abc import Iterator

from benchmarks import ingest, naive
from benchmarks.billing import write_units
from benchmarks.lines import Line, rounded
from benchmarks.processes import alone
from benchmarks.scale import Scale
from benchmarks.sequence_numbers import PublishedNumbers

ROW = "buffer"
RATE = 1_000.0
BYTES, UNITS = "bytes", "write units"
PUBLISHED_UNITS = "write units, sequence numbers as published events show them"
NAIVE, FLOOR = "an item a record", "zlib of the columns"


def measure(scale: Scale) -> Iterator[Line]:
    """By size of batch; the cursor and all other items of a batch are counted too."""
    for size in scale.batches:
        yield from alone(lines, size, max(1, scale.records_measured // size))


def lines(size: int, count: int) -> list[Line]:
    """The figures of one size of batch."""
    events, records = ingest.batches(size, RATE, count), size * count
    scales = ingest.ingest(events)
    published = ingest.ingest(ingest.batches(size, RATE, count, PublishedNumbers))
    items = [bytes for event in events for bytes in naive.sizes(event)]
    case, stored, units = f"batches of {size:,}", rounded(scales.chunk_bytes / records), rounded(scales.units / records)
    naive_units = sum(map(write_units, items)) / records
    floor_bytes = ingest.floor(events)
    return [
        Line(ROW, case, size, BYTES, "a record", stored, NAIVE, rounded(sum(items) / records)),
        Line(ROW, case, size, BYTES, "a record", stored, FLOOR, rounded(floor_bytes / records)),
        Line(ROW, case, size, UNITS, "a record", units, NAIVE, rounded(naive_units)),
        Line(ROW, case, size, UNITS, "a record", units, FLOOR, rounded(floor_bytes / 1024 / records)),
        Line(ROW, case, size, PUBLISHED_UNITS, "a record", rounded(published.units / records)),
    ]
