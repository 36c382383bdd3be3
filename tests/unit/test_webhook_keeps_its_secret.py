"""A webhook is posted to, its faults are told apart, and neither URL nor token gets into an error."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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


def webhook(secret: object, port: int = 1, timeout: float = 5) -> Webhook:
    def connect(_: SplitResult) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    text = secret if isinstance(secret, str) else json.dumps(secret)
    client: Any = SimpleNamespace(get_secret_value=lambda **_: {"SecretString": text})
    return Webhook(client, "arn", "shop", connect)


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
