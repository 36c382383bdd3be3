"""The shadow of a device in AWS IoT: told which incidents are open."""

import json
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tidegate.alert.actions import SHADOW_KEY, shadow_part
from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.aws.errors import aws_errors
from tidegate.contracts.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_iot_data import IoTDataPlaneClient

ATTEMPTS: Final = 5


class Shadow:
    """`Action`: the desired state of a thing's classic shadow, below one key; what else it holds stays as it is.

    Read, changed, and written with the version that was read, so that of two incidents at a time none is forgotten.
    An event of another service, whose end nobody tells, does not touch it.
    """

    def __init__(self, client: "IoTDataPlaneClient", thing: str) -> None:
        self._client = client
        self._thing = thing

    def act(self, record: AnomalyRecord, notice: Notice) -> None:
        if record.event.facts is None:
            return
        for _ in range(ATTEMPTS):
            shadow = self._read()
            known = shadow.get("state", {}).get("desired", {}).get(SHADOW_KEY)
            change: dict[str, Any] = {"state": {"desired": {SHADOW_KEY: shadow_part(known, record, notice)}}}
            if "version" in shadow:
                change["version"] = shadow["version"]
            if self._write(change):
                return
        raise TransientError(f"the shadow of {self._thing}: {ATTEMPTS} other writers came first")

    def _read(self) -> dict[str, Any]:
        with aws_errors():
            try:
                answer = self._client.get_thing_shadow(thingName=self._thing)
            except self._client.exceptions.ResourceNotFoundException:
                return {}
        found: dict[str, Any] = json.loads(answer["payload"].read())
        return found

    def _write(self, change: dict[str, Any]) -> bool:
        """Write; False when the version is another by now."""
        with aws_errors():
            try:
                self._client.update_thing_shadow(thingName=self._thing, payload=json.dumps(change).encode())
            except ClientError as error:
                if error.response["Error"]["Code"] == "ConflictException":
                    return False
                raise
        return True
