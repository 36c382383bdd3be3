"""Stands in a function's place to see what holds it: takes more memory, or more time, than it has."""

import time
from pathlib import Path
from typing import Any, Final

PIECE: Final = 16 * 2**20
LIMITS: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where version 2 and version 1 of control groups say a container's limit."""


def handler(event: dict[str, int], context: Any) -> dict[str, object]:
    """Take event["megabytes"] and event["seconds"]; its output says how far it came."""
    limit = next(path.read_text().strip() for path in LIMITS if path.exists())
    print(f"limit {limit} remaining {context.get_remaining_time_in_millis()}", flush=True)
    taken = []
    for _ in range(event.get("megabytes", 0) * 2**20 // PIECE):
        taken.append(b"\1" * PIECE)
        print(f"taken {len(taken) * PIECE // 2**20}", flush=True)
    time.sleep(event.get("seconds", 0))
    return {"megabytes": len(taken) * PIECE // 2**20}
