"""Real series through `tidegate replay`: is every value in the object of its interval, and which incidents alerted?

`python -m benchmarks.replay_day SERIES.csv [--first DATE] [--days N] [--interval MINUTES] [--output DIR]`

SERIES.csv has a timestamp (`yyyy-MM-dd HH:mm:ss`, UTC), the name of the series and a value in its first three columns;
labels.csv beside it, where there is one, has the labelled incidents: series, start, end. The records go onto the stream
in order of time, as they would have. A detector of five-minute intervals scores from about 25 hours of data.
"""

import argparse
import csv
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local.alerted import alerted_groups
from local.cli import main as tidegate
from tidegate.contracts.anomaly import AnomalyGroup
from tidegate.contracts.interval import IntervalGrid

PREFIX = "intervals"
DIMENSIONS = ("series",)


@dataclass(frozen=True, slots=True)
class Row:
    time: datetime
    series: str
    value: float


def read_rows(path: Path) -> list[Row]:
    with path.open(newline="") as file:
        rows = [Row(moment(one[0]), one[1], float(one[2])) for one in list(csv.reader(file))[1:]]
    return sorted(rows, key=lambda row: row.time)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def write_records(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w") as file:
        for row in rows:
            record = {"timestamp": f"{row.time:%Y-%m-%d %H:%M:%S}", "series": row.series, "value": row.value}
            file.write(json.dumps(record) + "\n")


def replay(records: Path, minutes: int, output: Path) -> float:
    """Replay with nothing but the columns and the interval; returns seconds."""
    parameters = {
        "Measures": "value:AVG",
        "Dimensions": ",".join(DIMENSIONS),
        "TimestampColumn": "timestamp",
        "IntervalMinutes": str(minutes),
        "OutputPrefix": PREFIX,
        "BatchingWindowSeconds": "300",
    }
    settings = [word for name, value in parameters.items() for word in ("--set", f"{name}={value}")]
    began = time.monotonic()
    if tidegate(["replay", str(records), *settings, "--output", str(output)]):
        sys.exit("the replay failed")
    return time.monotonic() - began


def misplaced(rows: Sequence[Row], grid: IntervalGrid, output: Path) -> Counter[tuple[str, str, float]]:
    """(key, series, value) that are missing from their interval's object (positive), or too many there (negative)."""
    expected = Counter((grid.key(PREFIX, grid.containing(row.time.timestamp())), row.series, row.value) for row in rows)
    for path in (output / "s3").rglob("*.csv"):
        key = path.relative_to(output / "s3").as_posix()
        with path.open(newline="") as file:
            expected.subtract((key, row["series"], float(row["value"])) for row in csv.DictReader(file))
    return Counter({place: count for place, count in expected.items() if count})


def read_labels(path: Path, rows: Sequence[Row]) -> list[Mapping[str, str]]:
    """The labelled incidents that begin within the rows' time."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [one for one in csv.DictReader(file) if rows[0].time <= moment(one["start"]) <= rows[-1].time]


def hits(label: Mapping[str, str], group: AnomalyGroup) -> bool:
    if label["series"] not in {score.dimensions[0] for score in group.series}:
        return False
    return group.interval.end > moment(label["start"]).timestamp() and group.started <= moment(label["end"]).timestamp()


def tell(labels: Sequence[Mapping[str, str]], groups: Sequence[AnomalyGroup]) -> None:
    for label in labels:
        found = [group for group in groups if hits(label, group)]
        alerts = ", ".join(
            f"{datetime.fromtimestamp(one.started, UTC):%d %b %H:%M} ({one.severity:.0f})" for one in found
        )
        print(f"{label['series']} {label['start']} to {label['end']}: {alerts or 'no alert'}")
    others = [group for group in groups if not any(hits(label, group) for label in labels)]
    print(f"{len(others)} further anomalies alerted")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("series", type=Path)
    parser.add_argument("--first", help="first day, YYYY-MM-DD (default: that of the first row)")
    parser.add_argument("--days", type=int, help="how many days (default: all)")
    parser.add_argument("--interval", type=int, default=5, help="minutes (default: 5)")
    parser.add_argument("--output", type=Path, default=Path("build/replay-day"))
    options = parser.parse_args()
    rows = read_rows(options.series)
    first = moment(options.first) if options.first else rows[0].time.replace(hour=0, minute=0, second=0)
    end = first + timedelta(days=options.days) if options.days else rows[-1].time + timedelta(seconds=1)
    rows = [row for row in rows if first <= row.time < end]
    if not rows:
        sys.exit(f"{options.series} has no rows from {first} to {end}")
    options.output.mkdir(parents=True, exist_ok=True)
    records = options.output / "records.jsonl"
    write_records(records, rows)
    seconds = replay(records, options.interval, options.output)
    wrong = misplaced(rows, IntervalGrid(options.interval), options.output)
    totals: Any = json.loads((options.output / "ledger.json").read_text())["totals"]
    print(f"{len(rows):,} records, {totals['intervals']:,} intervals in {seconds:.0f} s")
    print(f"{len(rows) - sum(count for count in wrong.values() if count > 0):,} values lie in their interval's object")
    for (key, series, value), count in list(wrong.items())[:20]:
        print(f"{'missing' if count > 0 else 'too many'}: {series} {value} in {key}")
    with (options.output / "alerts.jsonl").open() as lines:
        alerts = [json.loads(line) for line in lines]
    tell(read_labels(options.series.with_name("labels.csv"), rows), alerted_groups(alerts, DIMENSIONS))
    return 1 if wrong or not totals["balanced"] else 0


if __name__ == "__main__":
    sys.exit(main())
