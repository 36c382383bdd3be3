"""A stream's shards in Kinesis, as far as flush must see them: does anything wait behind a cursor?"""

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tidegate.aws.errors import aws_errors
from tidegate.contracts.identity import shard_name, stream_and_shard
from tidegate.flush.stores import ShardPosition

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import GetRecordsOutputTypeDef

MAX_READS: Final = 4
"""A look. A shard takes five reads a second from all its readers together, and Lambda's poller makes one of them."""

_IDLE: Final = ShardPosition(idle=True, next_arrival=None)

_UNTOLD: Final = frozenset(
    {"ProvisionedThroughputExceededException", "ExpiredIteratorException", "InvalidArgumentException"}
)
"""Answers that tell this look no more: throttled, too slow, or a cursor of an earlier stream of the same name, which
the first record of the new one replaces."""


class KinesisShards:
    """`Shards` of one stream.

    An answer without records that is M milliseconds behind has passed over all that arrived until M before it. Of a
    shard that was quiet for hours it takes many such answers to come to the tip, more than one look may ask for. So
    how far a look came is remembered, and the next one goes on there.
    """

    def __init__(self, client: "KinesisClient", stream_name: str) -> None:
        self._client = client
        self._stream_name = stream_name
        self._passed: dict[str, tuple[int | None, float]] = {}
        """Shard -> a cursor's sequence number, and the instant before which nothing arrived that lies behind it."""

    def names(self) -> tuple[str, ...]:
        """Every shard of which Kinesis still keeps records; closed ones leave the list when their records expire."""
        with aws_errors():
            page = self._client.list_shards(StreamName=self._stream_name)
            found = [shard["ShardId"] for shard in page["Shards"]]
            # No paginator: botocore's sends the name with the token, which Kinesis refuses (boto/botocore#2009).
            while token := page.get("NextToken"):
                page = self._client.list_shards(NextToken=token)
                found += [shard["ShardId"] for shard in page["Shards"]]
        return tuple(shard_name(self._stream_name, shard_id) for shard_id in found)

    def look(self, shard: str, after_sequence: int | None) -> ShardPosition:
        with aws_errors():
            try:
                told = self._read(shard, after_sequence)
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "ResourceNotFoundException":
                    return _IDLE  # its last records expired since it was listed
                if code not in _UNTOLD:
                    raise
                told = None
        return told or ShardPosition(idle=False, next_arrival=self._passed_until(shard, after_sequence))

    def _passed_until(self, shard: str, after_sequence: int | None) -> float | None:
        sequence, instant = self._passed.get(shard, (None, None))
        return instant if sequence == after_sequence else None

    def _read(self, shard: str, after_sequence: int | None) -> ShardPosition | None:
        """What lies behind the cursor; None when that many answers did not tell."""
        iterator: str | None = self._iterator(shard, after_sequence, self._passed_until(shard, after_sequence))
        for _ in range(MAX_READS):
            if iterator is None:
                return _IDLE  # a closed shard, read out
            answer: GetRecordsOutputTypeDef = self._client.get_records(ShardIterator=iterator, Limit=1)
            iterator = answer.get("NextShardIterator")
            if answer["Records"]:
                (record,) = answer["Records"]
                if after_sequence is None or int(record["SequenceNumber"]) > after_sequence:
                    return ShardPosition(idle=False, next_arrival=record["ApproximateArrivalTimestamp"].timestamp())
                # Clocks differ: by its arrival the cursor's own record lies behind the instant that was passed.
                del self._passed[shard]
                iterator = self._iterator(shard, after_sequence, None)
            elif answer["MillisBehindLatest"]:
                self._pass_over(shard, after_sequence, answer)
            else:
                return _IDLE
        return None

    def _pass_over(self, shard: str, after_sequence: int | None, answer: "GetRecordsOutputTypeDef") -> None:
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")  # the clock that arrivals are stamped by
        if date is not None:
            instant = parsedate_to_datetime(date).timestamp() - answer["MillisBehindLatest"] / 1000
            self._passed[shard] = after_sequence, instant

    def _iterator(self, shard: str, after_sequence: int | None, since: float | None) -> str:
        place: Any = {"StreamName": self._stream_name, "ShardId": stream_and_shard(shard)[1]}
        if since is not None:
            place |= {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": since}
        elif after_sequence is None:
            place |= {"ShardIteratorType": "TRIM_HORIZON"}
        else:
            place |= {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": str(after_sequence)}
        return self._client.get_shard_iterator(**place)["ShardIterator"]
