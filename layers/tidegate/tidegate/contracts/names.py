"""What a detector and its parts are called in ARNs, links and identifiers.

The ARNs have the shape that Lookout's had, `arn:aws:<service>:<region>:<account>:AnomalyDetector:<name>`, so that code
that takes them apart keeps working; the service in them is `tidegate`, and IAM knows no such resources.
"""

import uuid
from dataclasses import dataclass
from typing import Final, Self

from tidegate.contracts.errors import ConfigurationError

_CONSOLES: Final = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_GROUPS: Final = uuid.uuid5(uuid.NAMESPACE_URL, "tidegate:anomaly-group")


@dataclass(frozen=True, slots=True)
class DetectorNames:
    """One detector's names. detector: its DetectorName, which its alert carries too. dashboard: empty for the same."""

    partition: str
    region: str
    account: str
    detector: str
    dashboard: str = ""

    @classmethod
    def from_function_arn(cls, function_arn: str, detector: str, dashboard: str = "") -> Self:
        """Take partition, region and account from a Lambda function's ARN; ConfigurationError when it is none."""
        parts = function_arn.split(":")
        if len(parts) < 7 or parts[0] != "arn" or parts[2] != "lambda":
            raise ConfigurationError("function ARN", function_arn, "must be arn:PARTITION:lambda:REGION:ACCOUNT:...")
        return cls(parts[1], parts[3], parts[4], detector, dashboard)

    @property
    def detector_arn(self) -> str:
        return self._arn("AnomalyDetector")

    @property
    def alert_arn(self) -> str:
        return self._arn("Alert")

    @property
    def console_url(self) -> str:
        """The detector's CloudWatch dashboard."""
        host = _CONSOLES.get(self.partition, _CONSOLES["aws"])
        page = f"https://{self.region}.{host}/cloudwatch/home?region={self.region}"
        return f"{page}#dashboards/dashboard/{self.dashboard or self.detector}"

    def group_id(self, measure: str, started: int) -> str:
        """The id of the incident of a measure whose first interval starts then (seconds since 1970 UTC): a UUID."""
        return str(uuid.uuid5(_GROUPS, f"{self.detector_arn}/{measure}/{started}"))

    def _arn(self, kind: str) -> str:
        return f"arn:{self.partition}:tidegate:{self.region}:{self.account}:{kind}:{self.detector}"
