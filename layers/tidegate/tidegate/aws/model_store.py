"""A detector's state: its cursor and failed intervals in the buffer's table, its snapshots in the operations bucket.

    pk                 sk                         attributes
    detect#<detector>  cursor                     start, end, snapshot, kept, series, incidents, notes, version,
                                                  live_from
    detect#<detector>  failed#<interval start>    end, place, problem, expires

A snapshot lies at `state/<detector>/<interval start>-<digest>.bin`. The digest tells damaged bytes, and keeps a slow
concurrent run, should it have read a later revision of an interval, from writing over a state that the cursor names.

The notes, an object of the same form, hold what may be larger than an item: the series of each open incident, what
people said that is tolerated, and the outbox. They are written before the cursor that names them, so that all of it
counts from one write on; the former ones are deleted after.
"""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import msgspec

from tidegate.aws.errors import aws_errors
from tidegate.aws.items import Item, number, start_text, text
from tidegate.contracts.errors import Conflict, CorruptState
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import DimensionValues
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
        self._keep("", _Notes())

    def cursor(self) -> DetectCursor | None:
        item = self._item()
        while item is not None:
            key = item["notes"]["S"] if "notes" in item else ""
            try:
                self._keep(key, self._notes if key == self._notes_key else self._read_notes(key))
            except CorruptState as error:
                again = self._item()
                if again == item:
                    self._keep("", _Notes())
                    return replace(_read_cursor(item, self._notes), fault=f"{key}: {error}")
                item = again  # another run has gone on, and deleted what it needs no longer
            else:
                return _read_cursor(item, self._notes)
        return None

    def _item(self) -> Item | None:
        with aws_errors():
            answer = self._dynamodb.get_item(TableName=self._table, Key=self._key("cursor"), ConsistentRead=True)
        return answer.get("Item")

    def _read_notes(self, key: str) -> "_Notes":
        """Raises CorruptState when they are gone or damaged."""
        return msgspec.json.decode(zlib.decompress(self.snapshot(key)), type=_Notes) if key else _Notes()

    def _put_notes(self, interval: Interval, notes: "_Notes") -> str:
        """Their key; the former one where nothing in them is new, none where there is nothing to note."""
        if notes in (self._notes, _Notes()):
            return self._notes_key if notes == self._notes else ""
        return self.put_snapshot(interval, zlib.compress(msgspec.json.encode(notes, order="deterministic")))

    def _keep(self, key: str, notes: "_Notes") -> None:
        """What a warm process need not read again."""
        self._notes_key, self._notes = key, notes

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
        notes = _Notes({one.group_id: one.members for one in cursor.incidents}, cursor.tolerated, cursor.outbox)
        key, former = self._put_notes(cursor.last, notes), self._notes_key
        if_none = "attribute_not_exists(pk) OR " if cursor.version == 1 else ""
        try:
            with aws_errors():
                self._dynamodb.put_item(
                    TableName=self._table,
                    Item={**self._key("cursor"), **_cursor_item(cursor, key)},
                    ConditionExpression=f"{if_none}version = :before",
                    ExpressionAttributeValues={":before": number(cursor.version - 1)},
                )
        except Conflict:
            if self.cursor() != cursor:  # else boto3 wrote it, and again because the first answer was lost
                raise
        self._keep(key, notes)
        if former not in ("", key):
            self.forget([former])

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


@dataclass(frozen=True, slots=True)
class _Notes:
    """members: group id -> the series of an open incident. outbox: alert events as JSON."""

    members: dict[str, frozenset[DimensionValues]] = field(default_factory=dict)
    tolerated: tuple[Tolerance, ...] = ()
    outbox: tuple[str, ...] = ()


def _cursor_item(cursor: DetectCursor, notes: str) -> Item:
    incidents = tuple(replace(incident, members=frozenset()) for incident in cursor.incidents)
    return {
        "start": number(cursor.last.start),
        "end": number(cursor.last.end),
        "snapshot": text(cursor.snapshot),
        "kept": {"L": [text(key) for key in cursor.kept]},
        "series": text(cursor.series),
        "incidents": text(msgspec.json.encode(incidents).decode()),
        "notes": text(notes),
        "version": number(cursor.version),
        "live_from": number(cursor.live_from),
    }


def _read_cursor(item: Item, notes: _Notes) -> DetectCursor:
    incidents = msgspec.json.decode(item["incidents"]["S"], type=tuple[Incident, ...])
    return DetectCursor(
        last=Interval(int(item["start"]["N"]), int(item["end"]["N"])),
        snapshot=item["snapshot"]["S"],
        kept=tuple(key["S"] for key in item["kept"]["L"]),
        series=item["series"]["S"],
        incidents=tuple(replace(one, members=notes.members.get(one.group_id, one.members)) for one in incidents),
        version=int(item["version"]["N"]),
        tolerated=notes.tolerated,
        live_from=int(item["live_from"]["N"]) if "live_from" in item else 0,
        outbox=notes.outbox,
    )
