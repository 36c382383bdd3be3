"""What the functions ask of AWS, seen on its way through botocore.

The simulation learns from it whether another run of flush or detect can change anything; people, what was published.
"""

from collections import Counter
from typing import Any, Final

from botocore.hooks import BaseEventHooks

from tidegate.aws.items import CURSOR, LATE, WATERMARK, read_watermark
from tidegate.contracts.buffer import Watermark

type Parameters = dict[str, Any]


class Observer:
    """Registers itself on the events of a session, before its clients are made.

    calls: how often each operation was asked for, as `dynamodb.PutItem`. published: objects put into the data bucket so
    far. watermark: the last one written. moved: when each shard's cursor moved last, by the cursor's sort key. marked:
    intervals whose late marker is there, by the marker's sort key.
    messages: what was published to topics, as the parameters of Publish.
    """

    def __init__(self, events: BaseEventHooks, data_bucket: str, buffer_table: str) -> None:
        self.calls: Final[Counter[str]] = Counter()
        self.published = 0
        self.watermark: Watermark | None = None
        self.moved: Final[dict[str, float]] = {}
        self.marked: Final[set[str]] = set()
        self.messages: Final[list[Parameters]] = []
        self._sequences: Final[dict[str, str]] = {}
        self._data_bucket = data_bucket
        self._buffer_table = buffer_table
        events.register("provide-client-params", self._see)

    def _see(self, params: Parameters, event_name: str, **rest: object) -> None:
        """Botocore's event of every call, before it is made."""
        _, service, operation = event_name.split(".")
        self.calls[f"{service}.{operation}"] += 1
        if operation in ("PutObject", "CompleteMultipartUpload") and params["Bucket"] == self._data_bucket:
            self.published += 1
        elif operation == "Publish":
            self.messages.append(params)
        elif service == "dynamodb" and params.get("TableName") == self._buffer_table:
            self._see_buffer(operation, params)

    def _see_buffer(self, operation: str, params: Parameters) -> None:
        item: Parameters = params.get("Item") or params.get("Key") or {}
        place = str(item.get("sk", {}).get("S", ""))
        if operation == "PutItem" and place == WATERMARK:
            self.watermark = read_watermark(params["Item"])
        elif operation == "UpdateItem" and place.startswith(CURSOR):
            values = params["ExpressionAttributeValues"]
            if values[":sequence"]["S"] > self._sequences.get(place, ""):  # else the table refuses it
                self._sequences[place] = values[":sequence"]["S"]
                self.moved[place] = float(values[":moved"]["N"])
        elif place.startswith(LATE):
            if operation == "DeleteItem":
                self.marked.discard(place)
            elif operation in ("PutItem", "UpdateItem"):
                self.marked.add(place)
