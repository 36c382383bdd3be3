"""MiniStack without its HTTP server: boto3's requests are handed to its ASGI application in this process.

A call takes a third of the time that it takes over loopback, and no other process has to be scheduled for it. Its state
belongs to the process, so there is one stack at a time; `reset` empties it.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, MutableMapping
from threading import Lock
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSResponse

from local.local_response import Request, body_bytes, body_response

ENDPOINT: Final = "http://127.0.0.1:9"
"""Nothing listens there (the port is that of the discard service): a request that is not answered here fails."""

type _Message = MutableMapping[str, Any]


class InProcessAws:
    """Answers every request of a session: `answer_locally(session.events, "before-send", InProcessAws())`."""

    def __init__(self) -> None:
        os.environ.setdefault("LOG_LEVEL", "ERROR")  # read once, when the module is imported
        from ministack.app import app  # noqa: PLC0415  # takes half a second

        self._app: Callable[..., Any] = app
        self._loop = asyncio.new_event_loop()
        self._lock = Lock()

    def __call__(self, request: Request, **_: object) -> AWSResponse:
        """Botocore's `before-send` event."""
        url = urlsplit(request.url)
        headers = {"host": url.netloc, **request.headers}
        scope = _scope(request.method, url.path, url.query, headers)
        status, answer_headers, body = self._ask(scope, body_bytes(request))
        return body_response(request, body, status, answer_headers)

    def reset(self) -> None:
        """Forget every resource."""
        self._ask(_scope("POST", "/_ministack/reset", "", {}), b"")

    def close(self) -> None:
        """Release what the event loop holds."""
        self._loop.close()

    def _ask(self, scope: _Message, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """One request through the application: status, headers and body of its answer."""
        requests = iter([{"type": "http.request", "body": body, "more_body": False}])
        start: _Message = {}
        parts: list[bytes] = []

        async def receive() -> _Message:
            return next(requests, {"type": "http.disconnect"})

        async def send(message: _Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        with self._lock:
            self._loop.run_until_complete(self._app(scope, receive, send))
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], headers, b"".join(parts)


def _scope(method: str, path: str, query: str, headers: Mapping[str, str | bytes]) -> _Message:
    """The ASGI description of a request; https://asgi.readthedocs.io/en/latest/specs/www.html"""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [
            (name.lower().encode(), value.encode() if isinstance(value, str) else value)
            for name, value in headers.items()
        ],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 9),
    }
