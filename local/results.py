"""What a run leaves in its folder: the published objects, what is in quarantine, the ledger, the alert events."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from local.redrive.entries import FAILED_BATCHES
from local.stack import LocalStack
from tidegate.aws.items import read_ledger_line
from tidegate.contracts.buffer import LedgerLine
from tidegate.contracts.quarantine import PREFIX, read_rejected
from tidegate.contracts.record import Rejected

_COUNTS: Final = ("received", "stored", "quarantined", "filtered", "duplicates", "rows", "bytes")
NAMES: Final = ("s3", "quarantine", "ledger.json", "alerts.jsonl", "failed-alerts.jsonl", "report.html")
"""What a run leaves in its folder, by name; failed-alerts.jsonl only where there are any."""


@dataclass(frozen=True, slots=True)
class Results:
    """What a run did. objects: key -> bytes of the data bucket. failed: records that were given up before ingest took
    them (in batches that failed, or larger than an event). alerts: the alert events as they were sent. errors: of each
    function that failed, how often and with what last.
    """

    objects: Mapping[str, bytes]
    rejected: Sequence[Rejected]
    failed: int
    ledger: Sequence[LedgerLine]
    alerts: Sequence[Mapping[str, object]]
    errors: Sequence[str]

    @property
    def reasons(self) -> Counter[str]:
        """Why records are in quarantine."""
        return Counter(record.reason for record in self.rejected)

    def total(self, count: str) -> int:
        """The sum of one of the ledger's counts."""
        return sum(getattr(line, count) for line in self.ledger)


def write_results(stack: LocalStack, folder: Path) -> Results:
    """Write `s3/`, `quarantine/`, `ledger.json`, `alerts.jsonl`; and `failed-alerts.jsonl` where there are any."""
    objects = dict(stack.objects("DataBucket"))
    for key, body in objects.items():
        _write(folder / "s3" / key, body)
    rejected: list[Rejected] = []
    failed = 0
    (folder / "quarantine").mkdir(exist_ok=True)
    for key, body in stack.objects("OperationsBucket", PREFIX):
        rejected += map(read_rejected, body.splitlines())
        _write(folder / "quarantine" / key.removeprefix(PREFIX), body)
    for key, body in stack.objects("OperationsBucket", FAILED_BATCHES):
        failed += int(json.loads(body)["KinesisBatchInfo"]["batchSize"])
        _write(folder / "quarantine" / key, body)
    ledger = sorted(_ledger(stack), key=lambda line: line.interval)
    _write(folder / "ledger.json", json.dumps(ledger_document(ledger), indent=1).encode() + b"\n")
    alerts = [event for queued in stack.queue.sent if isinstance(event := queued.event, dict)]
    _write(folder / "alerts.jsonl", _json_lines(alerts))
    if stack.queue.failed:
        _write(folder / "failed-alerts.jsonl", _json_lines(queued.event for queued in stack.queue.failed))
    failing = [function for function in stack.functions.values() if function.failures]
    errors = [f"{function.failures:,} calls failed, the last with {function.last_error}" for function in failing]
    return Results(objects, rejected, failed, ledger, alerts, errors)


def ledger_document(ledger: Sequence[LedgerLine]) -> dict[str, object]:
    """The ledger as JSON: `totals`, and `intervals` by time; instants are ISO 8601 in UTC."""
    totals: dict[str, object] = {name: sum(getattr(line, name) for line in ledger) for name in _COUNTS}
    totals |= {
        "intervals": len(ledger),
        "revised": sum(line.revision > 1 for line in ledger),
        "incomplete": sum(line.incomplete for line in ledger),
        "balanced": all(line.balanced for line in ledger),
    }
    return {"totals": totals, "intervals": [_line(line) for line in ledger]}


def _line(line: LedgerLine) -> dict[str, object]:
    return {
        "start": _iso(line.interval.start),
        "end": _iso(line.interval.end),
        "key": line.key,
        **{name: getattr(line, name) for name in _COUNTS},
        "revision": line.revision,
        "closed_at": _iso(line.closed_at),
        "close_delay": line.close_delay,
        "incomplete": line.incomplete,
        **({"corrupt": line.corrupt} if line.corrupt else {}),
        "balanced": line.balanced,
    }


def _ledger(stack: LocalStack) -> Iterable[LedgerLine]:
    return map(read_ledger_line, stack.items("BufferTable", "ledger#"))


def _json_lines(documents: Iterable[object]) -> bytes:
    return "".join(json.dumps(document, ensure_ascii=False) + "\n" for document in documents).encode()


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def _iso(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat().replace("+00:00", "Z")
