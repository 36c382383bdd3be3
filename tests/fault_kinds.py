"""What can go wrong at one AWS call, and the answers that AWS gives then.

https://docs.aws.amazon.com/general/latest/gr/api-retries.html
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from local.local_response import Request, body_bytes, body_response, json_body
from tests.mortal import Died

type Ask = Callable[[], AWSResponse]


class Kind(StrEnum):
    """The process dies, or the call fails at each of botocore's attempts (but once, where it says so)."""

    DIES_BEFORE = "dies before it takes effect"
    DIES_AFTER = "dies after it took effect"
    THROTTLED = "is throttled"
    TIMES_OUT = "times out before it takes effect"
    FAILS_AFTER = "answers 500 although it took effect"
    LOST_ONCE = "takes effect, and its answer is lost once"
    PARTLY = "succeeds in part"


@dataclass(frozen=True, slots=True)
class Call:
    """One AWS call of an invocation: the service's name in botocore's events, the operation, its protocol."""

    service: str
    operation: str
    protocol: str

    def __str__(self) -> str:
        return f"{self.service}.{self.operation}"


THROTTLED = {
    "dynamodb": (400, "ProvisionedThroughputExceededException"),
    "kinesis": (400, "ProvisionedThroughputExceededException"),
    "lambda": (429, "TooManyRequestsException"),
    "s3": (503, "SlowDown"),
}
"""Status and code of each service; the others answer 400 ThrottlingException."""
ERROR_BODIES: dict[str, Callable[[str], bytes]] = {
    "json": lambda code: json.dumps({"__type": code, "message": "injected"}).encode(),
    "rest-json": lambda code: json.dumps({"message": "injected"}).encode(),
    "rest-xml": lambda code: f"<Error><Code>{code}</Code><Message>injected</Message></Error>".encode(),
    "query": lambda code: f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>".encode(),
}


def answer(kind: Kind, call: Call, attempt: int, request: Request, ask: Ask) -> AWSResponse:
    """What the attempt of this number (from 0) at a call meets. ask: lets it take effect, and gives the true answer."""
    match kind:
        case Kind.DIES_BEFORE:
            raise Died(str(call))
        case Kind.THROTTLED:
            status, code = THROTTLED.get(call.service, (400, "ThrottlingException"))
            return error_response(request, call, status, code)
        case Kind.TIMES_OUT:
            raise ConnectTimeoutError(endpoint_url=request.url)
        case Kind.PARTLY:
            return PARTLY[call.operation](request, ask)
    true_answer = ask()
    match kind:
        case Kind.DIES_AFTER:
            raise Died(str(call))
        case Kind.FAILS_AFTER:
            return error_response(request, call, 500, "InternalFailure")
        case Kind.LOST_ONCE if attempt == 0:
            raise ReadTimeoutError(endpoint_url=request.url)
    return true_answer


def error_response(request: Request, call: Call, status: int, code: str) -> AWSResponse:
    """A service's error in its protocol."""
    body = ERROR_BODIES[call.protocol](code)
    return body_response(request, body, status, {"x-amzn-errortype": code, "content-type": "application/xml"})


def _some_records(request: Request, ask: Ask) -> AWSResponse:
    """PutRecords: every second record is taken, the others are throttled."""
    document: dict[str, Any] = json_body(request)
    records = document["Records"]
    request.body = json.dumps(document | {"Records": records[::2]}).encode()
    taken = iter(json.loads(ask().content)["Records"])
    refused = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "injected"}
    answers = [refused if place % 2 else next(taken) for place in range(len(records))]
    body = {"FailedRecordCount": len(records) // 2, "Records": answers}
    return body_response(request, json.dumps(body).encode())


def _no_entry(request: Request, ask: Ask) -> AWSResponse:
    """PutEvents: the call succeeds, its entries do not."""
    entries = json_body(request)["Entries"]
    assert isinstance(entries, list)
    refused = [{"ErrorCode": "ThrottlingException", "ErrorMessage": "injected"} for _ in entries]
    return body_response(request, json.dumps({"FailedEntryCount": len(entries), "Entries": refused}).encode())


def _one_item(request: Request, ask: Ask) -> AWSResponse:
    """Query: a page of one item, and the key to go on from."""
    request.body = json.dumps(json_body(request) | {"Limit": 1}).encode()
    return ask()


def _one_key(request: Request, ask: Ask) -> AWSResponse:
    """ListObjectsV2: a page of one key, and the token to go on from."""
    request.url += "&max-keys=1"
    return ask()


def _half_a_body(request: Request, ask: Ask) -> AWSResponse:
    """GetObject: the connection breaks in the middle of the object."""
    whole = ask()
    content = whole.content
    headers = {**whole.headers, "content-length": str(len(content) + 1)}
    return body_response(request, content, whole.status_code, headers)


PARTLY: dict[str, Callable[[Request, Ask], AWSResponse]] = {
    "PutRecords": _some_records,
    "PutEvents": _no_entry,
    "Query": _one_item,
    "ListObjectsV2": _one_key,
    "GetObject": _half_a_body,
}
"""Operations that may do part of what they are asked. A test finds those that are missing here."""


def sent_bytes(request: Request) -> bytes:
    """A request's body, whichever attempt it is."""
    return body_bytes(request)
