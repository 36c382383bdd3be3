"""MiniStack as a child process on one address, for what talks HTTP (sam, containers); and the template's resources.

The commands use MiniStack inside their own process (`in_process`). Tables are made without time-to-live: MiniStack's
clock is the real one, the records' is simulated.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import IO, Final
from urllib.parse import urlsplit

import boto3

from local.template import REGION, Template

STARTUP_SECONDS: Final = 60.0
ATTEMPTS: Final = 3
_HEALTH: Final = "/_ministack/health"


class EmbeddedAwsFailed(Exception):
    """MiniStack did not come up; the message holds the end of its output."""


@contextmanager
def embedded_aws(host: str = "127.0.0.1") -> Iterator[str]:
    """Start MiniStack on a free port of `host` and stop it at the end; gives its URL. Raises EmbeddedAwsFailed.

    Another port is tried where it does not come up: somebody else may have taken the port meanwhile.
    """
    with tempfile.TemporaryDirectory(prefix="tidegate-") as folder, tempfile.TemporaryFile() as output:
        for _ in range(ATTEMPTS):
            port = _free_port(host)
            url = f"http://{host}:{port}"
            settings = {"BIND_HOST": host, "GATEWAY_PORT": str(port), "LOG_LEVEL": "ERROR", "TMPDIR": folder}
            with _ministack(settings, output) as child:
                if _is_up(child, url):
                    yield url
                    return
                code = child.poll()
        how = f"no answer in {STARTUP_SECONDS:g} s" if code is None else f"it ended with {code}"
        output.seek(0)
        said = output.read()[-2000:].decode(errors="replace")
        raise EmbeddedAwsFailed(f"MiniStack did not come up at {url}: {how}\n{said}")


@contextmanager
def _ministack(settings: dict[str, str], output: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(
        [sys.executable, "-m", "local.ministack_child"],
        env={**os.environ, **settings},
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    try:
        yield child
    finally:
        child.terminate()
        child.wait()
        child.communicate()


def access(url: str) -> dict[str, str]:
    """The environment variables with which boto3 finds the embedded AWS, and no other."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }


def create_resources(session: boto3.Session, template: Template) -> None:
    """Make the tables, buckets, topics and buses of the template, with the key schemas that it gives the tables."""
    dynamodb, s3, sns = session.client("dynamodb"), session.client("s3"), session.client("sns")
    events = session.client("events")
    for logical, properties in template.resources("AWS::DynamoDB::Table").items():
        dynamodb.create_table(
            TableName=template.name(logical),
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=properties["AttributeDefinitions"],
            KeySchema=properties["KeySchema"],
        )
    for logical in template.resources("AWS::S3::Bucket"):
        s3.create_bucket(Bucket=template.name(logical))
    for logical in template.resources("AWS::SNS::Topic"):
        sns.create_topic(Name=template.name(logical))
    for logical in template.resources("AWS::Events::EventBus"):
        events.create_event_bus(Name=template.name(logical))


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _is_up(child: subprocess.Popen[bytes], url: str) -> bool:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        try:
            with closing(HTTPConnection(urlsplit(url).netloc, timeout=1)) as connection:
                connection.request("GET", _HEALTH)
                if connection.getresponse().status == HTTPStatus.OK:
                    return True
        except (OSError, HTTPException):
            pass  # it does not listen yet
        time.sleep(0.02)
    return False
