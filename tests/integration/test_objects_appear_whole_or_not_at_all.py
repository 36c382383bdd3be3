"""The bucket of intervals, in memory and in S3 (moto): conditional, atomic, with its facts."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from tidegate.aws.objects import PART_BYTES, S3Objects
from tidegate.contracts.errors import Conflict, TransientError
from tidegate.flush.stores import Published
from tidegate.memory.objects import MemoryObjects

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

type Objects = MemoryObjects | S3Objects

BUCKET, KEY = "data", "intervals/intvl_date=2025-11-21/intvl_hhmm=0000/interval.csv"
FACTS = Published(revision=3, stored=1_000, rows=21, bytes=0, incomplete=True, tag="")
LARGE = 2 * PART_BYTES + 7


def large_body() -> Iterator[bytes]:
    for _ in range(LARGE // 1000):
        yield b"x" * 1000
    yield b"y" * (LARGE % 1000)


@pytest.fixture(scope="module")
def module_client() -> "Iterator[S3Client]":
    with mock_aws():
        yield boto3.client("s3", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture
def client(module_client: "S3Client") -> "Iterator[S3Client]":
    module_client.create_bucket(Bucket=BUCKET)
    yield module_client
    for found in module_client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        module_client.delete_object(Bucket=BUCKET, Key=found["Key"])
    module_client.delete_bucket(Bucket=BUCKET)


@pytest.fixture(params=["memory", "s3"])
def objects(request: pytest.FixtureRequest) -> Objects:
    return MemoryObjects() if request.param == "memory" else S3Objects(request.getfixturevalue("client"), BUCKET)


def content(client: "S3Client") -> bytes:
    return client.get_object(Bucket=BUCKET, Key=KEY)["Body"].read()


def test_an_object_is_found_with_its_facts(objects: Objects) -> None:
    assert objects.published(KEY) is None
    put = objects.put(KEY, [b"a,b\n", b"1,2\n"], FACTS, replaces=None)
    assert put == replace(FACTS, bytes=8, tag=put.tag)
    assert objects.published(KEY) == put


def test_a_write_names_what_it_replaces(objects: Objects) -> None:
    with pytest.raises(Conflict):
        objects.put(KEY, [b"0"], FACTS, replaces='"0123456789abcdef0123456789abcdef"')
    first = objects.put(KEY, [b"1"], FACTS, replaces=None)
    with pytest.raises(Conflict):
        objects.put(KEY, [b"2"], FACTS, replaces=None)
    second = objects.put(KEY, [b"3"], replace(FACTS, revision=4), replaces=first.tag)
    with pytest.raises(Conflict):
        objects.put(KEY, [b"4"], FACTS, replaces=first.tag)
    assert objects.published(KEY) == second


@pytest.mark.parametrize("size", [0, 1, PART_BYTES])
def test_a_body_of_one_part_is_put_whole(client: "S3Client", size: int) -> None:
    S3Objects(client, BUCKET).put(KEY, [b"x" * size], FACTS, replaces=None)
    head = client.head_object(Bucket=BUCKET, Key=KEY)
    assert (head["ContentLength"], head["ContentType"]) == (size, "text/csv")
    assert "-" not in head["ETag"]


def test_a_larger_body_goes_up_in_parts(client: "S3Client") -> None:
    objects = S3Objects(client, BUCKET)
    put = objects.put(KEY, large_body(), FACTS, replaces=None)
    assert put.bytes == LARGE
    assert put.tag.endswith('-3"')
    assert content(client) == b"".join(large_body())
    assert client.head_object(Bucket=BUCKET, Key=KEY)["ContentType"] == "text/csv"
    assert objects.published(KEY) == put


def test_a_larger_body_is_conditional_too(client: "S3Client") -> None:
    objects = S3Objects(client, BUCKET)
    calls: list[dict[str, Any]] = []
    client.meta.events.register(
        "provide-client-params.s3.CompleteMultipartUpload", lambda params, **_: calls.append(params)
    )
    first = objects.put(KEY, large_body(), FACTS, replaces=None)
    with pytest.raises(Conflict):
        objects.put(KEY, large_body(), FACTS, replaces=None)
    objects.put(KEY, large_body(), FACTS, replaces=first.tag)
    conditions = [(call.get("IfNoneMatch"), call.get("IfMatch")) for call in calls]
    assert conditions == [("*", None), ("*", None), (None, first.tag)]


def test_a_body_that_breaks_off_leaves_nothing(client: "S3Client") -> None:
    def breaking() -> Iterator[bytes]:
        yield from large_body()
        raise TransientError("the buffer does not answer")

    with pytest.raises(TransientError):
        S3Objects(client, BUCKET).put(KEY, breaking(), FACTS, replaces=None)
    assert client.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    assert client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == []


def test_an_object_of_other_origin_counts_as_made_of_no_records(client: "S3Client") -> None:
    client.put_object(Bucket=BUCKET, Key=KEY, Body=b"a\n")
    found = S3Objects(client, BUCKET).published(KEY)
    assert found is not None
    assert (found.revision, found.stored, found.rows, found.bytes, found.incomplete) == (0, 0, 0, 2, False)


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ConditionalRequestConflict", 409, Conflict),
        ("NoSuchKey", 404, Conflict),
        ("SlowDown", 503, TransientError),
        ("AccessDenied", 403, ClientError),
    ],
)
def test_errors_mean_what_they_say(client: "S3Client", code: str, status: int, expected: type[Exception]) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("put_object", code, http_status_code=status)
        with pytest.raises(expected):
            S3Objects(client, BUCKET).put(KEY, [b"1"], FACTS, replaces="x")


def test_a_bucket_that_may_not_be_read_is_not_an_empty_one(client: "S3Client") -> None:
    with Stubber(client) as stub:
        stub.add_client_error("head_object", "403", http_status_code=403)
        with pytest.raises(ClientError):
            S3Objects(client, BUCKET).published(KEY)
