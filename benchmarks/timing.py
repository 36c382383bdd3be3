"""CPU times that can be compared although the machine's speed drifts."""

import time
from collections.abc import Callable, Sequence
from typing import Any


def least_seconds(works: Sequence[Callable[[], Any]], repeats: int = 5) -> list[float]:
    """The least CPU seconds of each piece of work, all of them in turn, so many times."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(repeats):
        for work, times in zip(works, seconds, strict=True):
            before = time.process_time()
            work()
            times.append(time.process_time() - before)
    return [min(times) for times in seconds]
