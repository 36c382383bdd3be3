"""Where a sample comes from. Records as a producer would put them: a file's or object's lines, a stream's records."""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from local.account import aws_problems
from local.history.files import history_files
from local.readable import readable_again
from local.record_files import NO_RECORDS, detect_format, read_lines
from local.sample.csv_shape import COMPARED_LINES, LINES, begins_with_header, first_rows, placeholders, rows_reader
from tidegate.aws.clients import kinesis_client, s3_client
from tidegate.aws.shards import KinesisShards
from tidegate.config import RecordFormat
from tidegate.contracts.compressed import is_gzip
from tidegate.contracts.errors import BadRecord, InputError, TransientError
from tidegate.contracts.identity import stream_and_shard
from tidegate.contracts.record import StreamRecord
from tidegate.ingest.decode import user_records

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


@dataclass(frozen=True, slots=True)
class Sample:
    """Some records of one place.

    records: the number of each one's line (of a stream: its place in the sample), counted from 1, and its bytes.
    record_format: what a file's name and first byte say, of a stream most of its records. header: the names in a CSV
    file's first line, which is no record then. stream_arn: of a live stream. broken: Kinesis records that could not be
    taken apart. is_part: of a file or object there was more. is_renamed: the header's names are not the file's own,
    which no parameter can give. files: of a folder, how many it has; this is the newest of them by name.
    """

    place: str
    records: Sequence[tuple[int, bytes]]
    record_format: RecordFormat
    header: tuple[str, ...] = ()
    stream_arn: str = ""
    broken: int = 0
    is_part: bool = False
    is_renamed: bool = False
    files: int = 0


def read_sample(source: str) -> Sample:
    """Read a sample of a path (`-`: standard input), an s3:// address, or a stream's name or ARN. Raises InputError."""
    if source.startswith("s3://"):
        return _of_object(source)
    path = Path(source)
    if source.startswith("arn:") or not (source == "-" or path.exists() or "/" in source or path.suffix):
        return _of_stream(source)
    files = history_files([path])
    if path.is_dir():
        return _of_newest(files)
    with readable_again(files) as paths:
        return _of_file(paths[0], source)


def _of_newest(paths: Sequence[Path]) -> Sample:
    """A sample of the last file by name, as dates are names, that has records."""
    for path in reversed(paths):
        try:
            return replace(_of_file(path, str(path)), files=len(paths))
        except InputError as error:
            if error.problem != NO_RECORDS:
                raise
    raise InputError(str(paths[0].parent), "has no file with records")


def _of_file(path: Path, place: str, is_cut: bool = False) -> Sample:
    """is_cut: the last line may not be whole."""
    record_format = RecordFormat(detect_format([path], {"CsvColumns": "any"})["RecordFormat"])
    header, is_renamed = tuple[str, ...](), False
    if record_format is RecordFormat.CSV:
        first = [line.data for line in islice(read_lines([path], (), LINES), COMPARED_LINES)]
        rows = first_rows(first)
        if begins_with_header(rows):
            header = tuple(detect_format([path], {})["CsvColumns"].split(","))
            is_renamed = ",".join(header).encode() != first[0].replace(b'"', b"")
        columns = header or placeholders(rows)
        lines = read_lines([path], columns, rows_reader(columns))
    else:
        lines = read_lines([path], (), LINES)
    records = [(line.number, line.data) for line in islice(lines, MOST_RECORDS + 1 + is_cut)]
    if is_cut:
        records = records[:-1]
    if not records:
        raise InputError(place, NO_RECORDS)
    is_part = is_cut or len(records) > MOST_RECORDS
    return Sample(place, records[:MOST_RECORDS], record_format, header, is_part=is_part, is_renamed=is_renamed)


def _of_object(address: str) -> Sample:
    found = _OBJECT.fullmatch(address)
    if found is None:
        raise InputError(address, "must be s3://bucket/key")
    with aws_problems(address):
        client = s3_client()
        size = client.head_object(Bucket=found[1], Key=found[2])["ContentLength"]
        if not size:
            raise InputError(address, NO_RECORDS)
        answer = client.get_object(Bucket=found[1], Key=found[2], Range=f"bytes=0-{_MOST_BYTES - 1}")
        body = answer["Body"].read()
    name, is_cut = Path(found[2]).name, size > _MOST_BYTES
    if is_gzip(body):
        body, is_cut = _inflated(address, body)
        name = name.removesuffix(".gz")
    with TemporaryDirectory(prefix="tidegate-") as folder:
        path = Path(folder, name)
        path.write_bytes(body)
        try:
            return _of_file(path, address, is_cut)
        except InputError as error:
            raise InputError(error.place.replace(str(path), address), error.problem) from None


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
    whole, broken = list[bytes](), 0
    for payload in payloads:
        try:
            whole += [one.data for one in user_records(StreamRecord("", 0, "", 0.0, payload), lambda data: [data])]
        except BadRecord:
            broken += 1
    record_format, pieces = _split(whole)
    if not pieces:
        raise InputError(place, "has no record that can be read; put some on it, or give a file")
    records = list(enumerate(pieces[:MOST_RECORDS], start=1))
    return Sample(place, records, record_format, stream_arn=arn, broken=broken)


def _split(payloads: Sequence[bytes]) -> tuple[RecordFormat, list[bytes]]:
    """What most of a stream's records are, and the records that payloads hold as such."""
    lines = [line for payload in payloads for line in _lines(payload)]
    if 2 * sum(line.lstrip().startswith(b"{") for line in lines) >= len(lines):
        return RecordFormat.JSON, lines
    split = rows_reader(placeholders(first_rows(lines[:COMPARED_LINES]))).split
    return RecordFormat.CSV, [row for payload in payloads for row in split(payload)]


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
