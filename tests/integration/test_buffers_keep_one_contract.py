"""The same expectations of the buffer in memory and of the one in DynamoDB (moto, table from template.yaml)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from tests.tables import make_table
from tidegate.aws.buffer import DynamoBuffer
from tidegate.aws.items import ledger_item, ledger_key, read_ledger_line
from tidegate.contracts.buffer import Backfill, Cursor, LedgerLine, Watermark
from tidegate.contracts.chunk import Chunk
from tidegate.contracts.errors import Conflict, CorruptChunk
from tidegate.contracts.identity import Identity
from tidegate.contracts.interval import Interval
from tidegate.flush.stores import BrokenChunk, StoredChunk
from tidegate.memory.buffer import MemoryBuffer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Buffer = MemoryBuffer | DynamoBuffer

START, EXPIRES = 1_763_674_800, 1_764_000_000
SEQUENCE = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898
INTERVAL = Interval(START, START + 300)


@pytest.fixture(scope="module")
def client() -> Iterator["DynamoDBClient"]:
    with mock_aws():
        yield boto3.client("dynamodb", "eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture
def table(client: "DynamoDBClient", request: pytest.FixtureRequest) -> str:
    name = re.sub(r"[^a-zA-Z0-9_.-]", ".", request.node.name)
    make_table(client, name)
    return name


@pytest.fixture(params=["memory", "dynamodb"])
def buffer(request: pytest.FixtureRequest) -> Buffer:
    if request.param == "memory":
        return MemoryBuffer()
    return DynamoBuffer(request.getfixturevalue("client"), request.getfixturevalue("table"), "shop")


def chunk(first: int, rows: str = "a,1\nb,2\n", shard: str = "shardId-000000000001", rejected: int = 0) -> Chunk:
    identities = tuple(Identity(SEQUENCE + first + place, 0) for place in range(rows.count("\n")))
    refused = tuple(Identity(SEQUENCE + first + 100 + place, 1) for place in range(rejected))
    return Chunk(START, shard, ("t", "v"), identities, rows, refused, filtered=3)


def test_a_chunk_comes_back_as_it_was_put(buffer: Buffer) -> None:
    given = chunk(0, rejected=2)
    assert buffer.put_chunk(given, 0, EXPIRES)
    assert list(buffer.chunks(START, [0])) == [StoredChunk(given, deliveries=1, expires=EXPIRES)]
    assert list(buffer.chunks(START + 300, [0])) == []


def test_the_same_chunk_again_is_counted(buffer: Buffer) -> None:
    assert [buffer.put_chunk(chunk(0), 0, EXPIRES) for _ in range(3)] == [True, False, False]
    assert list(buffer.chunks(START, [0])) == [StoredChunk(chunk(0), deliveries=3, expires=EXPIRES)]


def test_another_chunk_of_the_same_key_lies_beside_it(buffer: Buffer) -> None:
    contents = ["a,1\nb,2\n", "a,1\nb,3\n", "a,1\nb,4\n"]
    assert [buffer.put_chunk(chunk(0, rows), 0, EXPIRES) for rows in [*contents, contents[1]]] == [True] * 3 + [False]
    found = list(buffer.chunks(START, [0]))
    assert [(one.number, one.deliveries, one.chunk.rows) for one in found] == [
        (0, 1, contents[0]),
        (1, 2, contents[1]),
        (2, 1, contents[2]),
    ]


def test_chunks_of_all_buckets_come_by_shard_then_by_first_identity(buffer: Buffer) -> None:
    places = [("shardId-2", 5), ("shardId-1", 900), ("shardId-1", 7), ("shardId-10", 1), ("shardId-2", 40)]
    for bucket, (shard, first) in enumerate(places):
        assert buffer.put_chunk(chunk(first, shard=shard), bucket % 3, EXPIRES)
    found = [(one.chunk.shard, one.chunk.identities[0].sequence - SEQUENCE) for one in buffer.chunks(START, [0, 1, 2])]
    assert found == [("shardId-1", 7), ("shardId-1", 900), ("shardId-10", 1), ("shardId-2", 5), ("shardId-2", 40)]
    assert [one.chunk.shard for one in buffer.chunks(START, [1])] == ["shardId-1", "shardId-2"]


def test_a_cursor_moves_forward_only_and_keeps_its_bucket(buffer: Buffer) -> None:
    assert buffer.cursor("s") is None
    buffer.advance(Cursor("s", bucket=4, sequence=SEQUENCE, arrival=100.25))
    buffer.advance(Cursor("s", bucket=9, sequence=SEQUENCE + 10**40, arrival=101.5, moved=102.25))
    buffer.advance(Cursor("s", bucket=9, sequence=SEQUENCE + 5, arrival=100.5, moved=103))
    buffer.advance(Cursor("r", bucket=0, sequence=7, arrival=1.0))
    expected = Cursor("s", bucket=4, sequence=SEQUENCE + 10**40, arrival=101.5, moved=102.25)
    assert buffer.cursor("s") == expected
    assert buffer.control().cursors == (Cursor("r", bucket=0, sequence=7, arrival=1.0), expected)


def test_a_shards_bucket_is_chosen_once(buffer: Buffer) -> None:
    assert [buffer.claim_bucket("s", bucket) for bucket in (4, 9)] == [4, 4]
    cursor = buffer.cursor("s")
    assert cursor == Cursor("s", bucket=4, sequence=0, arrival=0.0)
    assert cursor.is_new
    buffer.advance(Cursor("s", bucket=9, sequence=SEQUENCE, arrival=100.25))
    assert buffer.claim_bucket("s", 1) == 4
    assert buffer.control().cursors == (Cursor("s", bucket=4, sequence=SEQUENCE, arrival=100.25),)


def test_the_watermark_is_written_over_the_version_that_was_read_only(buffer: Buffer) -> None:
    assert buffer.watermark() is None
    first = Watermark(START, START, started=12.5, grid="5 minutes, UTC", version=1)
    with pytest.raises(Conflict):
        buffer.put_watermark(first.begun())
    buffer.put_watermark(first)
    with pytest.raises(Conflict):
        buffer.put_watermark(first)
    buffer.put_watermark(first.begun())
    assert buffer.watermark() == buffer.control().watermark == replace(first, closing=START, version=2)
    with pytest.raises(Conflict):
        buffer.put_watermark(first.begun())


def test_a_backfill_is_written_over_the_version_that_was_read_only_and_goes_in_it(buffer: Buffer) -> None:
    assert buffer.control().backfill is None
    first = Backfill(START, START + 300, version=1)
    further = replace(first, next=START + 600, version=2)
    with pytest.raises(Conflict):
        buffer.put_backfill(further)
    buffer.put_backfill(first)
    with pytest.raises(Conflict):
        buffer.put_backfill(first)
    buffer.put_backfill(further)
    assert buffer.control().backfill == further
    buffer.delete_backfill(first)
    assert buffer.control().backfill == further
    buffer.delete_backfill(further)
    buffer.delete_backfill(further)
    assert buffer.control().backfill is None


def test_a_marker_goes_only_in_the_version_that_was_read(buffer: Buffer) -> None:
    buffer.mark_late(START, has_records=True)
    (old,) = buffer.control().markers
    buffer.mark_late(START, has_records=False)
    buffer.delete_marker(old)
    (new,) = buffer.control().markers
    assert (old.has_records, new.has_records, new.interval_start) == (True, True, START)
    assert new.version > old.version
    buffer.delete_marker(new)
    buffer.delete_marker(new)
    assert buffer.control().markers == ()


def test_a_marker_left_anew_is_not_taken_for_the_one_before(buffer: Buffer) -> None:
    buffer.mark_late(START, has_records=False)
    (old,) = buffer.control().markers
    buffer.delete_marker(old)
    buffer.mark_late(START, has_records=False)
    buffer.delete_marker(old)
    assert [marker.interval_start for marker in buffer.control().markers] == [START]


def test_markers_come_by_interval(buffer: Buffer) -> None:
    for start in (START, 86_400, 999_999_900):
        buffer.mark_late(start, has_records=start == START)
    found = [(marker.interval_start, marker.has_records) for marker in buffer.control().markers]
    assert found == [(86_400, False), (999_999_900, False), (START, True)]


def line(revision: int, received: int) -> LedgerLine:
    return LedgerLine(
        interval=INTERVAL,
        key="intervals/x/interval.csv",
        received=received,
        stored=received - 3,
        quarantined=1,
        filtered=1,
        duplicates=1,
        rows=5,
        revision=revision,
        bytes=99,
        closed_at=START + 361.25,
        close_delay=61.25,
        incomplete=revision > 1,
        buffered_until=EXPIRES + revision,
    )


def test_the_ledger_keeps_the_newest_render(buffer: Buffer) -> None:
    assert buffer.ledger_line(INTERVAL) is None
    for newer in (line(1, 10), line(1, 12), line(2, 12)):
        buffer.put_ledger_line(newer)
        assert buffer.ledger_line(INTERVAL) == newer
    for older in (line(1, 14), line(2, 11)):
        buffer.put_ledger_line(older)
        assert buffer.ledger_line(INTERVAL) == line(2, 12)


def test_a_ledger_line_of_an_earlier_version_is_buffered_for_the_shortest_time_that_chunks_were_kept() -> None:
    item = {key: value for key, value in ledger_item(line(1, 10)).items() if key != "buffered_until"}
    found = read_ledger_line({**item, **ledger_key("shop", INTERVAL)})
    assert found == replace(line(1, 10), buffered_until=INTERVAL.end + 8 * 86_400)


def test_detectors_share_nothing(client: "DynamoDBClient", table: str) -> None:
    one, other = DynamoBuffer(client, table, "shop"), DynamoBuffer(client, table, "traffic")
    one.put_chunk(chunk(0), 0, EXPIRES)
    one.mark_late(START, has_records=True)
    one.put_ledger_line(line(1, 10))
    assert list(other.chunks(START, [0])) == []
    assert other.control().markers == ()
    assert other.ledger_line(INTERVAL) is None


def test_long_partitions_are_read_page_by_page(client: "DynamoDBClient", table: str) -> None:
    buffer = DynamoBuffer(client, table, "shop")
    rows = "".join(f"{place % 7},{place**3 * 7_919_992_821 % 10**12}\n" for place in range(30_000))
    for place in range(12):
        buffer.put_chunk(chunk(1000 * place, rows), 0, EXPIRES)
    answers: list[int] = []
    client.meta.events.register("after-call.dynamodb.Query", lambda parsed, **_: answers.append(parsed["Count"]))
    assert len(list(buffer.chunks(START, [0]))) == 12
    assert len(answers) > 1


def test_a_payload_that_does_not_decode_is_named(client: "DynamoDBClient", table: str) -> None:
    buffer = DynamoBuffer(client, table, "shop")
    key = {"pk": {"S": f"chunk#shop#{START}#0"}, "sk": {"S": chunk(0).key}}
    client.put_item(TableName=table, Item={**key, "p": {"B": b"\x01junk"}})
    with pytest.raises(CorruptChunk, match=rf"chunk#shop#{START}#0 {chunk(0).key}"):
        list(buffer.chunks(START, [0]))


def test_a_chunk_that_does_not_decode_is_left_out_and_does_not_expire(client: "DynamoDBClient", table: str) -> None:
    buffer = DynamoBuffer(client, table, "shop")
    for payload in (b"\x01junk", None):
        item = {"pk": {"S": f"chunk#shop#{START}#0"}, "sk": {"S": chunk(0).key}, "expires": {"N": "1"}, "n": {"N": "2"}}
        client.put_item(TableName=table, Item=item | ({"p": {"B": payload}} if payload else {}))
        assert buffer.put_chunk(chunk(7), 0, EXPIRES) is (payload is not None)
        broken: list[BrokenChunk] = []
        assert [stored.chunk for stored in buffer.chunks(START, [0], broken.append)] == [chunk(7)]
        (found,) = broken
        assert (found.interval_start, found.key, found.received) == (START, chunk(0).key, 3 * chunk(0).received)
        buffer.keep_broken(found)
        kept = client.get_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})["Item"]
        assert kept.get("p") == ({"B": payload} if payload else None)
        assert "expires" not in kept
        assert kept["corrupt"] == {"S": found.problem}
    client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
    buffer.keep_broken(found)
    assert "Item" not in client.get_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
