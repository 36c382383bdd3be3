"""The published intervals in S3.

An object of up to one part is written by PutObject, a larger one by a multipart upload of parts that are never kept
together. Both are conditional and both appear whole or not at all. What flush must know of an object before it
replaces it stands in the object's metadata.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tidegate.aws.errors import aws_errors
from tidegate.contracts.errors import Conflict
from tidegate.flush.stores import Published

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES: Final = 8 * 1024 * 1024
"""S3 takes parts from 5 MB and at most 10,000 of them: intervals of up to 84 GB."""

CONTENT_TYPE: Final = "text/csv"
_INCOMPLETE: Final = "tidegate-incomplete"
_GONE: Final = frozenset({"NoSuchKey", "NoSuchUpload"})
"""The object to be replaced was deleted, or the upload ended by another attempt at its last call."""


class S3Objects:
    """`IntervalObjects` in a bucket; tags are ETags."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def published(self, key: str) -> Published | None:
        """From the object's metadata; an object without them counts as revision 0 made of no records."""
        try:
            with aws_errors():
                head = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] == "404":
                return None
            raise
        given = head["Metadata"].get
        return Published(
            revision=int(given("tidegate-revision", "0")),
            stored=int(given("tidegate-stored", "0")),
            rows=int(given("tidegate-rows", "0")),
            bytes=head["ContentLength"],
            incomplete=says_incomplete(head["Metadata"]),
            tag=head["ETag"],
        )

    def put(self, key: str, body: Iterable[bytes], facts: Published, replaces: str | None) -> Published:
        condition = {"IfNoneMatch": "*"} if replaces is None else {"IfMatch": replaces}
        parts = _parts(body)
        first, second = next(parts), next(parts, None)
        try:
            with aws_errors():
                if second is None:
                    return self._put_whole(key, first, facts, condition)
                return self._put_in_parts(key, chain((first, second), parts), facts, condition)
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                raise Conflict(str(error)) from error
            raise

    def _put_whole(self, key: str, body: bytes, facts: Published, condition: dict[str, Any]) -> Published:
        answer = self._client.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=body,
            ContentType=CONTENT_TYPE,
            Metadata=_metadata(facts),
            **condition,
        )
        return replace(facts, bytes=len(body), tag=answer["ETag"])

    def _put_in_parts(self, key: str, parts: Iterable[bytes], facts: Published, condition: dict[str, Any]) -> Published:
        upload = self._client.create_multipart_upload(
            Bucket=self._bucket, Key=key, ContentType=CONTENT_TYPE, Metadata=_metadata(facts)
        )
        place: Any = {"Bucket": self._bucket, "Key": key, "UploadId": upload["UploadId"]}
        done: list[CompletedPartTypeDef] = []
        size = 0
        with ExitStack() as undo:
            undo.callback(self._client.abort_multipart_upload, **place)
            for number, part in enumerate(parts, start=1):
                answer = self._client.upload_part(**place, PartNumber=number, Body=part)
                done.append({"PartNumber": number, "ETag": answer["ETag"]})
                size += len(part)
            completed = self._client.complete_multipart_upload(**place, MultipartUpload={"Parts": done}, **condition)
            undo.pop_all()
        return replace(facts, bytes=size, tag=completed["ETag"])


def says_incomplete(metadata: Mapping[str, str]) -> bool:
    """Do an object's metadata say that records may be missing?"""
    return metadata.get(_INCOMPLETE) == "true"


def _metadata(facts: Published) -> dict[str, str]:
    return {
        "tidegate-revision": str(facts.revision),
        "tidegate-stored": str(facts.stored),
        "tidegate-rows": str(facts.rows),
        _INCOMPLETE: str(facts.incomplete).lower(),
    }


def _parts(body: Iterable[bytes]) -> Iterator[bytes]:
    """The body in pieces of PART_BYTES, the last one shorter; at least one."""
    held = bytearray()
    for piece in body:
        held += piece
        while len(held) > PART_BYTES:
            yield bytes(held[:PART_BYTES])
            del held[:PART_BYTES]
    yield bytes(held)
