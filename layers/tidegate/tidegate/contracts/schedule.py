"""What a schedule's event says: the time that an invocation stands for, which is the only "now" there is."""

from collections.abc import Mapping
from datetime import UTC, datetime

from tidegate.contracts.errors import InputError


def scheduled_time(event: Mapping[str, object]) -> float:
    """The event's `time`, ISO 8601 (UTC without an offset), as seconds since 1970 UTC.

    EventBridge rules put it there themselves; EventBridge Scheduler by the input
    `{"time": "<aws.scheduler.scheduled-time>"}`. Raises InputError when it is missing or no time.
    """
    text = event.get("time")
    try:
        moment = datetime.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        raise InputError("event", 'needs a "time" such as "2026-06-01T00:00:00Z"') from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
