"""Where records lie that may be sent again: the operations bucket, or the folder of a replay.

After an object's records have been sent it moves below `redriven/`. Only the version that was read is removed: when
ingest finds the same records bad again it may write the very same key, and that version stays.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import batched, chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from local.account import aws_problems
from local.redrive.entries import (
    FAILED_BATCHES,
    IOT_ERRORS,
    Batch,
    Place,
    Quarantined,
    read_batch,
    read_iot_error,
    read_quarantined,
)
from tidegate.contracts.errors import InputError
from tidegate.contracts.quarantine import PREFIX

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CopySourceTypeDef

REDRIVEN: Final = "redriven/"
_READERS: Final = 16
_AHEAD: Final = 64


class Places(Protocol):
    """Objects that may be sent again; the bucket and the folder."""

    def quarantined(self) -> Iterator[Quarantined]:
        """Every object of quarantine, by key; then the messages that the IoT rule could not put on the stream."""

    def batches(self) -> Iterator[Batch]:
        """Every failed batch, by key: as its shard had them."""


class Bucket:
    """The operations bucket. Raises InputError for whatever S3 refuses.

    timestamp_column: what the IoT rule stamps messages with. now: when those arrive that it could not put on the
    stream, seconds since 1970 UTC.
    """

    def __init__(self, client: "S3Client", bucket: str, timestamp_column: str, now: float) -> None:
        self._client: Final = client
        self._bucket: Final = bucket
        self._read_iot_error: Final = partial(read_iot_error, timestamp_column=timestamp_column, now=now)

    def quarantined(self) -> Iterator[Quarantined]:
        return chain(self._all(PREFIX, read_quarantined), self._all(IOT_ERRORS, self._read_iot_error))

    def batches(self) -> Iterator[Batch]:
        return self._all(FAILED_BATCHES, read_batch)

    def put(self, key: str, body: bytes) -> None:
        with aws_problems(f"s3://{self._bucket}/{key}"):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/x-ndjson")

    def copy(self, place: Place, key: str) -> None:
        """Copy the version that was read to another key."""
        source: CopySourceTypeDef = {"Bucket": self._bucket, "Key": place.key, "VersionId": place.version}
        with aws_problems(f"s3://{self._bucket}/{place.key}"):
            self._client.copy_object(Bucket=self._bucket, Key=key, CopySource=source)

    def remove(self, place: Place) -> None:
        """Remove the version that was read, and no newer one."""
        with aws_problems(f"s3://{self._bucket}/{place.key}"):
            self._client.delete_object(Bucket=self._bucket, Key=place.key, VersionId=place.version)

    def _all[Entry](self, prefix: str, read: Callable[[Place, bytes], Entry]) -> Iterator[Entry]:
        """The objects that are there now; what sending brings back into quarantine is not among them."""
        return self._read(list(self._keys(prefix)), read)

    def _read[Entry](self, keys: Sequence[str], read: Callable[[Place, bytes], Entry]) -> Iterator[Entry]:
        def fetch(key: str) -> Entry | None:
            with aws_problems(f"s3://{self._bucket}/{key}"):
                try:
                    answer = self._client.get_object(Bucket=self._bucket, Key=key)
                except self._client.exceptions.NoSuchKey:
                    return None  # it expired, or another redrive has moved it
                body = answer["Body"].read()
            if "VersionId" not in answer:
                raise InputError(f"s3://{self._bucket}", "keeps no versions; the bucket of template.yaml does")
            return read(Place(key, answer["VersionId"]), body)

        with ThreadPoolExecutor(_READERS) as pool:
            for ahead in batched(keys, _AHEAD, strict=False):
                yield from (found for found in pool.map(fetch, ahead) if found is not None)

    def _keys(self, prefix: str) -> Iterator[str]:
        with aws_problems(f"s3://{self._bucket}"):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
                yield from (item["Key"] for item in page.get("Contents", []))


class Folder:
    """What a replay wrote: `quarantine/`, with the failed batches in it. Only to look at."""

    def __init__(self, path: Path) -> None:
        self._path: Final = path / PREFIX
        if not self._path.is_dir():
            raise InputError(f"--local {path}", "is no folder that `tidegate replay` wrote: it has no quarantine/")

    def quarantined(self) -> Iterator[Quarantined]:
        for path in sorted(self._path.glob("date=*/*.jsonl")):
            yield read_quarantined(Place(str(path)), path.read_bytes())

    def batches(self) -> Iterator[Batch]:
        for path in sorted((self._path / FAILED_BATCHES).rglob("*")):
            if path.is_file():
                yield read_batch(Place(str(path)), path.read_bytes())
