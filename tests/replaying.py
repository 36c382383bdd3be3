"""`tidegate replay` as people run it, and what it leaves in its folder."""

import csv
import gzip
import json
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cli import main


@dataclass(frozen=True, slots=True)
class Replayed:
    """The folder of a replay."""

    folder: Path

    def objects(self) -> dict[str, bytes]:
        """Key and bytes of every published object."""
        root = self.folder / "s3"
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.csv"))}

    def rows(self) -> dict[str, list[list[str]]]:
        """Interval (`YYYY-MM-DD HHMM`) -> its rows without the header."""
        return {
            _interval(key): list(csv.reader(body.decode().splitlines()))[1:] for key, body in self.objects().items()
        }

    def ledger(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.folder / "ledger.json").read_text())
        return document

    def alerts(self) -> list[dict[str, Any]]:
        with (self.folder / "alerts.jsonl").open() as lines:
            return [json.loads(line) for line in lines]

    def quarantined(self) -> list[tuple[str, bytes]]:
        """Reason and bytes of every quarantined record."""
        files = sorted((self.folder / "quarantine").rglob("*.jsonl"))
        lines = [json.loads(line) for path in files for line in path.read_text().splitlines()]
        return [(line["reason"], b64decode(line["data"])) for line in lines]

    def reasons(self) -> Counter[str]:
        return Counter(reason for reason, _ in self.quarantined())


def replay(folder: Path, records: Path | Iterable[bytes], *arguments: str, code: int = 0) -> Replayed:
    """Replay a file, or lines written to one; the command must end with this exit code."""
    if not isinstance(records, Path):
        path = folder / "records.jsonl.gz"
        path.write_bytes(gzip.compress(b"".join(line + b"\n" for line in records)))
        records = path
    output = folder / "out"
    assert main(["replay", str(records), "--output", str(output), *arguments]) == code
    return Replayed(output)


def record(**columns: object) -> bytes:
    """A record as JSON."""
    return json.dumps(columns).encode()


def settings(**parameters: str) -> list[str]:
    """`--set Name=Value` for each."""
    return [word for name, value in parameters.items() for word in ("--set", f"{name}={value}")]


def _interval(key: str) -> str:
    date, time = (part.partition("=")[2] for part in key.split("/")[-3:-1])
    return f"{date} {time}"
