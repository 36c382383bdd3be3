"""What one invocation did to the world: items, objects, messages, invocations, records put. As JSON, and as text."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any, Final

from local.stack import LocalStack

TABLES: Final = ("BufferTable", "AnomalyTable")
BUCKETS: Final = ("DataBucket", "OperationsBucket")
_SHOWN_LINES: Final = 12
_SHOWN_WIDTH: Final = 160

type Document = dict[str, Any]


def written(stack: LocalStack) -> Document:
    """Everything that lies in the stack. Bytes that are no UTF-8 text are `{"base64": ...}`."""
    return {
        "items": {name: [_plain_item(item) for item in stack.items(name)] for name in TABLES},
        "objects": {name: {key: _text(body) for key, body in stack.objects(name)} for name in BUCKETS},
        "published": [{name: _plain(value) for name, value in one.items()} for one in stack.observer.messages],
        "invoked": [{"function": one.function.folder, "event": one.event} for one in stack.queue.sent],
        "put": [_text(record.data) for record in stack.stream.everything()],
    }


def lines(document: Document) -> Iterator[str]:
    """The same as people read it, long values cut."""
    for table, items in document["items"].items():
        yield from _section(f"{table}: {len(items)} items", [json.dumps(item) for item in items])
    for bucket, objects in document["objects"].items():
        for key, body in objects.items():
            shown = body.splitlines() if isinstance(body, str) else [json.dumps(body)]
            yield from _section(f"{bucket}/{key}", shown)
    for message in document["published"]:
        yield from _section(f"published: {message.get('Subject', '')}", message["Message"].splitlines())
    for one in document["invoked"]:
        yield from _section(f"invoked: {one['function']}", [json.dumps(one["event"])])
    yield from _section(f"put on the stream: {len(document['put'])} records", map(str, document["put"]))


def _section(title: str, content: Any) -> Iterator[str]:
    shown = list(content)
    if not shown:
        return
    yield title
    for line in shown[:_SHOWN_LINES]:
        yield f"  {line if len(line) <= _SHOWN_WIDTH else line[: _SHOWN_WIDTH - 3] + '...'}"
    if len(shown) > _SHOWN_LINES:
        yield f"  ... and {len(shown) - _SHOWN_LINES} more (--json shows all)"


def _plain_item(item: Mapping[str, Any]) -> Document:
    return {name: _attribute(value) for name, value in item.items()}


def _attribute(value: Mapping[str, Any]) -> object:
    """A DynamoDB attribute without its type."""
    ((kind, content),) = value.items()
    if kind == "N":
        number = float(content)
        return int(content) if content.lstrip("-").isdecimal() else number
    if kind == "NULL":
        return None
    if kind == "L":
        return [_attribute(one) for one in content]
    if kind == "M":
        return _plain_item(content)
    return _plain(content)


def _plain(value: object) -> object:
    """A value that JSON can hold."""
    if isinstance(value, bytes | bytearray):
        return _text(bytes(value))
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | set | tuple) else value


def _text(body: bytes) -> str | Document:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(body).decode()}
