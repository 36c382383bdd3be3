"""An action in memory."""

from tidegate.alert.record import AnomalyRecord, Notice


class MemoryAction:
    """`Action` that keeps what was done, in order."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Notice]] = []

    def act(self, record: AnomalyRecord, notice: Notice) -> None:
        self.done.append((record.event_id, notice))
