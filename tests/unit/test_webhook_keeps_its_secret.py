"""A webhook is posted to, its faults are told apart, and neither URL nor token gets into an error."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import SplitResult

import pytest

from tests.alert_events import ours
from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.aws.webhook import Webhook
from tidegate.contracts.errors import ActionRefused, TransientError

RECORD = AnomalyRecord.of(ours())
SECRET = {"url": "https://chat.example.org/hooks/T0P-S3CRET?key=K3Y", "token": "T0K3N"}


@contextmanager
def server(status: int, headers: dict[str, str] | None = None, wait: float = 0) -> Iterator[tuple[int, list[Any]]]:
    """A chat tool: its port, and the (path, headers, body) that it gets."""
    got: list[Any] = []
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, dict(self.headers), json.loads(body)))
            over.wait(wait)
            if not wait:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    made = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield made.server_port, got
    finally:
        over.set()
        made.shutdown()
        thread.join()
        made.server_close()


@contextmanager
def dripping(answer: bytes, pause: float) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers byte by byte: its port, and what it could send before the caller hung up."""
    sent: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        caller, _ = listening.accept()
        with caller, suppress(OSError):
            caller.settimeout(pause)
            for byte in answer:
                with suppress(TimeoutError):
                    while caller.recv(65_536):
                        """The request, or nothing for now."""
                    return
                caller.sendall(bytes([byte]))
                sent.append(bytes([byte]))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()[1], sent
    finally:
        thread.join()
        listening.close()


def webhook(
    secret: object,
    port: int = 1,
    timeout: float = 5,
    seconds: float = 5,
    kind: type[http.client.HTTPConnection] = http.client.HTTPConnection,
) -> Webhook:
    def connect(_: SplitResult) -> http.client.HTTPConnection:
        return kind("127.0.0.1", port, timeout=timeout)

    text = secret if isinstance(secret, str) else json.dumps(secret)
    client: Any = SimpleNamespace(get_secret_value=lambda **_: {"SecretString": text})
    return Webhook(client, "arn", "shop", connect, seconds)


def test_text_event_and_token_are_posted() -> None:
    with server(204) as (port, got):
        webhook(SECRET, port).act(RECORD, Notice.STARTED)
    ((path, headers, body),) = got
    assert path == "/hooks/T0P-S3CRET?key=K3Y"
    assert headers["Authorization"] == "Bearer T0K3N"
    assert headers["Content-Type"] == "application/json"
    assert body["event"] == RECORD.event.to_document()


def test_a_token_may_be_absent() -> None:
    with server(200) as (port, got):
        webhook({"url": SECRET["url"]}, port).act(RECORD, Notice.STARTED)
    assert "Authorization" not in got[0][1]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((status, TransientError) for status in (408, 429, 500, 503)),
        *((status, ActionRefused) for status in (400, 401, 404, 410)),
    ],
)
def test_what_passes_comes_again_and_what_does_not_is_for_a_person(status: int, error: type[Exception]) -> None:
    with server(status) as (port, _), pytest.raises(error, match=f"chat.example.org answers {status}$") as raised:
        webhook(SECRET, port).act(RECORD, Notice.STARTED)
    assert_silent(raised.value)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_host_is_not_followed(status: int) -> None:
    with (
        server(200) as (other, stolen),
        server(status, {"Location": f"http://127.0.0.1:{other}/"}) as (port, _),
        pytest.raises(ActionRefused, match="redirects are not followed"),
    ):
        webhook(SECRET, port).act(RECORD, Notice.STARTED)
    assert stolen == []


def test_one_that_does_not_answer_is_given_up() -> None:
    with server(200, wait=5) as (port, _), pytest.raises(TransientError, match="TimeoutError") as raised:
        webhook(SECRET, port, timeout=0.05).act(RECORD, Notice.STARTED)
    assert_silent(raised.value)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500])
def test_one_that_answers_byte_by_byte_is_given_up_in_time(answer: bytes) -> None:
    began = time.monotonic()
    with dripping(answer, 0.05) as (port, sent), pytest.raises(TransientError, match="TimeoutError") as raised:
        webhook(SECRET, port, seconds=0.3).act(RECORD, Notice.STARTED)
    assert time.monotonic() - began < 2
    assert 0 < len(sent) < len(answer)
    assert_silent(raised.value)


def test_a_slow_connection_that_comes_too_late_posts_nothing() -> None:
    connected = threading.Event()

    class Late(http.client.HTTPConnection):
        def connect(self) -> None:
            time.sleep(0.2)
            super().connect()
            connected.set()

    with server(200) as (port, got):
        with pytest.raises(TransientError, match="TimeoutError"):
            webhook(SECRET, port, seconds=0.05, kind=Late).act(RECORD, Notice.STARTED)
        assert connected.wait(5)
        time.sleep(0.1)
    assert got == []


def test_one_that_is_not_there_comes_again() -> None:
    with server(200) as (port, _):
        pass
    with pytest.raises(TransientError, match="ConnectionRefusedError") as raised:
        webhook(SECRET, port).act(RECORD, Notice.STARTED)
    assert_silent(raised.value)


@pytest.mark.parametrize(
    "secret",
    [
        "https://chat.example.org/T0P-S3CRET",
        [],
        {},
        {"url": None},
        {"url": "http://chat.example.org/T0P-S3CRET"},
        {"url": "https:///T0P-S3CRET"},
        {"url": "https://chat.example.org:99999999/T0P-S3CRET"},
        {"url": "https://chat.example.org/T0P-S3CRET\r\nX: y"},
        {"url": "https://chat.example.org/T0P S3CRET"},
        {"url": "https://ch\u00e4t.example.org/T0P-S3CRET"},
        SECRET | {"token": "T0K3N\r\nX: y"},
        SECRET | {"token": ["T0K3N"]},
        SECRET | {"token": "T0K3N\u00e9"},
    ],
)
def test_a_secret_of_another_form_is_refused_without_being_quoted(secret: object) -> None:
    with pytest.raises(ActionRefused, match="the webhook's secret is no JSON object") as raised:
        webhook(secret).act(RECORD, Notice.STARTED)
    assert_silent(raised.value)


def assert_silent(error: BaseException | None) -> None:
    """Neither the error nor what a traceback would print with it quotes the secret."""
    while error is not None:
        assert not any(part in str(error) for part in ("S3CRET", "K3Y", "T0K3N"))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
