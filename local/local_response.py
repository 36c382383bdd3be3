"""Answers that botocore takes for an AWS service's, without a network.

https://botocore.amazonaws.com/v1/documentation/api/latest/topics/events.html
"""

import json
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol, cast

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.hooks import BaseEventHooks


class Request(Protocol):
    """The parts of botocore's prepared request that are used here."""

    method: str
    url: str
    headers: dict[str, str | bytes]
    body: str | bytes | bytearray | BinaryIO | None


def answer_locally(events: BaseEventHooks, event: str, answer: Callable[..., AWSResponse | None]) -> None:
    """Let `answer` take the requests of `event`: `before-send.<service>` or `before-send.<service>.<Operation>`.

    A request for which it returns None goes on its way. Must come before the session's clients are made: a client
    copies the events of its session.
    """
    events.register(event, cast(Callable[..., None], answer))


class _Body:
    """A body as botocore reads it: in one piece."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content

    def read(self, amount: int | None = None) -> bytes:
        content = self._content if amount is None else self._content[:amount]
        self._content = self._content[len(content) :]
        return content


def json_response(
    request: Request, document: object, status: int = 200, headers: dict[str, str] | None = None
) -> AWSResponse:
    """A JSON answer; bytes are base64 text already."""
    return body_response(request, json.dumps(document).encode(), status, headers)


def body_response(
    request: Request, body: bytes, status: int = 200, headers: dict[str, str] | None = None
) -> AWSResponse:
    """Any answer."""
    # Botocore makes a dictionary of the headers; its own class, which the type asks for, is many times slower.
    return AWSResponse(request.url, status, cast(HTTPHeaders, headers or {}), _Body(body))


def header(request: Request, name: str) -> str:
    """A request's header as text, empty when it is absent."""
    value = request.headers.get(name, "")
    return value.decode() if isinstance(value, bytes) else value


def json_body(request: Request) -> dict[str, object]:
    """A request's JSON document."""
    return cast(dict[str, object], json.loads(body_bytes(request) or b"{}"))


def body_bytes(request: Request) -> bytes:
    """A request's body."""
    body = request.body or b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray) else body.read()
