"""The buffer in DynamoDB; `tidegate.aws.items` draws its table."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from secrets import randbits
from typing import TYPE_CHECKING, Any

from tidegate.aws.errors import aws_errors
from tidegate.aws.items import (
    BACKFILL,
    CURSOR,
    LATE,
    WATERMARK,
    Item,
    backfill_item,
    chunk_partition,
    chunk_sort_key,
    cursor_item,
    ledger_item,
    ledger_key,
    number,
    read_backfill,
    read_chunk,
    read_cursor,
    read_ledger_line,
    read_marker,
    read_watermark,
    start_text,
    text,
    watermark_item,
)
from tidegate.contracts.buffer import Backfill, Cursor, LateMarker, LedgerLine, Watermark
from tidegate.contracts.chunk import Chunk
from tidegate.contracts.errors import Conflict
from tidegate.contracts.interval import Interval
from tidegate.flush.stores import BrokenChunk, Control, StoredChunk, refuse

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


class DynamoBuffer:
    """`IngestBuffer` and `FlushBuffer` of one detector. Reads are strongly consistent, all of them."""

    def __init__(self, client: "DynamoDBClient", table: str, detector_name: str) -> None:
        self._client = client
        self._table = table
        self._detector = detector_name

    def cursor(self, shard: str) -> Cursor | None:
        item = self._get(self._control_key(CURSOR + shard))
        return read_cursor(item) if item else None

    def claim_bucket(self, shard: str, bucket: int) -> int:
        before = self._put_new({**self._control_key(CURSOR + shard), **cursor_item(Cursor(shard, bucket, 0, 0.0))})
        return read_cursor(before).bucket if before else bucket

    def put_chunk(self, chunk: Chunk, bucket: int, expires: int) -> bool:
        partition = text(chunk_partition(self._detector, chunk.interval_start, bucket))
        key, payload = chunk.key, chunk.encode()
        for place in count():
            item_key = {"pk": partition, "sk": text(chunk_sort_key(key, place))}
            stored = self._put_new({**item_key, "p": {"B": payload}, "expires": number(expires)})
            if stored is None:
                return True
            if bytes(stored["p"]["B"]) == payload:
                self._count_delivery(item_key)
                return False
        raise AssertionError("count() has no end")

    def _put_new(self, item: Item) -> Item | None:
        """Put an item where there is none; else return the one that is there."""
        with aws_errors():
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except self._client.exceptions.ConditionalCheckFailedException as taken:
                response: Any = taken.response
                found: Item = response["Item"]
                return found
        return None

    def _count_delivery(self, key: Item) -> None:
        with aws_errors():
            self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression="ADD n :one",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":one": number(1)},
            )

    def watermark(self) -> Watermark | None:
        item = self._get(self._control_key(WATERMARK))
        return read_watermark(item) if item else None

    def mark_late(self, interval_start: int, has_records: bool) -> None:
        # The count begins at a random number, so that a marker that was deleted and left anew has a version never seen.
        update = "SET version = if_not_exists(version, :seed) + :one"
        values = {":seed": number(randbits(62)), ":one": number(1)}
        if has_records:
            update += ", has_records = :yes"
            values[":yes"] = {"BOOL": True}
        with aws_errors():
            self._client.update_item(
                TableName=self._table,
                Key=self._control_key(LATE + start_text(interval_start)),
                UpdateExpression=update,
                ExpressionAttributeValues=values,
            )

    def advance(self, cursor: Cursor) -> None:
        try:
            with aws_errors():
                self._client.update_item(
                    TableName=self._table,
                    Key=self._control_key(CURSOR + cursor.shard),
                    UpdateExpression="SET #b = if_not_exists(#b, :bucket), #s = :sequence, #a = :arrival, #m = :moved",
                    ConditionExpression="attribute_not_exists(pk) OR #s < :sequence",
                    ExpressionAttributeNames={"#b": "bucket", "#s": "sequence", "#a": "arrival", "#m": "moved"},
                    ExpressionAttributeValues={f":{name}": value for name, value in cursor_item(cursor).items()},
                )
        except Conflict:
            return  # it is further already

    def control(self) -> Control:
        watermark: Watermark | None = None
        cursors: list[Cursor] = []
        markers: list[LateMarker] = []
        backfill: Backfill | None = None
        for item in self._query(f"control#{self._detector}"):
            place = item["sk"]["S"]
            if place.startswith(CURSOR):
                cursors.append(read_cursor(item))
            elif place.startswith(LATE):
                markers.append(read_marker(item))
            elif place == WATERMARK:
                watermark = read_watermark(item)
            elif place == BACKFILL:
                backfill = read_backfill(item)
        return Control(watermark, tuple(cursors), tuple(markers), backfill)

    def put_watermark(self, watermark: Watermark) -> None:
        self._put_next({**self._control_key(WATERMARK), **watermark_item(watermark)}, watermark.version)

    def put_backfill(self, backfill: Backfill) -> None:
        self._put_next({**self._control_key(BACKFILL), **backfill_item(backfill)}, backfill.version)

    def delete_backfill(self, backfill: Backfill) -> None:
        self._delete_version(BACKFILL, backfill.version)

    def chunks(
        self, interval_start: int, buckets: Sequence[int], broken: Callable[[BrokenChunk], None] = refuse
    ) -> Iterator[StoredChunk]:
        parts = (self._query(chunk_partition(self._detector, interval_start, bucket)) for bucket in buckets)
        for item in heapq.merge(*parts, key=lambda item: item["sk"]["S"]):
            found = read_chunk(interval_start, item)
            if isinstance(found, BrokenChunk):
                broken(found)
            else:
                yield found

    def keep_broken(self, broken: BrokenChunk) -> None:
        try:
            with aws_errors():
                self._client.update_item(
                    TableName=self._table,
                    Key={"pk": text(broken.partition), "sk": text(broken.key)},
                    UpdateExpression="SET corrupt = :problem REMOVE expires",
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeValues={":problem": text(broken.problem)},
                )
        except Conflict:
            return  # it is gone: somebody has removed it

    def delete_marker(self, marker: LateMarker) -> None:
        self._delete_version(LATE + start_text(marker.interval_start), marker.version)

    def ledger_line(self, interval: Interval) -> LedgerLine | None:
        item = self._get(ledger_key(self._detector, interval))
        return read_ledger_line(item) if item else None

    def put_ledger_line(self, line: LedgerLine) -> None:
        newest = "attribute_not_exists(pk) OR revision < :revision OR (revision = :revision AND received <= :received)"
        values = {":revision": number(line.revision), ":received": number(line.received)}
        try:
            self._put_if({**ledger_key(self._detector, line.interval), **ledger_item(line)}, newest, values)
        except Conflict:
            return  # a newer render has written its line

    def _control_key(self, place: str) -> dict[str, "AttributeValueTypeDef"]:
        return {"pk": text(f"control#{self._detector}"), "sk": text(place)}

    def _put_next(self, item: Item, version: int) -> None:
        """Put the next version of an item over the one before, the first where there is none; raises Conflict."""
        if version == 1:
            self._put_if(item, "attribute_not_exists(pk)")
        else:
            self._put_if(item, "version = :before", {":before": number(version - 1)})

    def _delete_version(self, place: str, version: int) -> None:
        """Delete a control item in this version only."""
        try:
            with aws_errors():
                self._client.delete_item(
                    TableName=self._table,
                    Key=self._control_key(place),
                    ConditionExpression="version = :read",
                    ExpressionAttributeValues={":read": number(version)},
                )
        except Conflict:
            return  # a newer one has taken its place, or it is gone

    def _put_if(self, item: Item, condition: str, values: Item | None = None) -> None:
        """Put an item on a condition; raises Conflict."""
        arguments: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}  # never an empty one
        with aws_errors():
            self._client.put_item(TableName=self._table, Item=item, ConditionExpression=condition, **arguments)

    def _get(self, key: Item) -> Item | None:
        with aws_errors():
            return self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")

    def _query(self, partition: str) -> Iterator[Item]:
        """A partition's items by ascending sort key, page by page."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": text(partition)},
            ConsistentRead=True,
        )
        with aws_errors():
            for page in pages:
                yield from page["Items"]
