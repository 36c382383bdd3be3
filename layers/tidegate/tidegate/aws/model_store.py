"""A detector's state: its cursor and failed intervals in the buffer's table, its snapshots in the operations bucket.

    pk                 sk                         attributes
    detect#<detector>  cursor                     start, end, snapshot, kept, series, incidents, version,
                                                  tolerated, live_from
    detect#<detector>  failed#<interval start>    end, place, problem, expires

A snapshot lies at `state/<detector>/<interval start>-<digest>.bin`. The digest tells damaged bytes, and keeps a slow
concurrent run, should it have read a later revision of an interval, from writing over a state that the cursor names.
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from tidegate.aws.errors import aws_errors
from tidegate.aws.items import Item, number, start_text, text
from tidegate.contracts.errors import Conflict, CorruptState
from tidegate.contracts.interval import Interval
from tidegate.detect.feedback import Tolerance
from tidegate.detect.incidents import Incident
from tidegate.detect.stores import DetectCursor, Failure

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

DIGEST_CHARACTERS: Final = 16


class AwsModelStore:
    """`ModelStore` of one detector."""

    def __init__(
        self, dynamodb: "DynamoDBClient", table: str, s3: "S3Client", bucket: str, *, detector_name: str
    ) -> None:
        self._dynamodb, self._table = dynamodb, table
        self._s3, self._bucket = s3, bucket
        self._detector = detector_name

    def cursor(self) -> DetectCursor | None:
        with aws_errors():
            answer = self._dynamodb.get_item(TableName=self._table, Key=self._key("cursor"), ConsistentRead=True)
        return _read_cursor(answer["Item"]) if "Item" in answer else None

    def snapshot(self, key: str) -> bytes:
        with aws_errors():
            try:
                payload = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except self._s3.exceptions.NoSuchKey:
                raise CorruptState("the snapshot is gone") from None
        if not key.endswith(f"-{_digest(payload)}.bin"):
            raise CorruptState(f"the snapshot is damaged: its digest is {_digest(payload)}")
        return payload

    def put_snapshot(self, interval: Interval, payload: bytes) -> str:
        key = f"state/{self._detector}/{start_text(interval.start)}-{_digest(payload)}.bin"
        with aws_errors():
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=payload)
        return key

    def advance(self, cursor: DetectCursor) -> None:
        if_none = "attribute_not_exists(pk) OR " if cursor.version == 1 else ""
        try:
            with aws_errors():
                self._dynamodb.put_item(
                    TableName=self._table,
                    Item={**self._key("cursor"), **_cursor_item(cursor)},
                    ConditionExpression=f"{if_none}version = :before",
                    ExpressionAttributeValues={":before": number(cursor.version - 1)},
                )
        except Conflict:
            if self.cursor() != cursor:  # else boto3 wrote it, and again because the first answer was lost
                raise

    def forget(self, keys: Sequence[str]) -> None:
        for key in keys:
            with aws_errors():
                self._s3.delete_object(Bucket=self._bucket, Key=key)

    def put_failure(self, failure: Failure, expires: int) -> None:
        item = {
            **self._key(f"failed#{start_text(failure.interval.start)}"),
            "end": number(failure.interval.end),
            "place": text(failure.place),
            "problem": text(failure.problem),
            "expires": number(expires),
        }
        with aws_errors():
            self._dynamodb.put_item(TableName=self._table, Item=item)

    def _key(self, sort_key: str) -> Item:
        return {"pk": text(f"detect#{self._detector}"), "sk": text(sort_key)}


def _digest(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()[:DIGEST_CHARACTERS]


def _cursor_item(cursor: DetectCursor) -> Item:
    return {
        "start": number(cursor.last.start),
        "end": number(cursor.last.end),
        "snapshot": text(cursor.snapshot),
        "kept": {"L": [text(key) for key in cursor.kept]},
        "series": text(cursor.series),
        "incidents": text(msgspec.json.encode(cursor.incidents).decode()),
        "version": number(cursor.version),
        "tolerated": text(msgspec.json.encode(cursor.tolerated).decode()),
        "live_from": number(cursor.live_from),
    }


def _read_cursor(item: Item) -> DetectCursor:
    return DetectCursor(
        last=Interval(int(item["start"]["N"]), int(item["end"]["N"])),
        snapshot=item["snapshot"]["S"],
        kept=tuple(key["S"] for key in item["kept"]["L"]),
        series=item["series"]["S"],
        incidents=msgspec.json.decode(item["incidents"]["S"], type=tuple[Incident, ...]),
        version=int(item["version"]["N"]),
        tolerated=_read_tolerated(item),
        live_from=int(item["live_from"]["N"]) if "live_from" in item else 0,
    )


def _read_tolerated(item: Item) -> tuple[Tolerance, ...]:
    """What is tolerated; nothing in a cursor of an earlier release."""
    return msgspec.json.decode(item["tolerated"]["S"], type=tuple[Tolerance, ...]) if "tolerated" in item else ()
