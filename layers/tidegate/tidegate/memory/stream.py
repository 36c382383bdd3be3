"""A stream in memory to put records on."""

from collections.abc import Callable, Sequence

from tidegate.generate.stores import MAX_CALL_BYTES, MAX_ENTRIES, Entry


class MemoryProducer:
    """`tidegate.generate.stores.Producer` that keeps what it takes.

    taken: the entries taken, in order. calls: how many entries each call had. refuses: whether to refuse an entry (the
    number of the call from 0, the entry), as a shard does that is written to too fast.
    """

    def __init__(self, refuses: Callable[[int, Entry], bool] = lambda call, entry: False) -> None:
        self.taken: list[Entry] = []
        self.calls: list[int] = []
        self.refuses = refuses

    def put(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Take what is not refused; ValueError when AWS would refuse the whole call for its size."""
        if not 1 <= len(entries) <= MAX_ENTRIES or sum(entry.size for entry in entries) > MAX_CALL_BYTES:
            raise ValueError(f"a call of {len(entries)} entries")
        call = len(self.calls)
        self.calls.append(len(entries))
        refused = [entry for entry in entries if self.refuses(call, entry)]
        self.taken += [entry for entry in entries if not self.refuses(call, entry)]
        return refused
