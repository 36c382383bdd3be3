"""A detector's state in memory: the twin of `tidegate.aws.model_store`."""

import hashlib
from collections.abc import Sequence

from tidegate.contracts.errors import Conflict, CorruptState
from tidegate.contracts.interval import Interval
from tidegate.detect.stores import DetectCursor, Failure


class MemoryModelStore:
    """`ModelStore` in dictionaries. snapshots: by key. failures: by interval."""

    def __init__(self) -> None:
        self._cursor: DetectCursor | None = None
        self.snapshots: dict[str, bytes] = {}
        self.failures: dict[Interval, Failure] = {}

    def cursor(self) -> DetectCursor | None:
        return self._cursor

    def snapshot(self, key: str) -> bytes:
        if key not in self.snapshots:
            raise CorruptState("the snapshot is gone")
        return self.snapshots[key]

    def put_snapshot(self, interval: Interval, payload: bytes) -> str:
        key = f"{interval.start:010d}-{hashlib.sha256(payload).hexdigest()[:16]}"
        self.snapshots[key] = payload
        return key

    def advance(self, cursor: DetectCursor) -> None:
        stored = self._cursor.version if self._cursor else 0
        if stored != cursor.version - 1:
            raise Conflict(f"the cursor has version {stored}, not {cursor.version - 1}")
        self._cursor = cursor

    def forget(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.snapshots.pop(key, None)

    def put_failure(self, failure: Failure, expires: int) -> None:
        self.failures[failure.interval] = failure
