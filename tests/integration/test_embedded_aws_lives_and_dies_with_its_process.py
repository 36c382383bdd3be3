"""The embedded AWS: as a child process on loopback, and inside this process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.error import URLError
from urllib.request import urlopen

import boto3
import pytest
from botocore.exceptions import ClientError

from local.embedded import create_resources, embedded_aws
from local.in_process import ENDPOINT, InProcessAws
from local.local_response import answer_locally
from local.template import Template

TEMPLATE = Template("shop", {"Measures": "views:SUM"})
PARENT = "from local.embedded import embedded_aws\nwith embedded_aws() as url:\n    print(url, flush=True)\n    input()"


def is_up(url: str) -> bool:
    try:
        with urlopen(f"{url}/_ministack/health", timeout=5):
            return True
    except (URLError, ConnectionError):
        return False


def session() -> boto3.Session:
    return boto3.Session("000000000000", "none", region_name="us-east-1")


@pytest.fixture
def in_process() -> Iterator[boto3.Session]:
    aws, made = InProcessAws(), session()
    aws.reset()
    answer_locally(made.events, "before-send", aws)
    yield made
    aws.close()


def test_it_runs_while_the_block_runs() -> None:
    with embedded_aws() as url:
        assert url.startswith("http://127.0.0.1:")
        assert is_up(url)
        client = session().client("s3", endpoint_url=url)
        client.create_bucket(Bucket="intervals")
        assert [bucket["Name"] for bucket in client.list_buckets()["Buckets"]] == ["intervals"]
    assert not is_up(url)


def test_it_dies_with_a_parent_that_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        assert is_up(url)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        deadline = time.monotonic() + 10
        while is_up(url) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert not is_up(url)


def test_resources_are_the_templates(in_process: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", ENDPOINT)
    create_resources(in_process, TEMPLATE)
    table = in_process.client("dynamodb").describe_table(TableName="shop-BufferTable")["Table"]
    assert table["KeySchema"] == TEMPLATE.resources("AWS::DynamoDB::Table")["BufferTable"]["KeySchema"]
    topics = in_process.client("sns").list_topics()["Topics"]
    assert TEMPLATE.arn("AlertTopic") in [topic["TopicArn"] for topic in topics]


def test_writes_in_this_process_are_conditional(in_process: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", ENDPOINT)
    s3 = in_process.client("s3")
    s3.create_bucket(Bucket="intervals")
    first = s3.put_object(Bucket="intervals", Key="a/b c=1.csv", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="intervals", Key="a/b c=1.csv", Body=b"2", IfNoneMatch="*")
    s3.put_object(Bucket="intervals", Key="a/b c=1.csv", Body=b"2", IfMatch=first["ETag"])
    assert s3.get_object(Bucket="intervals", Key="a/b c=1.csv")["Body"].read() == b"2"


def test_nothing_is_asked_of_a_network(in_process: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", ENDPOINT)
    with pytest.raises((URLError, ConnectionError)):
        urlopen(ENDPOINT, timeout=1)
    assert in_process.client("dynamodb").list_tables()["TableNames"] == []
