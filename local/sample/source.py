"""Where a sample comes from. Records as a producer would put them: a file's or object's lines, a stream's records."""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from local.account import aws_problems
from local.record_files import detect_format, read_lines
from tidegate.aws.clients import kinesis_client, s3_client
from tidegate.aws.shards import KinesisShards
from tidegate.config import DetectorConfig, Function, Measure, RecordFormat
from tidegate.contracts.compressed import is_gzip
from tidegate.contracts.errors import BadRecord, InputError, TransientError
from tidegate.contracts.identity import stream_and_shard
from tidegate.contracts.record import StreamRecord
from tidegate.ingest.decode import user_records
from tidegate.ingest.reader import reader_of

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

MOST_RECORDS: Final = 10_000
_MOST_BYTES: Final = 8 * 1024 * 1024
_MOST_INFLATED_BYTES: Final = 64 * 1024 * 1024
_RECENT: Final = timedelta(minutes=15)
_MOST_SHARDS: Final = 10
_CALLS_A_SHARD: Final = 20
_STREAM: Final = re.compile(r"(?:arn:[a-z-]+:kinesis:[a-z0-9-]+:[0-9]{12}:stream/)?([a-zA-Z0-9_.-]{1,128})")
_OBJECT: Final = re.compile(r"s3://([^/]+)/(.+)")
_COMPARED: Final = 50
"""Lines that tell whether the first is a header."""
_DIGITS: Final = re.compile(rb"[-+]?[.]?[0-9]+([-+.:/ TZ0-9]|e[-+]?[0-9])*", re.IGNORECASE)
"""A number or a time."""
_ANY: Final = reader_of(DetectorConfig((Measure("any", Function.COUNT),)))
"""Lines are read as they stand: what a record is, is still to be found out."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Some records of one place.

    records: the number of each one's line (of a stream: its place in the sample), counted from 1, and its bytes.
    header: the names in a CSV file's first line, which is no record then. record_format: what a file's name and first
    byte say; None of a stream. stream_arn: of a live stream. broken: Kinesis records that could not be taken apart.
    is_part: of a file or object there was more. is_renamed: the header's names are not the file's own, which no
    parameter can give.
    """

    place: str
    records: Sequence[tuple[int, bytes]]
    header: tuple[str, ...] = ()
    record_format: RecordFormat | None = None
    stream_arn: str = ""
    broken: int = 0
    is_part: bool = False
    is_renamed: bool = False


def read_sample(source: str) -> Sample:
    """Read a sample of a path, an s3:// address, or a stream's name or ARN. Raises InputError."""
    if source.startswith("s3://"):
        return _of_object(source)
    if source.startswith("arn:") or not (Path(source).exists() or "/" in source or Path(source).suffix):
        return _of_stream(source)
    return _of_file(Path(source), source)


def _of_file(path: Path, place: str, is_cut: bool = False) -> Sample:
    """is_cut: the last line may not be whole."""
    record_format = RecordFormat(detect_format([path], {"CsvColumns": "any"})["RecordFormat"])
    lines = list(islice(read_lines([path], (), _ANY), MOST_RECORDS + 2))
    if is_cut:
        lines = lines[:-1]
    header: tuple[str, ...] = ()
    is_renamed = False
    if record_format is RecordFormat.CSV and _looks_like_names(
        lines[0].data, [line.data for line in lines[1:_COMPARED]]
    ):
        header = tuple(detect_format([path], {})["CsvColumns"].split(","))
        is_renamed = ",".join(header).encode() != lines[0].data.replace(b'"', b"")
    records = [(line.number, line.data) for line in lines[bool(header) :] if line.data.strip()]
    if not records:
        raise InputError(place, "has no records")
    is_part = is_cut or len(records) > MOST_RECORDS
    return Sample(place, records[:MOST_RECORDS], header, record_format, is_part=is_part, is_renamed=is_renamed)


def _looks_like_names(first: bytes, below: Sequence[bytes]) -> bool:
    """Is a CSV's first line a header? Where a column below holds numbers or times, its first cell is then none.

    Without such a column, a header has a name in every cell, and none twice.
    """
    names = _bare_cells(first)
    if len({*names}) < len(names):
        return False
    rows = [cells for line in below if len(cells := _bare_cells(line)) == len(names)]
    told = [place for place in range(len(names)) if rows and all(_DIGITS.fullmatch(row[place]) for row in rows)]
    return all(names) if not told else not any(_DIGITS.fullmatch(names[place]) for place in told)


def _bare_cells(line: bytes) -> list[bytes]:
    return [cell.strip(b' "\r') for cell in line.split(b",")]


def _of_object(address: str) -> Sample:
    found = _OBJECT.fullmatch(address)
    if found is None:
        raise InputError(address, "must be s3://bucket/key")
    with aws_problems(address):
        client = s3_client()
        size = client.head_object(Bucket=found[1], Key=found[2])["ContentLength"]
        if not size:
            raise InputError(address, "has no records")
        answer = client.get_object(Bucket=found[1], Key=found[2], Range=f"bytes=0-{_MOST_BYTES - 1}")
        body = answer["Body"].read()
    name, is_cut = Path(found[2]).name, size > _MOST_BYTES
    if is_gzip(body):
        body, is_cut = _inflated(address, body)
        name = name.removesuffix(".gz")
    with TemporaryDirectory(prefix="tidegate-") as folder:
        path = Path(folder, name)
        path.write_bytes(body)
        return _of_file(path, address, is_cut)


def _inflated(place: str, body: bytes) -> tuple[bytes, bool]:
    """What the beginning of a gzip file unpacks to, and whether there is more."""
    inflate = zlib.decompressobj(wbits=31)
    try:
        return inflate.decompress(body, _MOST_INFLATED_BYTES), not inflate.eof
    except zlib.error as error:
        raise InputError(place, f"is not a gzip file ({error})") from None


def _of_stream(source: str) -> Sample:
    found = _STREAM.fullmatch(source)
    if found is None:
        raise InputError(source, "is no file, no s3://bucket/key, and no name or ARN of a stream")
    place = f"stream {found[1]}"
    with aws_problems(place):
        client = kinesis_client()
        arn = client.describe_stream_summary(StreamName=found[1])["StreamDescriptionSummary"]["StreamARN"]
        since = datetime.now(UTC) - _RECENT
        payloads = list(_recent(client, found[1], since)) or list(_recent(client, found[1], None))
    pieces: list[bytes] = []
    broken = 0
    for payload in payloads:
        try:
            pieces += [one.data for one in user_records(StreamRecord("", 0, "", 0.0, payload), _lines)]
        except BadRecord:
            broken += 1
    if not pieces:
        raise InputError(place, "has no record that can be read; put some on it, or give a file")
    records = list(enumerate(pieces[:MOST_RECORDS], start=1))
    return Sample(place, records, stream_arn=arn, broken=broken)


def _recent(client: "KinesisClient", stream: str, since: datetime | None) -> Iterator[bytes]:
    """Records that arrived since then (None: from the oldest on), about as many of each shard."""
    try:
        shards = KinesisShards(client, stream).names()[-_MOST_SHARDS:]
    except TransientError as error:
        raise InputError(f"stream {stream}", f"{error}; try again") from error
    for shard in (stream_and_shard(name)[1] for name in shards):
        if since is None:
            start = client.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        else:
            start = client.get_shard_iterator(
                StreamName=stream, ShardId=shard, ShardIteratorType="AT_TIMESTAMP", Timestamp=since
            )
        yield from _read(client, start["ShardIterator"], MOST_RECORDS // len(shards))


def _read(client: "KinesisClient", iterator: str, most: int) -> Iterator[bytes]:
    for _ in range(_CALLS_A_SHARD):
        answer = client.get_records(ShardIterator=iterator, Limit=most)
        yield from (record["Data"] for record in answer["Records"])
        most -= len(answer["Records"])
        iterator = answer.get("NextShardIterator", "")
        if most <= 0 or not iterator or answer["MillisBehindLatest"] == 0:
            return


def _lines(payload: bytes) -> list[bytes]:
    """A payload's lines; a JSON document over many lines stays whole."""
    if payload.lstrip().startswith(b"{") and b"\n" in payload.strip() and not _has_objects(payload):
        return [payload]
    return [line for line in payload.split(b"\n") if line.strip()]


def _has_objects(payload: bytes) -> bool:
    return all(line.strip().endswith(b"}") for line in payload.split(b"\n") if line.strip())
