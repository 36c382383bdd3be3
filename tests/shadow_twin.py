"""Device shadows as AWS IoT keeps them, as far as a desired state and its version go.

https://docs.aws.amazon.com/iot/latest/developerguide/device-shadow-document.html
"""

import json
from typing import Any

from botocore.awsrequest import AWSResponse

from local.local_response import Request, body_bytes, json_response


class ShadowTwin:
    """Answers GetThingShadow and UpdateThingShadow of the classic shadow of any thing."""

    def __init__(self) -> None:
        self._shadows: dict[str, dict[str, Any]] = {}

    def __call__(self, request: Request) -> AWSResponse:
        stored = self._shadows.get(request.url)
        if request.method == "GET":
            return json_response(request, stored) if stored else _error(request, 404, "ResourceNotFoundException")
        change = json.loads(body_bytes(request))
        version = stored["version"] if stored else 0
        if change.get("version", version) != version:
            return _error(request, 409, "ConflictException")
        desired = {**(stored["state"]["desired"] if stored else {}), **change["state"]["desired"]}
        self._shadows[request.url] = {"state": {"desired": desired}, "version": version + 1}
        return json_response(request, self._shadows[request.url])


def _error(request: Request, status: int, code: str) -> AWSResponse:
    return json_response(request, {"message": code}, status, {"x-amzn-errortype": code})
