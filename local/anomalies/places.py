"""Where anomalies lie: the table of a stack, or the alert events of a replay's folder."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Final, Protocol

import boto3

from local.account import Stack, aws_problems
from local.anomalies.feedback import Said
from local.own_files import add_to_list
from tidegate.alert.record import AnomalyRecord, Feedback
from tidegate.aws.anomalies import DynamoAnomalies
from tidegate.aws.clients import CONFIG, dynamodb_client, s3_client
from tidegate.aws.feedback import DynamoVerdicts
from tidegate.aws.model_store import AwsModelStore
from tidegate.aws.published import S3PublishedIntervals
from tidegate.config import DetectorConfig
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.errors import Conflict, InputError, MalformedAlert, TransientError
from tidegate.contracts.interval import Interval

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef

type Objects = list[tuple[str, bytes]]
"""Key and bytes of an interval's objects."""

FEEDBACK_FILE: Final = "feedback.json"


class Place(Protocol):
    """Anomalies, feedback on them, and the intervals that they were found in."""

    def records(self, since: float = 0) -> list[AnomalyRecord]:
        """Those that went on at an instant or later, seconds since 1970 UTC, in no order. Raises InputError."""

    def give_feedback(self, record: AnomalyRecord, feedback: Feedback, dimensions: Sequence[tuple[str, str]]) -> None:
        """Store it instead of what was said before, of the series with these dimension values. Raises InputError."""

    def said(self, record: AnomalyRecord) -> Said | None:
        """What people said, and what the detector makes of it; None where no detector reads it. Raises InputError."""

    def published(self, first: Interval, last: Interval, config: DetectorConfig) -> Iterator[tuple[Interval, Objects]]:
        """The intervals from the first to the last that have objects, by time. Raises InputError."""


class Account:
    """A deployed stack."""

    def __init__(self, stack: Stack) -> None:
        self._stack: Final = stack
        with aws_problems(stack.name):
            self._table: Final = DynamoAnomalies(dynamodb_client(), stack.output("AnomalyTableName"))

    def config(self) -> DetectorConfig:
        """The configuration that the stack was deployed with."""
        with aws_problems(self._stack.name):
            client = boto3.client("lambda", config=CONFIG)
            deployed = client.get_function_configuration(FunctionName=self._stack.output("AlertFunctionName"))
        return DetectorConfig.from_parameters(_variables(deployed))

    def records(self, since: float = 0) -> list[AnomalyRecord]:
        with aws_problems(self._stack.name):
            try:
                return list(self._table.everything(since))
            except TransientError as error:
                raise InputError(self._stack.name, f"{error}; try again") from error

    def give_feedback(self, record: AnomalyRecord, feedback: Feedback, dimensions: Sequence[tuple[str, str]]) -> None:
        verdicts = record.verdicts(feedback, int(time()), dimensions)
        if dimensions and not verdicts:
            raise InputError("--dimension", "no series of this anomaly has these values")
        with aws_problems(self._stack.name):
            try:
                self._table.give_feedback(record, None if dimensions else feedback, verdicts)
            except Conflict:
                raise InputError(record.event.group, "is gone: its days of retention are over") from None
            except TransientError as error:
                raise InputError(self._stack.name, f"{error}; try again") from error

    def said(self, record: AnomalyRecord) -> Said | None:
        table, bucket = self._stack.output("BufferTableName"), self._stack.output("OperationsBucketName")
        client = dynamodb_client()
        with aws_problems(self._stack.name):
            try:
                store = AwsModelStore(client, table, s3_client(), bucket, detector_name=record.detector)
                cursor = store.cursor()
                verdicts = DynamoVerdicts(client, self._stack.output("AnomalyTableName"), record.detector).all()
            except TransientError as error:
                raise InputError(self._stack.name, f"{error}; try again") from error
        return Said(verdicts, cursor.tolerated if cursor else (), self.config().alert_threshold)

    def published(self, first: Interval, last: Interval, config: DetectorConfig) -> Iterator[tuple[Interval, Objects]]:
        bucket = self._stack.output("DataBucketName")
        intervals = S3PublishedIntervals(s3_client(), bucket, config.output_prefix, config.grid)
        with aws_problems(f"s3://{bucket}"):
            try:
                at = intervals.next_after(config.grid.before(first))
                while at and at.interval.start <= last.start:
                    yield at.interval, [(key, intervals.read(key).data) for key in at.keys]
                    at = intervals.next_after(at.interval)
            except TransientError as error:
                raise InputError(f"s3://{bucket}", f"{error}; try again") from error


def _variables(deployed: "FunctionConfigurationResponseTypeDef") -> dict[str, str]:
    return dict(deployed.get("Environment", {}).get("Variables", {}))


class Folder:
    """What `tidegate replay` or `tidegate demo` wrote. Feedback lies beside it, in feedback.json, for people only."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder

    def records(self, since: float = 0) -> list[AnomalyRecord]:
        path = self._folder / "alerts.jsonl"
        found: dict[str, AnomalyRecord] = {}
        try:
            with path.open() as lines:  # not `splitlines`, which knows ends of lines that JSON does not
                for number, line in enumerate(lines, 1):
                    event = _read_event(f"{path}, line {number}", line)
                    known = found.get(event.alert_event_id)
                    found[event.alert_event_id] = known.merged(event) if known else AnomalyRecord.of(event)
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"--local {self._folder}", self._unreadable(error)) from None
        said = self._feedback()
        chosen = {name: record for name, record in found.items() if record.latest >= since}
        return [record.judged(Feedback(said[name]) if name in said else None) for name, record in chosen.items()]

    def _unreadable(self, error: OSError | UnicodeDecodeError) -> str:
        if isinstance(error, FileNotFoundError) and (self._folder / "anomalies.json").exists():
            return "is of `tidegate backtest`, which sends no alerts: see its anomalies.json and report.html"
        return f"alerts.jsonl cannot be read: {error.strerror if isinstance(error, OSError) else 'no UTF-8'}"

    def give_feedback(self, record: AnomalyRecord, feedback: Feedback, dimensions: Sequence[tuple[str, str]]) -> None:
        if dimensions:
            raise InputError("--dimension", "is for a stack: in a folder feedback is kept of the whole anomaly")
        said = self._feedback() | {record.event_id: feedback.value}
        path = self._folder / FEEDBACK_FILE
        try:
            path.write_text(json.dumps(said, indent=1) + "\n")
            add_to_list(self._folder, FEEDBACK_FILE)  # it is no data of anybody who reads the folder
        except OSError as error:
            raise InputError(str(path), f"cannot be written: {error.strerror}") from None

    def published(self, first: Interval, last: Interval, config: DetectorConfig) -> Iterator[tuple[Interval, Objects]]:
        root = self._folder / "s3"
        found: dict[Interval, Objects] = {}
        for path in sorted(root.rglob("*")):
            key = path.relative_to(root).as_posix()
            interval = config.grid.from_key(key)
            if interval and first.start <= interval.start <= last.start and path.is_file():
                found.setdefault(interval, []).append((key, path.read_bytes()))
        yield from sorted(found.items())

    def said(self, record: AnomalyRecord) -> None:
        return None

    def _feedback(self) -> dict[str, str]:
        path = self._folder / FEEDBACK_FILE
        if not path.exists():
            return {}
        try:
            said = json.loads(path.read_text())
            return {str(name): Feedback(answer).value for name, answer in said.items()}
        except (OSError, ValueError, AttributeError) as error:
            raise InputError(str(path), f"is no feedback that this command wrote: {error}") from None


def _read_event(place: str, line: str) -> AlertEvent:
    try:
        return AlertEvent.parse(json.loads(line))
    except (ValueError, MalformedAlert) as error:
        raise InputError(place, str(error)) from None
