"""A webhook, such as chat tools have; its URL and token lie in Secrets Manager.

http.client follows no redirect, uses no proxy and logs nothing. Errors name the host at most: URL and token are
secrets both.
"""

import http.client
import json
import ssl
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from socket import SHUT_RDWR
from threading import Event, Thread
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from tidegate.alert.actions import webhook_payload
from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.aws.errors import aws_errors
from tidegate.contracts.errors import ActionRefused, TransientError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

TIMEOUT_SECONDS: Final = 10.0
"""From the look-up of the host's name to the head of its answer."""
_PASSING: Final = frozenset({408, 425, 429})
"""Answers below 500 that pass by themselves: time-out, too early, too many requests."""

type Connect = Callable[[SplitResult], http.client.HTTPConnection]


def connect(url: SplitResult) -> http.client.HTTPConnection:
    """A connection whose certificate is checked; each wait on it is bounded."""
    host = url.hostname or ""
    return http.client.HTTPSConnection(host, url.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())


class Webhook:
    """`Action`: a POST of JSON. The secret is read each time, so that a new one counts at once."""

    def __init__(
        self,
        client: "SecretsManagerClient",
        secret_arn: str,
        stack: str,
        connect: Connect = connect,
        seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._client = client
        self._secret = secret_arn
        self._stack = stack
        self._connect = connect
        self._seconds = seconds

    def act(self, record: AnomalyRecord, notice: Notice) -> None:
        url, token = self._target()
        headers = {"Content-Type": "application/json", "User-Agent": "tidegate"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        status = self._post(url, webhook_payload(record, notice, self._stack), headers)
        if status >= 500 or status in _PASSING:
            raise TransientError(f"the webhook at {url.hostname} answers {status}")
        if 300 <= status < 400:
            raise ActionRefused(f"the webhook at {url.hostname} answers {status}: redirects are not followed")
        if not 200 <= status < 300:
            raise ActionRefused(f"the webhook at {url.hostname} answers {status}")

    def _post(self, url: SplitResult, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer. A socket's time-out begins anew with each wait; a thread can be left in time."""
        connection = self._connect(url)
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        answers, is_over = SimpleQueue[int | Exception](), Event()

        def exchange() -> None:
            try:
                connection.connect()
                if not is_over.is_set():
                    connection.request("POST", path, body, headers)
                    answers.put(connection.getresponse().status)
            except Exception as error:  # noqa: BLE001  # it is raised where the answer is awaited
                answers.put(error)
            finally:
                connection.close()

        Thread(target=exchange, daemon=True).start()
        try:
            answer = answers.get(timeout=self._seconds)
        except Empty:
            answer = TimeoutError()
        is_over.set()
        _hang_up(connection)
        if isinstance(answer, OSError | http.client.HTTPException):  # `from None`: its own text could quote the URL
            raise TransientError(f"the webhook at {url.hostname} cannot be reached: {type(answer).__name__}") from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _target(self) -> tuple[SplitResult, str]:
        with aws_errors():
            text = self._client.get_secret_value(SecretId=self._secret).get("SecretString", "")
        try:
            document = json.loads(text)
            url, token = urlsplit(document["url"]), document.get("token") or ""
            is_usable = url.scheme == "https" and bool(url.hostname) and (url.port or 443) > 0
        except (ValueError, KeyError, TypeError, AttributeError):
            is_usable = False
        if not is_usable or not isinstance(token, str) or not _is_header(token) or not _is_path(url):
            problem = 'is no JSON object {"url": "https://...", "token": "..."} with text that HTTP can carry'
            raise ActionRefused(f"the webhook's secret {problem}")
        return url, token


def _hang_up(connection: http.client.HTTPConnection) -> None:
    """End whatever the connection waits for."""
    open_socket = connection.sock
    if open_socket is not None:
        with suppress(OSError):  # closed already
            open_socket.shutdown(SHUT_RDWR)


def _is_header(text: str) -> bool:
    return text.isascii() and (text.isprintable() or not text)


def _is_path(url: SplitResult) -> bool:
    text = f"{url.hostname}{url.path}{url.query}"
    return text.isascii() and text.isprintable() and " " not in text
