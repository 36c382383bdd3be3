"""Quarantine in memory: the twin of `tidegate.aws.quarantine`."""

from collections.abc import Sequence
from typing import Final

from tidegate.contracts.quarantine import quarantine_object, read_rejected
from tidegate.contracts.record import Rejected


class MemoryQuarantine:
    """`tidegate.ingest.stores.Quarantine` in a dictionary.

    objects: key -> content, as they would lie in the bucket.
    """

    def __init__(self) -> None:
        self.objects: Final[dict[str, bytes]] = {}

    def put(self, rejected: Sequence[Rejected]) -> None:
        key, body = quarantine_object(rejected)
        self.objects[key] = body

    def records(self) -> list[Rejected]:
        """Everything that was ever put, by key."""
        return [read_rejected(line) for key in sorted(self.objects) for line in self.objects[key].splitlines()]
