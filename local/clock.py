"""The simulated clock: the one thing that says what time it is while days are replayed in seconds."""


class SimulatedClock:
    """An instant, seconds since 1970 UTC, that moves only when told, and never backwards."""

    def __init__(self, now: float) -> None:
        self._now = now

    @property
    def now(self) -> float:
        return self._now

    def advance_to(self, instant: float) -> None:
        """Move on to `instant`; ValueError when it lies in the past."""
        if instant < self._now:
            raise ValueError(f"the clock shows {self._now} and cannot go back to {instant}")
        self._now = instant
