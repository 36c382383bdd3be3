"""What a run asks of the model, and the model it gets."""

from typing import Protocol

from tidegate.config import DetectorConfig
from tidegate.contracts.series import IntervalValues
from tidegate.detect.detector import Detector
from tidegate.detect.scores import IntervalScores


class Model(Protocol):
    """Learns from intervals in order, one call each."""

    @property
    def last_end(self) -> int:
        """The end of the last interval that it has seen, seconds since 1970 UTC; 0: none."""

    def observe(self, values: IntervalValues) -> IntervalScores:
        """Score an interval, then learn from it. ValueError when it is not later than the one before."""

    def to_bytes(self) -> bytes:
        """The whole state; the same state gives the same bytes, and a model made of them goes on exactly alike."""


class Models(Protocol):
    """Makes models for one configuration."""

    def new(self) -> Model:
        """A model that knows nothing."""

    def restore(self, payload: bytes) -> Model:
        """The model that wrote these bytes. CorruptState when they are damaged or of an unknown version."""


class Detectors:
    """`Models` that are Detectors."""

    def __init__(self, config: DetectorConfig) -> None:
        self._config = config

    def new(self) -> Detector:
        return Detector(self._config)

    def restore(self, payload: bytes) -> Detector:
        return Detector.from_bytes(payload, self._config)
