"""What people have said, in memory: the twin of `tidegate.aws.feedback`."""

from tidegate.contracts.feedback import Verdict
from tidegate.memory.anomalies import MemoryAnomalies


class MemoryVerdicts:
    """`Verdicts` of one detector, out of `MemoryAnomalies`."""

    def __init__(self, anomalies: MemoryAnomalies, detector: str) -> None:
        self._anomalies, self._detector = anomalies, detector

    def all(self) -> tuple[Verdict, ...]:
        return self._anomalies.verdicts(self._detector)
