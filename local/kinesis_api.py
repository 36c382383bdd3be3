"""The Kinesis API before the stream twin: the JSON protocol, answered inside botocore.

`answer_locally(session.events, "before-send.kinesis", KinesisApi(stream))` makes every Kinesis client of the session
talk to the twin. https://docs.aws.amazon.com/kinesis/latest/APIReference/Welcome.html
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from email.utils import formatdate
from math import inf
from typing import Any, Final

from botocore.awsrequest import AWSResponse

from local.local_response import Request, header, json_body, json_response
from local.shard import Shard, StreamError
from local.stream import MAX_READ_RECORDS, MEBIBYTE, Stream
from tidegate.contracts.record import StreamRecord

MAX_LISTED_SHARDS: Final = 1_000
"""In one answer of ListShards, where MaxResults asks for no less."""
MAX_PUT_RECORDS: Final = 500
MAX_PUT_BYTES: Final = 10 * MEBIBYTE
ITERATOR_SECONDS: Final = 300
"""An iterator expires after five minutes, here of simulated time."""

type _Document = dict[str, Any]


class KinesisApi:
    """Answers the requests that producers, consumers and operators of one stream make.

    reach: seconds without records that one GetRecords passes over; a longer gap takes several, empty and behind the
    tip. How many it takes in AWS is not said.
    """

    def __init__(self, stream: Stream, reach: float = inf) -> None:
        self._stream = stream
        self._reach = reach
        self._operations: Final[dict[str, Callable[[_Document], _Document]]] = {
            "DescribeStreamSummary": self._describe,
            "GetRecords": self._get_records,
            "GetShardIterator": self._get_shard_iterator,
            "ListShards": self._list_shards,
            "MergeShards": self._merge_shards,
            "PutRecord": self._put_record,
            "PutRecords": self._put_records,
            "SplitShard": self._split_shard,
        }

    def __call__(self, request: Request, **_: object) -> AWSResponse:
        """Botocore's `before-send` event."""
        operation = header(request, "X-Amz-Target").rpartition(".")[2]
        date = {"Date": formatdate(self._stream.clock.now, usegmt=True)}
        try:
            if operation not in self._operations:
                raise StreamError("UnknownOperationException", f"the local Kinesis has no {operation}")
            answer = self._operations[operation](json_body(request))
        except StreamError as error:
            return json_response(request, {"__type": error.code, "message": str(error)}, 400, date)
        return json_response(request, answer, headers=date)

    def _described(self, document: _Document) -> Stream:
        named = document.get("StreamName") or str(document.get("StreamARN", "")).rpartition("/")[2]
        if named != self._stream.name:
            raise StreamError("ResourceNotFoundException", f"Stream {named} not found")
        return self._stream

    def _describe(self, document: _Document) -> _Document:
        stream = self._described(document)
        open_shards = sum(shard.is_open for shard in stream.shards())
        summary = {
            "StreamName": stream.name,
            "StreamStatus": "ACTIVE",
            "RetentionPeriodHours": stream.retention_hours,
            "OpenShardCount": open_shards,
        }
        return {"StreamDescriptionSummary": summary}

    def _list_shards(self, document: _Document) -> _Document:
        kind, after = self._listing(document)
        shards = [shard for shard in self._stream.shards() if shard.id > after]
        if kind == "AT_LATEST":
            shards = [shard for shard in shards if shard.is_open]
        elif kind != "FROM_TRIM_HORIZON":
            raise StreamError("InvalidArgumentException", f"the local Kinesis has no shard filter {kind}")
        page = shards[: document.get("MaxResults", MAX_LISTED_SHARDS)]
        answer: _Document = {"Shards": [_shard(shard) for shard in page]}
        return answer | ({"NextToken": _token([kind, page[-1].id])} if len(page) < len(shards) else {})

    def _listing(self, document: _Document) -> tuple[str, str]:
        """The filter, and the shard behind which the list goes on. A token says both, and the stream."""
        if "NextToken" not in document:
            self._described(document)
            return document.get("ShardFilter", {}).get("Type", "FROM_TRIM_HORIZON"), ""
        if document.keys() & {"StreamName", "ShardFilter"}:
            raise StreamError("InvalidArgumentException", "NextToken and StreamName cannot be provided together.")
        kind, after = _parsed(document["NextToken"], "NextToken")
        return kind, after

    def _get_shard_iterator(self, document: _Document) -> _Document:
        stream = self._described(document)
        shard = stream.shard(document["ShardId"])
        kind = document["ShardIteratorType"]
        if kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
            sequence = int(document["StartingSequenceNumber"])
            position = shard.position_of(sequence, after=kind.startswith("AFTER"))
        elif kind == "AT_TIMESTAMP":
            position = shard.oldest(document["Timestamp"])
        else:
            position = shard.tip if kind == "LATEST" else shard.oldest(stream.horizon)
        since = {"AT_TIMESTAMP": document.get("Timestamp"), "LATEST": stream.clock.now}.get(kind)
        return {"ShardIterator": self._iterator(shard.id, position, since)}

    def _iterator(self, shard_id: str, position: int, since: float | None) -> str:
        """A position, and the instant up to which what lies before it is known; None: that of the record before."""
        return _token([shard_id, position, since, self._stream.clock.now])

    def _get_records(self, document: _Document) -> _Document:
        shard_id, position, since, issued = _parsed(document["ShardIterator"], "ShardIterator")
        if self._stream.clock.now - issued > ITERATOR_SECONDS:
            raise StreamError("ExpiredIteratorException", f"Iterator expired; it is older than {ITERATOR_SECONDS} s")
        if (reached := self._passed_over(shard_id, position, since)) is not None:
            behind = max(1, round((self._stream.clock.now - reached) * 1000))
            following = self._iterator(shard_id, position, reached)
            return {"Records": [], "MillisBehindLatest": behind, "NextShardIterator": following}
        read = self._stream.read(shard_id, position, document.get("Limit", MAX_READ_RECORDS))
        answer: _Document = {
            "Records": [_record(record) for record in read.records],
            "MillisBehindLatest": read.milliseconds_behind,
        }
        if read.next is not None:
            return answer | {"NextShardIterator": self._iterator(shard_id, read.next, None)}
        children = self._stream.children(shard_id)
        return answer | {"ChildShards": [_child(child) for child in children]}

    def _passed_over(self, shard_id: str, position: int, since: float | None) -> float | None:
        """The instant that an answer without records comes to; None when the next record, or the tip, is in reach."""
        shard, horizon = self._stream.shard(shard_id), self._stream.horizon
        before = max(since or shard.arrival_before(position), horizon)
        following = shard.next_arrival(position, horizon)
        end = (self._stream.clock.now if shard.is_open else shard.closed_at) if following is None else following
        return before + self._reach if end > before + self._reach else None

    def _put_record(self, document: _Document) -> _Document:
        record = self._put(self._described(document), document)
        return {"ShardId": record.shard, "SequenceNumber": str(record.sequence)}

    def _put_records(self, document: _Document) -> _Document:
        stream = self._described(document)
        entries = document["Records"]
        size = sum(len(entry["Data"]) * 3 // 4 + len(entry["PartitionKey"]) for entry in entries)
        if len(entries) > MAX_PUT_RECORDS or size > MAX_PUT_BYTES:
            rule = f"a call takes {MAX_PUT_RECORDS} records of {MAX_PUT_BYTES} bytes together"
            raise StreamError("ValidationException", rule)
        results = [self._put_entry(stream, entry) for entry in entries]
        return {"FailedRecordCount": sum("ErrorCode" in result for result in results), "Records": results}

    def _put_entry(self, stream: Stream, entry: _Document) -> _Document:
        try:
            record = self._put(stream, entry)
        except StreamError as error:
            if error.code != "ProvisionedThroughputExceededException":
                raise
            return {"ErrorCode": error.code, "ErrorMessage": str(error)}
        return {"ShardId": record.shard, "SequenceNumber": str(record.sequence)}

    @staticmethod
    def _put(stream: Stream, entry: _Document) -> StreamRecord:
        hash_key = entry.get("ExplicitHashKey")
        return stream.put(entry["PartitionKey"], b64decode(entry["Data"]), None if hash_key is None else int(hash_key))

    def _split_shard(self, document: _Document) -> _Document:
        self._described(document).split(document["ShardToSplit"], int(document["NewStartingHashKey"]))
        return {}

    def _merge_shards(self, document: _Document) -> _Document:
        self._described(document).merge(document["ShardToMerge"], document["AdjacentShardToMerge"])
        return {}


def _token(content: list[Any]) -> str:
    """What the next call gives back, opaque as AWS's tokens and iterators are."""
    return b64encode(json.dumps(content).encode()).decode()


def _parsed(token: str, name: str) -> list[Any]:
    try:
        content: list[Any] = json.loads(b64decode(token))
    except ValueError as error:
        raise StreamError("InvalidArgumentException", f"Invalid {name}") from error
    return content


def _hash_keys(shard: Shard) -> _Document:
    return {"StartingHashKey": str(shard.low), "EndingHashKey": str(shard.high)}


def _child(shard: Shard) -> _Document:
    return {"ShardId": shard.id, "ParentShards": list(shard.parents), "HashKeyRange": _hash_keys(shard)}


def _shard(shard: Shard) -> _Document:
    sequences = {"StartingSequenceNumber": str(shard.starting_sequence)}
    if shard.ending_sequence is not None:
        sequences["EndingSequenceNumber"] = str(shard.ending_sequence)
    parents = dict(zip(("ParentShardId", "AdjacentParentShardId"), shard.parents, strict=False))
    return {"ShardId": shard.id, "HashKeyRange": _hash_keys(shard), "SequenceNumberRange": sequences} | parents


def _record(record: StreamRecord) -> _Document:
    return {
        "SequenceNumber": str(record.sequence),
        "ApproximateArrivalTimestamp": record.arrival,
        "Data": b64encode(record.data).decode(),
        "PartitionKey": record.partition_key,
    }
