"""What generate needs of the world; `tidegate.aws` and `tidegate.memory` implement it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

MAX_ENTRIES: Final = 500
MAX_CALL_BYTES: Final = 5_000_000
"""What one PutRecords call takes: 500 records and 5 MB, partition keys included."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record to put."""

    partition_key: str
    data: bytes

    @property
    def size(self) -> int:
        """Bytes that count against the limit of a call."""
        return len(self.partition_key.encode()) + len(self.data)


class Producer(Protocol):
    """A stream to put records on."""

    def put(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Put at most MAX_ENTRIES entries of MAX_CALL_BYTES together; returns those that the stream did not take.

        Raises TransientError when the call as a whole failed; it is not known then which entries were taken.
        """
