"""What the functions use of AWS, in the units in which AWS bills it, seen on their way through botocore.

CPU is that of the handler alone: what the embedded AWS takes for its answers does not count.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

from botocore.hooks import BaseEventHooks

from benchmarks.billing import item_bytes, read_units, write_units
from local.function_output import OUTPUT
from local.functions import LocalFunction

PUTS: Final = {"PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "ListObjectsV2"}
GETS: Final = {"GetObject", "HeadObject"}

CPU, INVOCATIONS, LOG_BYTES = "cpu seconds", "invocations", "log bytes"
WRITE_UNITS, READ_UNITS, STORED_BYTES = "write units", "read units", "stored bytes"
S3_PUTS, S3_GETS, OBJECT_BYTES = "puts", "gets", "object bytes"
DYNAMODB_CALLS, S3_CALLS, OTHER_CALLS = "dynamodb calls", "s3 calls", "other calls"
_CALLS: Final = {"dynamodb": DYNAMODB_CALLS, "s3": S3_CALLS}
"""What a service's calls are counted as; those of all others are OTHER_CALLS."""


class Meter:
    """units: by function and unit, since the last `clear`. metrics: names of all that were emitted."""

    def __init__(self) -> None:
        self.units: Final[defaultdict[str, defaultdict[str, float]]] = defaultdict(lambda: defaultdict(float))
        self.metrics: Final[set[str]] = set()
        self._function: str | None = None
        self._away = 0.0
        self._left = 0.0

    def watch(self, events: BaseEventHooks) -> None:
        """Register on a session's events, before its clients are made."""
        events.register("provide-client-params", self._asked)
        events.register_last("request-created", self._sent)
        events.register_first("response-received", self._received)
        events.register("after-call", self._answered)

    @contextmanager
    def invocations(self) -> Iterator[None]:
        """Meter every invocation of a function in this process, while the block runs."""
        invoke, meter = LocalFunction.invoke, self

        def metered(function: LocalFunction, event: object, request_id: UUID | None = None) -> object:
            with meter._invocation(function.folder):
                return invoke(function, event, request_id)

        with patch.object(LocalFunction, "invoke", metered):
            yield

    @contextmanager
    def _invocation(self, folder: str) -> Iterator[None]:
        OUTPUT.clear()
        self._function, self._away = folder, 0.0
        before = time.process_time()
        try:
            yield
        finally:
            spent = time.process_time() - before - self._away
            printed = sum(len(line) + 1 for line in OUTPUT.lines)
            units = self.units[folder]
            units[CPU] += spent
            units[INVOCATIONS] += 1
            units[LOG_BYTES] += printed
            self.metrics.update(OUTPUT.metrics)
            self._function = None

    def _asked(self, params: dict[str, Any], event_name: str, **_: object) -> None:
        if self._function is None:
            return
        units = self.units[self._function]
        service, operation = event_name.split(".")[1:]
        units[_CALLS.get(service, OTHER_CALLS)] += 1
        units[S3_PUTS] += operation in PUTS
        units[S3_GETS] += operation in GETS
        if operation in ("PutItem", "UpdateItem", "DeleteItem"):
            values = {**params.get("Key", {}), **params.get("ExpressionAttributeValues", {})}
            size = item_bytes(params.get("Item") or values)
            units[WRITE_UNITS] += write_units(size)
            units[STORED_BYTES] += size if operation == "PutItem" else 0
        elif operation in ("PutObject", "UploadPart"):
            units[OBJECT_BYTES] += _length(params["Body"])

    def _answered(self, parsed: dict[str, Any], event_name: str, **_: object) -> None:
        if self._function is None:
            return
        if event_name.endswith((".GetItem", ".Query")):
            items = parsed.get("Items", [parsed["Item"]] if "Item" in parsed else [])
            self.units[self._function][READ_UNITS] += read_units(sum(map(item_bytes, items)))

    def _sent(self, **_: object) -> None:
        self._left = time.process_time()

    def _received(self, **_: object) -> None:
        self._away += time.process_time() - self._left


def _length(body: Any) -> int:
    if hasattr(body, "seek"):
        place = body.tell()
        end = body.seek(0, 2)
        body.seek(place)
        return int(end - place)
    return len(body)
