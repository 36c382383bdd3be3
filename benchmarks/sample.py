"""Records like those of the e-commerce sample at any rate: 108 bytes of JSON, a second of disorder on average."""

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

from tidegate.generate.ecommerce import MARKETPLACES, PLATFORMS

START: Final = 1_780_315_200
"""2026-06-01 12:00 UTC, the beginning of an interval."""

_PLATFORMS: Final = list(PLATFORMS)
_MARKETPLACES: Final = list(MARKETPLACES)
_HOUR: Final = 3_600


def record(random: Random, arrival: float) -> bytes:
    """A record that arrives then, in seconds since 1970 UTC; what it tells of happened a second before, on average."""
    views = max(0, round(random.gauss(300, 90)))
    fields = {
        "platform": random.choice(_PLATFORMS),
        "marketplace": random.choice(_MARKETPLACES),
        "event_time": f"{datetime.fromtimestamp(arrival - random.expovariate(1), UTC):%Y-%m-%d %H:%M:%S}",
        "views": views,
        "revenue": round(views * random.gauss(1.0, 0.15), 2),
    }
    return json.dumps(fields, separators=(",", ":")).encode()


def write_hours(folder: Path, hours: int, records: int) -> list[Path]:
    """So many records in the order in which they arrive, a file of JSON lines for each hour."""
    random, files = Random(1), [folder / f"{hour:02d}.jsonl" for hour in range(hours)]
    for hour, path in enumerate(files):
        places = range(records * hour // hours, records * (hour + 1) // hours)
        with path.open("wb") as file:
            file.writelines(record(random, START + place * hours * _HOUR / records) + b"\n" for place in places)
    return files
