"""The table of anomalies in DynamoDB: an item an incident.

    pk                  sk              attributes
    anomaly#<detector>  <alertEventId>  group, measure, kind, started, latest, ended_at, outcome, severity, state,
                                        event, peaks, version, expires; feedback; for each step <s>:
                                        <s>_told, <s>_owner, <s>_until

`event` is the alert event as JSON, `peaks` too. Claims, steps and feedback are attributes of their own, written by
updates that touch nothing else, so that a merge never undoes them. `<s>_told` is when the step was done; `<s>_owner`
and `<s>_until` are who claims it and until when. Feedback is also written for the detector to read (feedback.py).
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from tidegate.alert.record import AnomalyRecord, Feedback
from tidegate.alert.stores import Claim, Claimed
from tidegate.aws.errors import aws_errors
from tidegate.aws.feedback import feedback_partition, read_verdicts, verdicts_text
from tidegate.aws.items import Item, number, text
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.anomaly import Outcome
from tidegate.contracts.errors import Conflict
from tidegate.contracts.feedback import Peak, Verdict, merged_verdicts
from tidegate.contracts.incident_facts import IncidentState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


_TOLD: Final = "_told"


class DynamoAnomalies:
    """`Anomalies` in one table. Reads are strongly consistent."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, detector: str, event_id: str) -> AnomalyRecord | None:
        with aws_errors():
            answer = self._client.get_item(TableName=self._table, Key=_key(detector, event_id), ConsistentRead=True)
        return _read_record(answer["Item"]) if "Item" in answer else None

    def put(self, record: AnomalyRecord, expires: int) -> None:
        values = {**record_values(record), "expires": number(expires)}
        is_first = record.version == 1
        with aws_errors():
            self._client.update_item(
                TableName=self._table,
                Key=_key(record.detector, record.event_id),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
                ConditionExpression="attribute_not_exists(version)" if is_first else "version = :before",
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues={f":{name}": value for name, value in values.items()}
                | ({} if is_first else {":before": number(record.version - 1)}),
            )

    def claim(self, record: AnomalyRecord, step: str, claim: Claim) -> Claimed:
        try:
            with aws_errors():
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(record.detector, record.event_id),
                    UpdateExpression="SET #o = :owner, #u = :until",
                    ConditionExpression="attribute_not_exists(#t) AND "
                    "(attribute_not_exists(#o) OR #o = :owner OR #u <= :now)",
                    ExpressionAttributeNames={"#t": f"{step}_told", "#o": f"{step}_owner", "#u": f"{step}_until"},
                    ExpressionAttributeValues={
                        ":owner": text(claim.owner),
                        ":until": number(claim.until),
                        ":now": number(claim.now),
                    },
                )
        except Conflict:
            stored = self.get(record.detector, record.event_id)
            return Claimed.TOLD if stored and step in stored.told else Claimed.HELD
        return Claimed.MINE

    def confirm(self, record: AnomalyRecord, step: str, now: float) -> AnomalyRecord:
        with aws_errors():
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(record.detector, record.event_id),
                UpdateExpression="SET #t = :now REMOVE #o, #u",
                ExpressionAttributeNames={"#t": f"{step}_told", "#o": f"{step}_owner", "#u": f"{step}_until"},
                ExpressionAttributeValues={":now": number(now)},
                ReturnValues="ALL_NEW",
            )
        return _read_record(answer["Attributes"])

    def release(self, record: AnomalyRecord, step: str, claim: Claim) -> None:
        try:
            with aws_errors():
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(record.detector, record.event_id),
                    UpdateExpression="REMOVE #o, #u",
                    ConditionExpression="#o = :owner",
                    ExpressionAttributeNames={"#o": f"{step}_owner", "#u": f"{step}_until"},
                    ExpressionAttributeValues={":owner": text(claim.owner)},
                )
        except Conflict:
            return  # taken over by another

    def everything(self, since: float = 0) -> Iterator[AnomalyRecord]:
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="begins_with(pk, :anomalies) AND latest >= :since",
            ExpressionAttributeValues={":anomalies": text("anomaly#"), ":since": number(max(since, 0))},
            ConsistentRead=True,
        )
        with aws_errors():
            for page in pages:
                yield from map(_read_record, page["Items"])

    def give_feedback(self, record: AnomalyRecord, feedback: Feedback | None, verdicts: Sequence[Verdict]) -> None:
        with aws_errors():
            stored = self._judged(_key(record.detector, record.event_id), feedback)
            key = {"pk": text(feedback_partition(record.detector)), "sk": text(record.event_id)}
            said = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
            whole = merged_verdicts(read_verdicts(said) if said else (), verdicts)
            item = {**key, "verdicts": text(verdicts_text(whole)), "expires": stored["expires"]}
            self._client.put_item(TableName=self._table, Item=item)

    def _judged(self, key: Item, feedback: Feedback | None) -> Item:
        """A record's item, with feedback on the whole if there is any."""
        if feedback is None:
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
            if "Item" not in answer:
                raise Conflict("the record is gone")
            return answer["Item"]
        return self._client.update_item(
            TableName=self._table,
            Key=key,
            UpdateExpression="SET feedback = :feedback",
            ConditionExpression="attribute_exists(version)",
            ExpressionAttributeValues={":feedback": text(feedback.value)},
            ReturnValues="ALL_NEW",
        )["Attributes"]


def _key(detector: str, event_id: str) -> Item:
    return {"pk": text(f"anomaly#{detector}"), "sk": text(event_id)}


def record_values(record: AnomalyRecord) -> Item:
    """The attributes that a merge writes."""
    values = {
        "group": text(record.event.group),
        "measure": text(record.event.measure),
        "started": number(record.started),
        "latest": number(record.latest),
        "severity": number(record.severity),
        "state": text(record.state.value),
        "event": text(record.event.to_json()),
        "version": number(record.version),
        "peaks": text(msgspec.json.encode(record.peaks).decode()),
    }
    if record.kind is not None:
        values["kind"] = text(record.kind.value)
    if record.ended_at is not None:
        values["ended_at"] = number(record.ended_at)
    if record.outcome is not None:
        values["outcome"] = text(record.outcome.value)
    return values


def _read_record(item: Item) -> AnomalyRecord:
    return AnomalyRecord(
        event=AlertEvent.parse(msgspec.json.decode(item["event"]["S"])),
        started=int(item["started"]["N"]),
        latest=int(item["latest"]["N"]),
        severity=float(item["severity"]["N"]),
        state=IncidentState(item["state"]["S"]),
        ended_at=int(item["ended_at"]["N"]) if "ended_at" in item else None,
        told=frozenset(name.removesuffix(_TOLD) for name in item if name.endswith(_TOLD)),
        feedback=Feedback(item["feedback"]["S"]) if "feedback" in item else None,
        version=int(item["version"]["N"]),
        peaks=msgspec.json.decode(item["peaks"]["S"], type=tuple[Peak, ...]) if "peaks" in item else (),
        outcome=Outcome(item["outcome"]["S"]) if "outcome" in item else None,
    )
