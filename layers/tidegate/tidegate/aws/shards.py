"""A stream's shards in Kinesis, as far as flush must see them: does anything wait behind a cursor?"""

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from tidegate.aws.errors import aws_errors
from tidegate.flush.stores import ShardPosition

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import GetRecordsOutputTypeDef

MAX_READS: Final = 3
"""Answers may be empty before the tip. A shard takes five reads a second from all its readers together."""

_UNKNOWN: Final = ShardPosition(idle=False, next_arrival=None)
_IDLE: Final = ShardPosition(idle=True, next_arrival=None)

_UNTOLD: Final = frozenset(
    {"ProvisionedThroughputExceededException", "ExpiredIteratorException", "InvalidArgumentException"}
)
"""Answers that leave the shard lagging for this look: throttled, too slow, or a cursor of an earlier stream of the same
name, which the first record of the new one replaces."""


class KinesisShards:
    """`Shards` of one stream."""

    def __init__(self, client: "KinesisClient", stream_name: str) -> None:
        self._client = client
        self._stream_name = stream_name

    def names(self) -> tuple[str, ...]:
        """Every shard of which Kinesis still keeps records; closed ones leave the list when their records expire."""
        with aws_errors():
            page = self._client.list_shards(StreamName=self._stream_name)
            found = [shard["ShardId"] for shard in page["Shards"]]
            # No paginator: botocore's sends the name with the token, which Kinesis refuses (boto/botocore#2009).
            while token := page.get("NextToken"):
                page = self._client.list_shards(NextToken=token)
                found += [shard["ShardId"] for shard in page["Shards"]]
        return tuple(found)

    def look(self, shard: str, after_sequence: int | None) -> ShardPosition:
        with aws_errors():
            try:
                return self._read(self._iterator(shard, after_sequence))
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "ResourceNotFoundException":
                    return _IDLE  # its last records expired since it was listed
                if code in _UNTOLD:
                    return _UNKNOWN
                raise

    def _iterator(self, shard: str, after_sequence: int | None) -> str:
        if after_sequence is None:
            answer = self._client.get_shard_iterator(
                StreamName=self._stream_name, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
            )
        else:
            answer = self._client.get_shard_iterator(
                StreamName=self._stream_name,
                ShardId=shard,
                ShardIteratorType="AFTER_SEQUENCE_NUMBER",
                StartingSequenceNumber=str(after_sequence),
            )
        return answer["ShardIterator"]

    def _read(self, iterator: str | None) -> ShardPosition:
        for _ in range(MAX_READS):
            if iterator is None:
                return _IDLE  # a closed shard, read out
            answer: GetRecordsOutputTypeDef = self._client.get_records(ShardIterator=iterator, Limit=1)
            if answer["Records"]:
                arrival = answer["Records"][0]["ApproximateArrivalTimestamp"].timestamp()
                return ShardPosition(idle=False, next_arrival=arrival)
            if answer.get("MillisBehindLatest") == 0:
                return _IDLE
            iterator = answer.get("NextShardIterator")
        return _UNKNOWN
